import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { unzipSync } from "fflate";
import { INTERVALS, type Interval, InvalidInput } from "../../core/mod.ts";

/** A recorded file, unpacked, with what its name tells. */
export interface RecordedFile {
  readonly name: string;
  readonly symbol: string;
  readonly interval: Interval;
  readonly text: string;
}

/** BTCUSDT-1m-2026-02.csv.gz, BTCUSDT_1m_anything.csv, BTCUSDT_15m.json; the dumps call a month 1mo. */
const NAME = /^([\p{L}\p{M}\p{N}]+)[-_](\d{1,2}(?:mo|[smhdwM]))(?=[-_.])/u;
const ENDS = /\.(csv|json)(\.gz)?$|\.zip$/i;

/** Reads every kline file in a folder and the folders in it. Throws InvalidInput for a folder without any, or a broken one. */
export function* recordedFiles(folder: string): Generator<RecordedFile> {
  let found = 0;
  for (const path of pathsIn(folder)) {
    const named = readName(basename(path));
    if (named === undefined) continue;
    found += 1;
    for (const text of unpacked(path)) yield { name: basename(path), ...named, text };
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
  return interval === undefined ? undefined : { symbol: symbol.toUpperCase(), interval };
}

function pathsIn(folder: string): string[] {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
    return names.sort().map((name) => join(folder, name));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidInput(`${folder} can't be read: ${why}; expected a folder of recorded klines`, { cause });
  }
}

function unpacked(path: string): string[] {
  try {
    const bytes = readFileSync(path);
    if (path.endsWith(".gz")) return [gunzipSync(bytes).toString()];
    if (!path.toLowerCase().endsWith(".zip")) return [bytes.toString()];
    return Object.values(unzipSync(bytes)).map((file) => new TextDecoder().decode(file));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidInput(`${path} can't be unpacked: ${why}`, { cause });
  }
}
