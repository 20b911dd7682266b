import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { MAX_TEXT_CHARACTERS } from "./kept-texts.ts";

/** A longer file isn't ours: all texts that there may be take less. */
const MAX_FILE_BYTES: number = 128 * 1024 * 1024;

/** The longest names of callers and keys that are read, in characters. */
const MAX_NAME_CHARACTERS = 300;

/** What a file of kept texts begins with. */
export const HEAD = '{"vyx":"lastProcessed","version":1}\n';

/** A caller's key, and its text; without one it was deleted. */
export type Change = readonly [caller: string, key: string, text?: string];

/** Reads a line; undefined for one that is damaged. */
export function changeOf(line: string): Change | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value) || value.length < 2 || value.length > 3) return undefined;
  if (value.some((part) => typeof part !== "string")) return undefined;
  const [caller, key, text = ""] = value as string[];
  const isShort = [caller, key].every((name = "") => name.length <= MAX_NAME_CHARACTERS);
  return isShort && text.length <= MAX_TEXT_CHARACTERS ? (value as unknown as Change) : undefined;
}

/** A change as a line. */
export function lineOf(change: Change): string {
  return `${JSON.stringify(change)}\n`;
}

/** The text of a file; undefined where there is none. Throws the system's error, and for a file that is too long. */
export function textOf(path: string): string | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (cause) {
    if ((cause as { code?: string }).code === "ENOENT") return undefined;
    throw cause;
  }
  try {
    const { size } = fstatSync(file);
    if (size > MAX_FILE_BYTES) throw new Error(`it has ${size} bytes: expected ${MAX_FILE_BYTES} at most`);
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}
