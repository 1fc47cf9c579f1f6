/** What stands between a browser and a collector: counts requests, and is down when told so. */

import { createServer, request } from "node:http";
import { once } from "node:events";
import { gunzipSync } from "node:zlib";

/**
 * Begin to pass requests on to a collector. `down` = nothing gets through, `missing` = what paths like
 * this one do not; `answers` are what the next batches get: "lost" (the collector has it, nobody hears
 * so) or {status, headers, body} in its place.
 */
export async function startWire(target) {
  const seen = [];
  const wire = { seen, down: false, missing: /^$/, answers: [], url: "" };
  const server = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const path = url.replace(/\?.*/, "");
    const one = { method, path, bytes: 0, type: headers["content-type"], query: url.slice(path.length), at: Date.now() };
    if (wire.down || wire.missing.test(path)) {
      incoming.socket.destroy();
      return;
    }
    const scripted = method === "POST" && path === "/v1/b" ? wire.answers.shift() : undefined;
    if (path.startsWith("/v1/")) seen.push(one);
    const instead = scripted && scripted !== "lost";
    const passed = request(new URL(url, target), { method, headers: { ...headers, host: new URL(target).host } });
    passed.on("response", (answer) => {
      if (scripted === "lost") {
        answer.resume().on("end", () => incoming.socket.destroy());
        return;
      }
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on("error", () => (instead ? passed.destroy() : outgoing.destroy()));
    const chunks = [];
    incoming.on("data", (chunk) => {
      one.bytes += chunk.length;
      chunks.push(chunk);
    });
    incoming.on("end", () => {
      one.body = Buffer.concat(chunks);
      one.stream = method === "POST" ? streamOf(one.body) : path.split("/").pop();
      if (!instead) return;
      outgoing.writeHead(scripted.status, { "access-control-allow-origin": "*", "access-control-expose-headers": "retry-after, tallymark-ack", ...scripted.headers });
      outgoing.end(scripted.body ?? "");
    });
    incoming.on("error", () => {});
    if (instead) {
      passed.destroy();
      incoming.resume();
      return;
    }
    // What a page sent before it died arrives whole: it was in the browser's hands.
    incoming.pipe(passed);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  wire.url = `http://127.0.0.1:${server.address().port}`;
  wire.stop = () => stop(server);
  return wire;
}

/** Return the stream a batch is about. */
function streamOf(body) {
  const text = body[0] === 0x1f ? gunzipSync(body).toString() : body.toString();
  return /"stream":"([^"]+)"/.exec(text)?.[1];
}

/** Serve pages of a site; paths name what a page holds. */
export async function startSite(pages) {
  const server = createServer((incoming, outgoing) => {
    const { pathname } = new URL(incoming.url, "http://site");
    const [body, headers = {}] = (pages[pathname] ?? pages["/"])(new URL(incoming.url, "http://site"));
    outgoing.writeHead(200, { "content-type": "text/html; charset=utf-8", ...headers });
    outgoing.end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => stop(server) };
}

async function stop(server) {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
}
