import assert from "node:assert/strict";
import test from "node:test";

import { resolve } from "../build/merge.js";
import { orders, vectors } from "./vectors.js";

test("every set of operations gives the vector's mapping in every order (IDN-01 to IDN-06)", () => {
  for (const { id, input, expect } of vectors("merge")) {
    for (const order of orders(input.operations)) {
      const identities = resolve(order);
      const owners = input.events.map(({ user, device, ts }) => identities.canonical(user, device, ts));
      assert.deepEqual({ users: Object.fromEntries(identities.users), owners }, expect, id);
    }
  }
});
