/** The files of a spool directory: named, listed, measured. */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";

export const ASIDE = "aside";
const SEGMENT = /^\d{8,10}\.seg$/;

/** Return what tells key and address apart and gives neither away (TM-SPL-02): 32 hex digits. */
export function destination(key: string, url: string): string {
  return createHash("sha256").update(`${key}\n${url}`).digest("hex").slice(0, 32);
}

/** Return the per-user state directory: XDG_STATE_HOME, or ~/.local/state (TM-SPL-01). */
export function stateDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const named = environment.XDG_STATE_HOME ?? "";
  return isAbsolute(named) ? named : join(homedir(), ".local", "state");
}

/** Return where the segment with this number is kept. */
export function segmentPath(claim: string, number: number): string {
  return join(claim, `${String(number).padStart(8, "0")}.seg`);
}

/** Return the numbers of a claim's segments, oldest first. */
export function segmentNumbers(claim: string): number[] {
  return readdirSync(claim)
    .filter((name) => SEGMENT.test(name))
    .map((name) => Number.parseInt(name, 10))
    .sort((a, b) => a - b);
}

/** Return the directories in a directory, whoever owns them; none if it cannot be read. */
export function claimPaths(root: string): string[] {
  try {
    return readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(root, name))
      .sort();
  } catch {
    return [];
  }
}

/** Return the size of all segments in a spool, other processes' included. */
export function usedBytes(root: string): number {
  let total = 0;
  for (const claim of claimPaths(root)) {
    try {
      for (const number of segmentNumbers(claim)) total += statSync(segmentPath(claim, number)).size;
    } catch {
      // Renamed or removed by its owner meanwhile.
    }
  }
  return total;
}

/** Make a directory and what is missing above it, mode 0700 (TM-SPL-03). */
export function makePrivate(directory: string): void {
  if (!existsSync(dirname(directory))) makePrivate(dirname(directory));
  if (!existsSync(directory)) mkdirSync(directory, { mode: 0o700 });
}
