import assert from "node:assert/strict";
import test from "node:test";

import { Account, Ledger } from "../build/ledger.js";
import { normalise } from "../build/ranges.js";
import { vectors } from "./vectors.js";

function applied(account, step) {
  const ranges = normalise(step.ranges);
  if (step.state === "stored") return account.store(ranges);
  return step.state === "rejected" ? account.reject(step.name, ranges) : account.drop(step.name, ranges);
}

test("every trace ends in the vector's ledger and account (LED-02, LED-05)", () => {
  for (const { id, input, expect } of vectors("ledger")) {
    let ledger = new Ledger();
    let account = new Account();
    for (const step of input) {
      ledger = ledger.settle(step.ranges).announce(step.hwm, step.fin);
      account = applied(account, step);
    }
    const { upto, settled, hwm, fin } = ledger;
    const { stored, rejected, dropped } = account;
    const unaccounted = ledger.unaccounted();
    assert.deepEqual({ upto, settled, hwm, fin, unaccounted, stored, rejected, dropped }, expect, id);
  }
});

test("membership follows upto and the ranges above it", () => {
  const ledger = new Ledger().settle([[1, 3], [6, 7]]);
  assert.deepEqual([0, 1, 3, 4, 6, 8].map((seq) => ledger.isSettled(seq)), [false, true, true, false, true, false]);
});
