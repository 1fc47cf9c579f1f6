/** The Python and the JavaScript SDK say the same with the same names: what differs is listed here. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { before, test } from "node:test";

import * as sdk from "../build/node/index.js";
import { RULES } from "../build/options.js";
import { MemoryTransport } from "../build/testing.js";

const PYTHON = new URL("../../.venv/bin/python", import.meta.url).pathname;
const SDK = new URL("../../sdk-python/", import.meta.url).pathname;

const READER = `
import dataclasses, inspect, json
import tallymark
from tallymark import errors, options, results
groups = {"batching": tallymark.Batching, "retry": tallymark.Retry, "spool": tallymark.Spool, "privacy": tallymark.Privacy, "hooks": tallymark.Hooks}
def public(kind):
    return [name for name in dir(kind) if not name.startswith("_")]
def parameters(kind, name):
    method = inspect.getattr_static(kind, name)
    call = getattr(kind, name)
    return [p.name for p in inspect.signature(call).parameters.values() if p.name != "self"]
print(json.dumps({
    "methods": {name: parameters(tallymark.Client, name) for name in public(tallymark.Client) if callable(getattr(tallymark.Client, name))},
    "options": {group: {field.name: field.default for field in dataclasses.fields(kind)} for group, kind in groups.items()},
    "errors": [name for name, kind in vars(errors).items() if inspect.isclass(kind) and issubclass(kind, errors.TallymarkError)],
    "stats": [field.name for field in dataclasses.fields(results.Stats)],
    "result": [field.name for field in dataclasses.fields(results.Result)],
}))
`;

/** Only in Python, and why. */
const PYTHON_ONLY = {
  methods: {
    after_fork: "JavaScript programs do not fork themselves",
  },
  errors: { QueryError: "reports are asked from Python" },
  result: { id: "made of stream and seq by eventId, which a browser need not load" },
  modules: {
    aio: "every call that waits returns a promise",
    backlog: "a Map keeps events by number",
    buffer: "the contract stands beside the queue",
    courier: "part of worker",
    task: "part of worker: here there is no other way to wait",
    tracker: "part of pipeline",
    cli: "a command of the Python package",
    clock: "the name is the protocol's time correction here; the SDK's clock is steady",
    courier: "part of worker, which needs no second shell here",
    decisions: "part of delivery",
    doctor: "a command of the Python package",
    draws: "part of link",
    encode: "part of sanitize",
    environment: "part of node/client",
    event_ids: "part of eventId",
    intervals: "ranges as values are enough",
    lanes: "part of recorder",
    ledger: "the name is the protocol's ledger here; a delivery asks its buffer",
    lifecycle: "part of node/client and browser/client",
    lite: "a package of its own here",
    losses: "part of worker",
    outcomes: "part of queue and node/spool",
    pace: "part of delivery",
    pytest_plugin: "node:test and others take `testing` as it is",
    query: "reports are asked from Python",
    integrations: "node/web and react",
    revenue: "Decimal, which money is kept in, is Python's; numbers are sent as they are here",
    spool: "node/spool and browser/spool",
    shared_context: "part of pipeline",
    storage: "part of browser/client and node/client",
    task: "worker: a task is all there is here",
    tracker: "part of client",
  },
};

/** Only in JavaScript, and why. */
const JAVASCRIPT_ONLY = {
  methods: { eventId: "calls return stream and seq here; this makes the id of them" },
  modules: {
    index: "an entry of a package",
    sha256: "the standard library's in Python",
    link: "retry, whose name is the protocol's table here",
    steady: "clock, whose name is the protocol's time correction here",
  },
};

const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
const without = (names, only = {}) => names.filter((name) => !(name in only)).map(camel).sort();

let python;

before(() => {
  python = JSON.parse(execFileSync(PYTHON, ["-c", READER], { encoding: "utf8" }));
});

test("a client has the same methods", () => {
  const { prototype } = sdk.Client;
  const names = new Set(Object.getOwnPropertyNames(sdk.Client));
  for (let kind = prototype; kind !== Object.prototype; kind = Object.getPrototypeOf(kind)) {
    for (const name of Object.getOwnPropertyNames(kind)) names.add(name);
  }
  const own = [...names].filter((name) => /^[a-z]/.test(name) && !["constructor", "length", "name", "prototype"].includes(name));
  assert.deepEqual(without(own, JAVASCRIPT_ONLY.methods), without(Object.keys(python.methods), PYTHON_ONLY.methods));
});

test("options have the same names and defaults", () => {
  for (const [group, options] of Object.entries(python.options)) {
    const own = Object.fromEntries(Object.entries(RULES[group]).map(([name, [unset]]) => [name, unset]));
    const expected = Object.fromEntries(Object.entries(options).map(([name, value]) => [camel(name), value]));
    assert.deepEqual(own, expected, group);
  }
  assert.deepEqual(Object.keys(RULES).sort(), Object.keys(python.options).sort());
});

test("errors have the same names", () => {
  const own = Object.keys(sdk).filter((name) => name.endsWith("Error"));
  assert.deepEqual(own.sort(), without(python.errors, PYTHON_ONLY.errors));
});

test("stats and results have the same fields", async () => {
  const results = [];
  const client = new sdk.Client("tmk_0123456789abcdefghijAB", "http://test", {
    spool: { directory: false },
    hooks: { onResult: (result) => results.push(result) },
    transport: new MemoryTransport(),
  });
  client.track("a", { v: "x".repeat(70_000) });
  await client.close();
  assert.deepEqual(Object.keys(client.stats()).sort(), without(python.stats));
  assert.deepEqual(Object.keys(results[0]).sort(), without(python.result, PYTHON_ONLY.result));
});

test("modules have the same stems, except those listed with a reason", () => {
  const stems = (folder, end) =>
    readdirSync(folder).filter((name) => name.endsWith(end) && !name.startsWith("_")).map((name) => name.slice(0, -end.length));
  const folders = (folder) => readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory() && !entry.name.startsWith("_")).map(({ name }) => name);
  const source = `${SDK}src/tallymark`;
  const shared = stems(`${SDK}../sdk-protocol/src/tallymark_protocol`, ".py").map(camel);
  const own = stems(new URL("../src/", import.meta.url).pathname, ".ts").filter((name) => !(name in JAVASCRIPT_ONLY.modules));
  const theirs = without([...stems(source, ".py"), ...folders(source)], PYTHON_ONLY.modules);
  assert.deepEqual(own.filter((name) => !theirs.includes(name) && !shared.includes(name)), [], "only in JavaScript");
  const missing = theirs.filter((name) => !own.includes(name) && !shared.includes(name));
  assert.deepEqual(missing, [], "only in Python");
});

/** Tests of Python's client that have no twin, and why. */
const PYTHON_ONLY_TESTS = {
  threads: "there are none",
  with_closes: "there is no statement for it that every supported version has",
  forgotten_client_delivers: "when what nobody refers to ends is the engine's choice; the spool delivers",
  context_follows_tasks_not_threads: "context_follows_tasks",
};

test("a client's tests have the same names", () => {
  const named = (folder, files, pattern) =>
    readdirSync(folder).filter((name) => files.test(name)).flatMap((name) => [...readFileSync(`${folder}${name}`, "utf8").matchAll(pattern)].map(([, stem]) => stem.replaceAll(" ", "_")));
  const own = named(new URL("./", import.meta.url).pathname, /^client\w*\.test\.js$/, /^test\("([^"]+)"/gm);
  const theirs = named(`${SDK}tests/`, /^test_client(_\w+)?\.py$/, /^(?:async )?def test_(\w+)/gm);
  const elsewhere = named(`${SDK}tests/`, /\.py$/, /^(?:async )?def test_(\w+)/gm);
  assert.deepEqual(theirs.filter((name) => !own.includes(name) && !(name in PYTHON_ONLY_TESTS)), [], "only in Python");
  const renamed = Object.values(PYTHON_ONLY_TESTS);
  assert.deepEqual(own.filter((name) => !elsewhere.includes(name) && !renamed.includes(name)), [], "only in JavaScript");
  assert.ok(own.length > 40);
});
