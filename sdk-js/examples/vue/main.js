import { createApp } from "vue";
import Plans from "./Plans.vue";
import { tallymark } from "./tallymark.js";

createApp(Plans).use(tallymark).mount("#app");
