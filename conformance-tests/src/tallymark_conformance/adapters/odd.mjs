/** Values that JSON cannot spell: `{"$odd": "nan"}` stands for one in JavaScript. */

function cycle() {
  const value = {};
  value.self = value;
  return value;
}

function deep(levels) {
  let value = 1;
  for (let level = 0; level < levels; level += 1) value = { d: value };
  return value;
}

const raises = () =>
  new Proxy(
    {},
    {
      get() {
        throw new Error("get");
      },
      ownKeys() {
        throw new Error("keys");
      },
    },
  );

const MAKERS = {
  nan: () => Number.NaN,
  inf: () => Number.POSITIVE_INFINITY,
  "-inf": () => Number.NEGATIVE_INFINITY,
  undefined: () => undefined,
  function: () => deep,
  raises,
  cycle,
  bytes: () => new Uint8Array([255, 0]),
  lone_surrogate: () => "a\ud800b",
  set: () => new Set([1]),
  class: () => class {},
  date: (text) => new Date(text),
  bigint: (text) => BigInt(text),
  deep: (text) => deep(Number(text)),
};

/** Return a value with every stand-in replaced by what it stands for. */
export function odd(value) {
  if (Array.isArray(value)) return value.map(odd);
  if (value === null || typeof value !== "object") return value;
  const keys = Object.keys(value);
  if (keys.length === 1 && keys[0] === "$odd") {
    const [kind, ...rest] = value.$odd.split(":");
    return MAKERS[kind](rest.join(":"));
  }
  return Object.fromEntries(keys.map((key) => [key, odd(value[key])]));
}
