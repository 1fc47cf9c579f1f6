/** The process a claim belongs to, and whether it is still alive (TM-SPL-31, TM-SPL-32). */

import { randomBytes } from "node:crypto";
import { readFileSync, readlinkSync, statSync } from "node:fs";

/** What stands for a boot id where there is none. */
export const UNKNOWN = "0";

const NAME =
  /^([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\.(?:released|([\da-f]{32}|0)\.(\d{1,20})\.(\d{1,10})\.(\d{1,20}))\.[\da-f]{8}$/;

/** One process: unlike a pid alone, this is never used again. */
export interface Owner {
  readonly boot: string;
  /** Inode of the pid namespace: equal pids in two containers are two processes. */
  readonly namespace: bigint;
  readonly pid: number;
  /** Start time in ticks since boot; 0 where the platform does not tell. */
  readonly start: bigint;
}

/** What the name of a claim says; owner null = released by its owner. */
export interface ClaimName {
  readonly stream: string;
  readonly owner: Owner | null;
}

/** Return a new name for a process's claim of a stream. */
export function claimName(stream: string, { boot, namespace, pid, start }: Owner): string {
  return `${stream}.${boot}.${namespace}.${pid}.${start}.${token()}`;
}

/** Return a name for a stream that nobody owns. */
export function releasedName(stream: string): string {
  return `${stream}.released.${token()}`;
}

/** Read the name of a claim directory; null if it is not one. */
export function parseClaimName(name: string): ClaimName | null {
  const match = NAME.exec(name);
  if (!match) return null;
  const [, stream, boot, namespace, pid, start] = match;
  if (boot === undefined) return { stream, owner: null };
  return { stream, owner: { boot, namespace: BigInt(namespace), pid: Number(pid), start: BigInt(start) } };
}

/** Identify this process from /proc; elsewhere by its pid only. */
export function currentOwner(): Owner {
  const { pid } = process;
  const nobody = { boot: UNKNOWN, namespace: 0n, pid, start: 0n };
  try {
    // In a container that shows the host's /proc the pids there are not ours.
    if (readlinkSync("/proc/self") !== String(pid)) return nobody;
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "ascii").trim().replace(/-/g, "");
    const namespace = statSync("/proc/self/ns/pid", { bigint: true }).ino;
    const me = readProcess(pid);
    return me && /^[\da-f]{32}$/.test(boot) ? { boot, namespace, pid, start: me.start } : nobody;
  } catch {
    return nobody;
  }
}

/** Tell whether a claim's owner is alive; unknown where the name cannot tell. */
export function fate(owner: Owner | null, me: Owner): "dead" | "live" | "unknown" {
  if (!owner) return "dead";
  if (owner.boot === UNKNOWN || me.boot === UNKNOWN) return "unknown";
  if (owner.boot !== me.boot || owner.namespace !== me.namespace) return "unknown";
  const found = readProcess(owner.pid);
  if (!found) return exists(owner.pid) ? "live" : "dead";
  return found.start === owner.start && !"ZX".includes(found.state) ? "live" : "dead";
}

function readProcess(pid: number): { state: string; start: bigint } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command's name may hold spaces and brackets: count from the last bracket.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0], start: BigInt(fields[19]) };
  } catch {
    return null;
  }
}

/** Ask without a file: /proc may hide the process. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === "EPERM";
  }
}

function token(): string {
  return randomBytes(4).toString("hex");
}
