import { chmodSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { InvalidInput, reasonOf } from "../core/mod.ts";

/** Permissions of everybody but the owner. */
const OTHERS = 0o077;

/** Folders within folders that are looked into; a database has 4. */
const MAX_DEPTH = 16;

/**
 * Takes the permissions on a folder and all that is in it from everybody but its owner. Links aren't followed. Throws
 * {@link InvalidInput} when that can't be done: the folder is another user's. Windows has no such permissions.
 */
export function makePrivate(folder: string): void {
  if (process.platform === "win32") return;
  try {
    closeToOthers(folder, 0);
  } catch (cause) {
    throw new InvalidInput(
      `${folder} can't be protected from other users: ${reasonOf(cause)}; expected a folder that belongs to this user`,
      { cause },
    );
  }
}

function closeToOthers(path: string, depth: number): void {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) return;
  if ((stats.mode & OTHERS) !== 0) chmodSync(path, stats.mode & 0o7777 & ~OTHERS);
  if (!stats.isDirectory() || depth === MAX_DEPTH) return;
  for (const name of readdirSync(path)) closeToOthers(join(path, name), depth + 1);
}
