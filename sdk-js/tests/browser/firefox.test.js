import { existsSync } from "node:fs";
import { test } from "node:test";

import { fateMatrix } from "./fate.js";
import { EXECUTABLE, launch, start } from "./firefox.js";

// The driver cannot put Firefox offline; the collector being away stands in for it in the other cells.
// It drops some requests of a tab that is closed, fetches and beacons alike: the next page delivers.
const SOAK = process.env.REPEATS !== undefined;
const some = SOAK ? {} : { waits: [50] };
if (existsSync(EXECUTABLE)) fateMatrix({ launch, start, offline: false, closes: false, ...some });
else test("Firefox", { skip: `${EXECUTABLE} is not installed` }, () => {});
