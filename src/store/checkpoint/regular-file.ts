import { closeSync, constants, fstatSync, lstatSync, openSync } from "node:fs";
import { VyxError } from "../../core/mod.ts";

/** A name in a data folder stands for something that is no regular file: a folder, a pipe, a link. Nobody touches it. */
export class NotAFile extends VyxError {
  readonly code = "not_a_file";
  readonly retryable = false;
}

/**
 * Opens a regular file for reading and nothing else: a pipe of that name would hold up the process until somebody writes into it,
 * and a link leads somewhere else. Throws {@link NotAFile} or the system's error.
 */
export function openRegularFile(path: string): number {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  const stats = fstatSync(file);
  if (stats.isFile()) return file;
  closeSync(file);
  throw new NotAFile(`${path} is ${kindOf(stats)}: expected a file`);
}

/** Makes an empty file, for its owner alone, unless something of that name is there. Throws {@link NotAFile} if that is no file. */
export function makeRegularFile(path: string): void {
  try {
    closeSync(openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600));
  } catch (cause) {
    if (!isErrno(cause, "EEXIST")) throw cause;
    const stats = lstatSync(path);
    if (!stats.isFile()) throw new NotAFile(`${path} is ${kindOf(stats)}: expected a file`, { cause });
  }
}

/** Whether a failure is one of these of the operating system; of any, when none is named. */
export function isErrno(cause: unknown, ...codes: readonly string[]): boolean {
  if (!(cause instanceof Error) || !("code" in cause) || typeof cause.code !== "string") return false;
  return codes.length === 0 ? /^E[A-Z0-9]+$/.test(cause.code) : codes.includes(cause.code);
}

interface Kinds {
  isDirectory(): boolean;
  isFIFO(): boolean;
  isSymbolicLink(): boolean;
}

/** What stands there in place of a file. */
export function kindOf(stats: Kinds): string {
  if (stats.isDirectory()) return "a folder";
  if (stats.isFIFO()) return "a pipe";
  return stats.isSymbolicLink() ? "a link" : "a device or socket";
}
