import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { OPTIONAL_COLUMNS } from "../core/mod.ts";
import type { RedisCandle, SeriesName } from "./redis/mod.ts";

/** What was read so far, in the folder that the checkpoint will be in. */
const NAME = "import.unfinished";

/** One series as it was read. */
export interface ImportedSeries extends SeriesName {
  /** Closed candles, oldest first. */
  readonly candles: readonly RedisCandle[];
}

/**
 * The series that an import has read, a line each, so that one that was cut short goes on where it was. A line that isn't whole is
 * as good as none. It is not a checkpoint: no server reads it.
 */
export class ImportFile {
  readonly #path: string;
  readonly #file: number;
  readonly #series: ImportedSeries[] = [];

  /** Takes up what is there, if it is of the same import: `about` says which that is. */
  constructor(folder: string, about: string) {
    this.#path = join(folder, NAME);
    const text = existsSync(this.#path) ? readFileSync(this.#path, "utf8") : "";
    const [first, ...lines] = text.split("\n");
    let kept = "";
    if (first === about && lines.length > 0) {
      kept = `${first}\n`;
      // What follows the last end of line is cut short.
      for (const line of lines.slice(0, -1)) {
        this.#series.push(known(JSON.parse(line) as ImportedSeries));
        kept += `${line}\n`;
      }
    }
    this.#file = openSync(this.#path, "a");
    ftruncateSync(this.#file, Buffer.byteLength(kept));
    if (kept === "") writeSync(this.#file, `${about}\n`);
  }

  get series(): readonly ImportedSeries[] {
    return this.#series;
  }

  add(series: readonly ImportedSeries[]): void {
    this.#series.push(...series);
    writeSync(this.#file, series.map((one) => `${JSON.stringify(one)}\n`).join(""));
    fsyncSync(this.#file);
  }

  /** Keeps it for the next try. */
  close(): void {
    closeSync(this.#file);
  }

  /** Takes it away, when the checkpoint is there. */
  remove(): void {
    rmSync(this.#path, { force: true });
  }
}

/** JSON has null for a figure that is unknown. */
function known(series: ImportedSeries): ImportedSeries {
  for (const { kline } of series.candles) {
    for (const column of OPTIONAL_COLUMNS) kline[column] ??= Number.NaN;
  }
  return series;
}
