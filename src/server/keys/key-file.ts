import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import * as v from "valibot";
import { InvalidInput, reasonOf } from "../../core/mod.ts";
import { issueText, listOf, readForeign } from "../../wire/mod.ts";
import { KEY_RECORD_SCHEMA, type KeyRecord } from "./key-record.ts";

/** Keys that a file may hold; each wrong key that is tried is compared with all of them. */
export const MAX_KEYS = 1_000;

/** A lock that is older than this was left behind by a process that died, in milliseconds. */
const STALE_LOCK_MS = 10_000;

const FILE_SCHEMA = v.strictObject({
  version: v.literal(1, "expected version 1"),
  keys: listOf(KEY_RECORD_SCHEMA, MAX_KEYS, `expected ${MAX_KEYS} keys at most`),
});

/** Reads a file of keys. Throws InvalidInput that names the file and what is wrong in it. */
export function readKeyFile(path: string): KeyRecord[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new InvalidInput(
      `the keys file ${path} can't be read: ${messageOf(cause)}; \`vyx keys create --name NAME --keys-file ${path}\` makes one`,
      { cause },
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InvalidInput(`the keys file ${path} is not JSON: ${messageOf(cause)}`, { cause });
  }
  const read = readForeign(FILE_SCHEMA, value);
  if ("output" in read) return read.output.keys;
  throw new InvalidInput(`the keys file ${path} is wrong: ${issueText(read.issue)}`);
}

/**
 * Reads the file (none is an empty one), changes its keys and writes it back in one step, readable by its owner alone.
 * Whoever else changes it meanwhile waits for us, or is told that we are at it.
 */
export function changeKeyFile(path: string, now: number, change: (keys: KeyRecord[]) => KeyRecord[]): void {
  const lock = `${path}.lock`;
  takeLock(lock, now);
  try {
    const keys = change(isThere(path) ? readKeyFile(path) : []);
    if (keys.length > MAX_KEYS) {
      throw new InvalidInput(`the keys file ${path} would hold ${keys.length} keys: expected ${MAX_KEYS} at most`);
    }
    replaceFile(path, `${JSON.stringify({ version: 1, keys }, null, 2)}\n`);
  } finally {
    rmSync(lock, { force: true });
  }
}

/** A reader sees the old file or the new one, never half of one. */
function replaceFile(path: string, text: string): void {
  const fresh = `${path}.${process.pid}.new`;
  try {
    rmSync(fresh, { force: true });
    const file = openSync(fresh, "wx", 0o600);
    writeSync(file, text);
    fsyncSync(file);
    closeSync(file);
    renameSync(fresh, path);
  } catch (cause) {
    rmSync(fresh, { force: true });
    throw new InvalidInput(`the keys file ${path} can't be written: ${messageOf(cause)}`, { cause });
  }
}

function takeLock(lock: string, now: number): void {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      closeSync(openSync(lock, "wx", 0o600));
      return;
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === "ENOENT") {
        throw new InvalidInput(`there is no folder ${dirname(lock)}: expected one that exists, for the keys file`, {
          cause,
        });
      }
      if (code !== "EEXIST") {
        throw new InvalidInput(`the keys file can't be changed: ${messageOf(cause)}`, { cause });
      }
      const age = now - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0);
      if (age < STALE_LOCK_MS) break;
      rmSync(lock, { force: true });
    }
  }
  throw new InvalidInput(`the keys are being changed by another command (${lock}): try again`);
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function messageOf(cause: unknown): string {
  return reasonOf(cause);
}
