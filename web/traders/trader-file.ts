import { InvalidInput } from "../../src/core/mod.ts";
import { type AskedTrader, readNewTrader, type Trader } from "../../src/wire/mod.ts";

/** Names the kind of file, and its form. */
const KIND = "vyx-traders";
const FORM = 1;

/** The largest file, in characters, and the most traders in it: one owner has no more. */
export const MOST_FILE_CHARACTERS = 20_000_000;
const MOST_TRADERS = 500;

/** The largest file in bytes: a character has three at most. */
export const MOST_FILE_BYTES: number = 3 * MOST_FILE_CHARACTERS;

/** One trader of a file: what can be made of it, or why nothing can. */
export interface FileRow {
  /** As the file names it, or its place in the file. */
  readonly title: string;
  readonly read: { readonly trader: AskedTrader } | { readonly fault: string };
}

/** Traders as a file that any server takes: without ids, owners and times. */
export function traderFile(traders: readonly Trader[]): string {
  const rows = traders.map(
    ({ name, description, enabled, code, timeframes, triggerInterval, market, symbols, cooldownCandles }) => ({
      ...{ name, description, enabled, code, timeframes, triggerInterval, market, symbols, cooldownCandles },
    }),
  );
  return `${JSON.stringify({ kind: KIND, form: FORM, traders: rows }, null, 2)}\n`;
}

/** Reads a file of traders; a list of traders, or one alone, is taken for one. Throws {@link InvalidInput} for what is none. */
export function readTraderFile(text: string): readonly FileRow[] {
  if (text.length > MOST_FILE_CHARACTERS) throw tooLarge();
  const rows = rowsOf(parsed(text));
  if (rows.length === 0) throw new InvalidInput("The file has no traders.");
  if (rows.length > MOST_TRADERS) {
    throw new InvalidInput(`The file has ${rows.length} traders: expected ${MOST_TRADERS} at most.`);
  }
  return rows.map((row, at) => ({ title: titleOf(row, at), read: readRow(row) }));
}

/** The mistake of a file that isn't read for its size. */
export function tooLarge(): InvalidInput {
  return new InvalidInput("The file is too large: expected 20 million characters at most.");
}

function parsed(text: string): unknown {
  try {
    // Editors put a byte order mark in front.
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidInput(`The file isn't JSON: ${why}`);
  }
}

function rowsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== "object" || value === null) throw new InvalidInput("The file has no traders.");
  if (!("traders" in value)) return "code" in value ? [value] : notTraders();
  const { traders, kind = KIND, form = FORM } = value as { traders: unknown; kind?: unknown; form?: unknown };
  if (kind !== KIND || !Array.isArray(traders)) return notTraders();
  if (form !== FORM)
    throw new InvalidInput(`The file has form ${formText(form)}, and this page reads form ${FORM}: update the server.`);
  return traders;
}

/** What a file says that its form is may be anything. */
function formText(form: unknown): string {
  return typeof form === "number" || typeof form === "string" ? `${form}`.slice(0, 40) : "unknown";
}

function notTraders(): never {
  throw new InvalidInput("This isn't a file of traders: expected one that this page exported.");
}

function titleOf(row: unknown, at: number): string {
  const name = typeof row === "object" && row !== null && "name" in row ? row.name : undefined;
  return typeof name === "string" && name.trim() !== "" ? name.trim().slice(0, 200) : `Trader ${at + 1}`;
}

/** The members that a trader has where it is listed, and that say nothing of what it does. */
const LISTED = ["id", "owner", "version", "createdAt", "updatedAt", "problem", "lastExecution", "signals"];

function readRow(row: unknown): FileRow["read"] {
  if (typeof row !== "object" || row === null || Array.isArray(row)) {
    return { fault: "expected an object with name, code and triggerInterval" };
  }
  const members = Object.fromEntries(Object.entries(row).filter(([name]) => !LISTED.includes(name)));
  try {
    return { trader: readNewTrader(members) };
  } catch (cause) {
    if (cause instanceof InvalidInput) return { fault: cause.message };
    throw cause;
  }
}
