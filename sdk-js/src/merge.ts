/** Identity: who a device or user id stands for, as a pure function of the set of operations. */

/** When an operation happened and its place, which orders operations of the same moment. */
export interface Tag {
  readonly ts: number;
  readonly stream: string;
  readonly seq: number;
}

/** A user id met in an event; only the earliest matters. */
export interface Seen {
  readonly op: "seen";
  readonly ts: number;
  readonly user: string;
}

/** A device linked to a user from a moment on. */
export interface Identify {
  readonly op: "identify";
  readonly tag: Tag;
  readonly device: string;
  readonly user: string;
}

/** Two user ids declared the same, or with `undo` no longer. */
export interface Alias {
  readonly op: "alias";
  readonly tag: Tag;
  readonly source: string;
  readonly target: string;
  readonly undo: boolean;
}

type Link = readonly [since: number | null, user: string];

/** The mapping the operations give: merged users, and whom each device belonged to since when. */
export class Identities {
  constructor(
    readonly users: ReadonlyMap<string, string>,
    readonly devices: ReadonlyMap<string, readonly Link[]>,
  ) {}

  /** Return whom an event belongs to, a user or else a device (TM-IDN-01). */
  canonical(user: string | null, device: string | null, ts: number): string | null {
    if (user !== null) return this.users.get(user) ?? user;
    const links = this.devices.get(device ?? "") ?? [];
    const linked = links.filter(([since]) => since === null || since <= ts).pop()?.[1];
    return linked === undefined ? device : (this.users.get(linked) ?? linked);
  }
}

/** Return the mapping of a set of operations, whatever the order they come in (TM-IDN-06). */
export function resolve(operations: Iterable<Seen | Identify | Alias>): Identities {
  const known = [...operations];
  const aliases = known.filter((operation): operation is Alias => operation.op === "alias");
  const links = known.filter((operation): operation is Identify => operation.op === "identify");
  return new Identities(users(edges(aliases), firstSeen(known)), devices(links));
}

/** Order tags by time, stream and number. */
export function compareTags(a: Tag, b: Tag): number {
  return a.ts - b.ts || compare(a.stream, b.stream) || a.seq - b.seq;
}

/** Order strings by UTF-16 code units, as canonical JSON does. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function firstSeen(operations: readonly (Seen | Identify | Alias)[]): Map<string, number> {
  const first = new Map<string, number>();
  for (const operation of operations) {
    const ts = operation.op === "seen" ? operation.ts : operation.tag.ts;
    const names =
      operation.op === "alias" ? [operation.source, operation.target] : [operation.user];
    for (const name of names) first.set(name, Math.min(ts, first.get(name) ?? ts));
  }
  return first;
}

/** Return the pairs that hold: of each pair the last word counts, an undo before a redo. */
function edges(aliases: readonly Alias[]): [string, string][] {
  const sorted = [...aliases].sort(
    (a, b) => compareTags(a.tag, b.tag) || Number(b.undo) - Number(a.undo),
  );
  const last = new Map<string, Alias>();
  for (const alias of sorted) {
    last.set(JSON.stringify([alias.source, alias.target].sort()), alias);
  }
  const holding = [...last.values()].filter((alias) => !alias.undo);
  return holding.map((alias) => [alias.source, alias.target]);
}

/** Map each id to the smallest of its component by (first seen, id). */
function users(pairs: [string, string][], first: Map<string, number>): Map<string, string> {
  const parent = new Map<string, string>();
  const root = (user: string): string => {
    let at = user;
    for (let up = parent.get(at); up !== undefined && up !== at; up = parent.get(at)) at = up;
    return at;
  };
  const order = (a: string, b: string): number => first.get(a)! - first.get(b)! || compare(a, b);
  for (const [a, b] of pairs) {
    for (const name of [a, b]) if (!parent.has(name)) parent.set(name, name);
    const [low, high] = [root(a), root(b)].sort(order);
    parent.set(high, low);
  }
  const merged = [...parent.keys()].sort().filter((user) => root(user) !== user);
  return new Map(merged.map((user) => [user, root(user)]));
}

function devices(links: readonly Identify[]): Map<string, readonly Link[]> {
  const found = new Map<string, Link[]>();
  const sorted = [...links].sort(
    (a, b) =>
      compare(a.device, b.device) || compareTags(a.tag, b.tag) || compare(a.user, b.user),
  );
  for (const link of sorted) {
    const spans = found.get(link.device);
    if (spans === undefined) found.set(link.device, [[null, link.user]]);
    else if (spans[spans.length - 1][1] !== link.user) spans.push([link.tag.ts, link.user]);
  }
  return found;
}
