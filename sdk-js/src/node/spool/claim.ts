/**
 * The directory of a stream: owned by one process at a time, told by its name (TM-SPL-30 to 36).
 *
 * Node has no flock: a claim of ours has no file `lock`, and one that needs a lock to be judged is
 * left alone.
 */

import { existsSync, mkdirSync, renameSync, rmSync, rmdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import { SPOOL_SILENT_MS } from "../../_generated/limits.js";
import { claimName, fate, type Owner, parseClaimName, releasedName, UNKNOWN } from "./owner.js";

const LOCK = "lock";

/** A directory of one stream that is ours. */
export interface Claim {
  readonly path: string;
  readonly stream: string;
}

/** Make a claim for a new stream. */
export function create(root: string, stream: string, me: Owner): Claim {
  const path = join(root, claimName(stream, me));
  mkdirSync(path, { mode: 0o700 });
  return { path, stream };
}

/** Take a dead process's claim over into a directory; null if it lives or another was faster. */
export function take(path: string, root: string, me: Owner): Claim | null {
  const name = parseClaimName(basename(path));
  if (!name) return null;
  const judged = fate(name.owner, me);
  if (judged === "live" || (judged === "unknown" && !ownerless(path, name.owner!, me))) return null;
  const target = join(root, claimName(name.stream, me));
  try {
    // Nobody may come by that lock once the directory is ours.
    rmSync(join(path, LOCK), { force: true });
    // The one arbiter: of any number of adopters, one finds the directory under this name.
    renameSync(path, target);
  } catch {
    return null;
  }
  return { path: target, stream: name.stream };
}

/** Give the stream to whoever takes it first; its files stay. */
export function release({ path, stream }: Claim, directory: string = dirname(path)): string {
  const target = join(directory, releasedName(stream));
  rmSync(join(path, LOCK), { force: true });
  renameSync(path, target);
  return target;
}

/** Delete the directory; its segments must be gone. */
export function remove({ path }: Claim): void {
  rmSync(join(path, LOCK), { force: true });
  rmdirSync(path);
}

function ownerless(path: string, owner: Owner, me: Owner): boolean {
  if (existsSync(join(path, LOCK))) return false;
  if (owner.boot !== UNKNOWN && me.boot !== UNKNOWN && owner.boot !== me.boot) return true;
  try {
    return Date.now() - statSync(path).mtimeMs > SPOOL_SILENT_MS;
  } catch {
    return false;
  }
}
