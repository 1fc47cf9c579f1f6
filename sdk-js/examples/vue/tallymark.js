import { Client } from "@tallymark/browser";
import { pages } from "@tallymark/browser/page";
import { inject } from "vue";

const TALLYMARK = Symbol("tallymark");

/** A plugin: `app.use(tallymark)` gives every component the client and records page views. */
export const tallymark = {
  install(app) {
    const client = new Client("tmk_0123456789abcdefghijAB", "https://events.example");
    pages(client);
    app.provide(TALLYMARK, client);
  },
};

/** The client, in the setup of a component. */
export const useTallymark = () => inject(TALLYMARK);
