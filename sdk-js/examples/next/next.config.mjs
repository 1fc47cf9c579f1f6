/** @type {import("next").NextConfig} */
export default {
  // It reads and writes its spool with Node's own modules: it is not bundled.
  serverExternalPackages: ["@tallymark/node"],
  turbopack: { root: import.meta.dirname },
};
