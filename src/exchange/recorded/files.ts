import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { unzipSync } from "fflate";
import { INTERVALS, type Interval, InvalidInput, reasonOf } from "../../core/mod.ts";
import { QUOTE_ASSETS } from "./quotes.ts";

/** A recorded file, unpacked, with what its name tells. */
export interface RecordedFile {
  readonly name: string;
  readonly symbol: string;
  readonly interval: Interval;
  readonly text: string;
}

/** BTCUSDT-1m-2026-02.csv.gz, BTCUSD_PERP-1m-2026-02.csv, BTCUSDT_1m_anything.csv, BTC_USDT-15m.json; the dumps call a month 1mo. */
const NAME = /^([\p{L}\p{M}\p{N}]+(?:_[\p{L}\p{M}\p{N}]+)*?)[-_](\d{1,2}(?:mo|[smhdwM]))(?=[-_.])/u;
const ENDS = /\.(csv|json)(\.gz)?$|\.zip$/i;

/** Freqtrade names a file by base and quote asset. */
const FREQTRADE_SYMBOL: RegExp = new RegExp(`^([A-Z0-9]+)_(${QUOTE_ASSETS.join("|")})$`);

/** What macOS puts into archives beside the files themselves. */
const APPLE_DOUBLE = /(^|\/)(__MACOSX\/|\._)/;

/**
 * Reads every kline file in a folder and the folders in it. Files that may hold data but whose name tells no symbol and interval are
 * handed to `passOver`. Throws InvalidInput for a folder without any kline file, or a broken one.
 */
export function* recordedFiles(folder: string, passOver: (path: string) => void): Generator<RecordedFile> {
  let found = 0;
  for (const path of pathsIn(folder)) {
    const named = readName(basename(path));
    if (named === undefined) {
      if (ENDS.test(path)) passOver(path);
      continue;
    }
    found += 1;
    for (const { name, text } of unpacked(path)) {
      yield { name, ...(readName(basename(name)) ?? named), text };
    }
  }
  if (found === 0) {
    throw new InvalidInput(
      `${folder} holds no kline files: expected names such as BTCUSDT-1m-2026-02.csv, with .csv, .json, .gz or .zip at the end`,
    );
  }
}

/** Symbol and interval as a file's name tells them, or undefined when it isn't a kline file. */
export function readName(name: string): { symbol: string; interval: Interval } | undefined {
  const [, symbol, text] = NAME.exec(name) ?? [];
  if (symbol === undefined || text === undefined || !ENDS.test(name)) return undefined;
  const interval = INTERVALS.find((known) => known === text.replace("mo", "M"));
  if (interval === undefined) return undefined;
  return { symbol: symbol.toUpperCase().replace(FREQTRADE_SYMBOL, "$1$2"), interval };
}

function pathsIn(folder: string): string[] {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
    return names.sort().map((name) => join(folder, name));
  } catch (cause) {
    const why = reasonOf(cause);
    throw new InvalidInput(`${folder} can't be read: ${why}; expected a folder of recorded klines`, { cause });
  }
}

/** The texts in a file; those of an archive are named by it and by their own names. */
function unpacked(path: string): { readonly name: string; readonly text: string }[] {
  const name = basename(path);
  let entries: [string, Uint8Array][];
  try {
    const bytes = readFileSync(path);
    if (path.endsWith(".gz")) return [{ name, text: textOf(gunzipSync(bytes)) }];
    if (!path.toLowerCase().endsWith(".zip")) return [{ name, text: textOf(bytes) }];
    entries = Object.entries(unzipSync(bytes));
  } catch (cause) {
    const why = reasonOf(cause);
    throw new InvalidInput(`${path} can't be unpacked: ${why}`, { cause });
  }
  const data = entries.filter(([entry]) => /\.(csv|json)$/i.test(entry) && !APPLE_DOUBLE.test(entry));
  if (data.length === 0) throw new InvalidInput(`${path} holds no .csv or .json file`);
  return data.map(([entry, bytes]) => ({ name: `${name}/${entry}`, text: textOf(bytes) }));
}

/** UTF-8; the decoder takes a byte order mark away. */
function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
