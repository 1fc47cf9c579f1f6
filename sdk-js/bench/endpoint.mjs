/**
 * What SDKs send to: answers each in its own words, counts requests, and finds the events in them by
 * their markers, whatever the body is packed in. Ours goes on to a real collector.
 */

import { once } from "node:events";
import { createServer, request } from "node:http";
import { gunzipSync } from "node:zlib";

const MARKER = /bench~(\w+)~(\d+)~/g;

/** Start an endpoint; `speak` answers a peer, `target` is a collector to pass requests on to. */
export async function startEndpoint({ speak = null, target = null }) {
  const endpoint = { down: false, requests: 0, options: 0, bytes: 0, last: 0, arrivals: new Map(), url: "" };
  const server = createServer(async (incoming, outgoing) => {
    if (endpoint.down) return incoming.socket.destroy();
    const body = await read(incoming);
    const { method, headers } = incoming;
    const path = incoming.url.replace(/\?.*/, "");
    const script = method === "GET" && path.endsWith(".js");
    if (!script) note(endpoint, method, incoming.url, body);
    if (target) return pass(target, incoming, body, outgoing);
    outgoing.setHeader("access-control-allow-origin", headers.origin ?? "*");
    outgoing.setHeader("access-control-allow-credentials", "true");
    outgoing.setHeader("access-control-allow-headers", headers["access-control-request-headers"] ?? "*");
    outgoing.setHeader("access-control-allow-methods", "GET, POST, OPTIONS");
    const [status, type, answer] = method === "OPTIONS" ? [204, "text/plain", ""] : speak({ path, host: headers.host });
    outgoing.writeHead(status, { "content-type": type });
    outgoing.end(answer);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  endpoint.url = `http://127.0.0.1:${server.address().port}`;
  endpoint.stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return endpoint;
}

async function read(incoming) {
  const chunks = [];
  try {
    for await (const chunk of incoming) chunks.push(chunk);
  } catch {
    // The page went away in the middle of a request: what came is what came.
  }
  return Buffer.concat(chunks);
}

function note(endpoint, method, url, body) {
  endpoint.last = Date.now();
  if (method === "OPTIONS") {
    endpoint.options += 1;
    return;
  }
  endpoint.requests += 1;
  endpoint.bytes += body.length;
  const found = new Set();
  for (const text of readings(url, body)) for (const [marker] of text.matchAll(MARKER)) found.add(marker);
  // An event counts once for each request it is in.
  for (const marker of found) endpoint.arrivals.set(marker, (endpoint.arrivals.get(marker) ?? 0) + 1);
}

/** Return the ways to read a request as text: plain, gzip, form fields, base64 in one of them. */
function readings(url, body) {
  const plain = body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body).toString() : body.toString();
  const fields = [...new URL(url, "http://endpoint").searchParams.values(), ...new URLSearchParams(plain).values()];
  const long = fields.filter((value) => value.length > 40);
  return [plain, ...fields, ...long.map((value) => Buffer.from(value, "base64").toString())];
}

function pass(target, incoming, body, outgoing) {
  const { method, url, headers } = incoming;
  const passed = request(new URL(url, target), { method, headers: { ...headers, host: new URL(target).host } });
  passed.on("response", (answer) => {
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.pipe(outgoing);
  });
  passed.on("error", () => outgoing.destroy());
  passed.end(body);
}
