import { launch, start } from "./chromium.js";
import { fateMatrix } from "./fate.js";

fateMatrix({ launch, start });
