/** The npm packages that are built from src: what can be imported from each, and its module there. */

export const PACKAGES = {
  browser: {
    entries: {
      ".": "browser/index",
      "./page": "browser/page",
      "./auto": "browser/auto",
      "./vitals": "browser/vitals",
      "./react": "react/index",
      "./eventId": "eventId",
      "./testing": "testing",
    },
    peers: { react: ">=18" },
  },
  lite: { entries: { ".": "lite/index" } },
  node: {
    entries: {
      ".": "node/index",
      "./express": "node/web/express",
      "./fastify": "node/web/fastify",
      "./next": "node/web/next",
      "./testing": "testing",
    },
    platform: "node",
    target: "node20",
  },
};
