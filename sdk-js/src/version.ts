/** The version of the package, in `ctx.lib` of each batch. */
export const VERSION = "0.1.0";
