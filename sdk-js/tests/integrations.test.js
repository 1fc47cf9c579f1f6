/** Web frameworks and React, each with the real thing: what is recorded says whose request it was. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { beforeEach, test } from "node:test";

import express from "express";
import fastify from "fastify";
import { createElement } from "react";
import { renderToString } from "react-dom/server";

import { Client } from "../build/node/index.js";
import { expressMiddleware } from "../build/node/web/express.js";
import { fastifyPlugin } from "../build/node/web/fastify.js";
import { withTallymark } from "../build/node/web/next.js";
import { TallymarkProvider, useFlag, useTallymark } from "../build/react/index.js";
import { MemoryTransport } from "../build/testing.js";

let transport;
let client;
const options = { user: ({ headers }) => (typeof headers.get === "function" ? headers.get("x-user") : headers["x-user"]) ?? undefined };

beforeEach(() => {
  transport = new MemoryTransport();
  client = new Client("tmk_0123456789abcdefghijAB", "http://collector.test", { spool: { directory: false }, transport });
});

/** Ask as two people at once, and return what was recorded of each. */
async function asked(url) {
  const statuses = await Promise.all(
    ["u1", "u2"].map(async (user) => (await fetch(`${url}/orders/7?token=secret`, { headers: { "x-user": user } })).status),
  );
  assert.deepEqual(statuses, [201, 201]);
  assert.equal((await fetch(`${url}/nowhere`)).status, 404);
  assert.ok(await client.close());
  const seen = transport.recorded().map(({ name, user, properties: { duration_ms, ...rest } }) => [name, user, rest]);
  assert.ok(!JSON.stringify(seen).includes("secret"));
  return seen.sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
}

const EXPECTED = [
  ["Ordered", "u1", { order: "7" }],
  ["Ordered", "u2", { order: "7" }],
  ["Request Handled", "u1", { method: "GET", route: "/orders/:id", status: 201 }],
  ["Request Handled", "u2", { method: "GET", route: "/orders/:id", status: 201 }],
  ["Request Handled", null, { method: "GET", route: "/nowhere", status: 404 }],
];

test("Express: each request is an event, and what its handler records has its user", async () => {
  const app = express();
  app.use(expressMiddleware(client, options));
  app.get("/orders/:id", async (request, response) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    client.track("Ordered", { order: request.params.id });
    response.status(201).end();
  });
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    assert.deepEqual(await asked(`http://127.0.0.1:${server.address().port}`), EXPECTED);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("Fastify: each request is an event, and what its handler records has its user", async () => {
  const app = fastify();
  app.register(fastifyPlugin(client, options));
  app.get("/orders/:id", async (request, reply) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    client.track("Ordered", { order: request.params.id });
    return reply.code(201).send();
  });
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  try {
    assert.deepEqual(await asked(url), EXPECTED);
  } finally {
    await app.close();
  }
});

test("Next route handlers: each request is an event, an error too, and it passes through", async () => {
  const handler = withTallymark(
    client,
    async (request, { params }) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (params.id === "bad") throw new RangeError("no");
      client.track("Ordered", { order: params.id });
      return new Response(null, { status: 201 });
    },
    { ...options, route: "/orders/[id]" },
  );
  const request = new Request("http://shop.test/orders/7?token=secret", { headers: { "x-user": "u1" } });
  assert.equal((await handler(request, { params: { id: "7" } })).status, 201);
  await assert.rejects(handler(request, { params: { id: "bad" } }), RangeError);
  assert.ok(await client.close());
  const seen = transport.recorded().map(({ name, user, properties: { duration_ms, ...rest } }) => [name, user, rest]);
  assert.deepEqual(seen, [
    ["Ordered", "u1", { order: "7" }],
    ["Request Handled", "u1", { method: "GET", route: "/orders/[id]", status: 201 }],
    ["Request Handled", "u1", { method: "GET", route: "/orders/[id]", status: 500, error: "RangeError" }],
  ]);
});

test("React: components below a provider record and read flags; without one the error says what to do", async () => {
  const Button = () => {
    const { track } = useTallymark();
    track("Rendered", { color: useFlag("color", "blue") });
    return createElement("button", null, useFlag("color", "blue"));
  };
  const html = renderToString(createElement(TallymarkProvider, { client }, createElement(Button)));
  assert.equal(html, "<button>blue</button>");
  assert.ok(await client.close());
  assert.deepEqual(transport.recorded().map(({ name, properties }) => [name, properties]), [["Rendered", { color: "blue" }]]);
  assert.throws(() => renderToString(createElement(Button)), /TallymarkProvider/);
});
