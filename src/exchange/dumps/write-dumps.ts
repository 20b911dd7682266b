import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { zipSync } from "fflate";
import { InvalidInput, type Kline, type UnixMs } from "../../core/mod.ts";
import { klineRow, SPOT_WRITER } from "../dialects/binance/encode.ts";
import { usdmWriter } from "../dialects/binance/usdm-encode.ts";
import type { Pair } from "../market.ts";
import { SeededMarket } from "../seeded/market.ts";
import { brokenBytes, type FaultPlan, type PlantedFault, planFault, spoiltLines } from "./planted-fault.ts";

const DAY_MS = 86_400_000;

/** Spot's dumps have microseconds from here on. */
const MICROSECONDS_FROM = Date.UTC(2025, 0, 1);

/** The header row of futures' dumps; spot's have none. */
const HEADER =
  "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore";

/** The file that lists what was planted, and the folder of the files that are published again later. */
const PLANTED = "planted.json";
const REISSUED = "reissued";

/** A mirror to be made. */
export interface DumpsOptions {
  readonly out: string;
  readonly as: "binance" | "binance-usdm";
  readonly symbols: readonly string[] | number;
  /** Midnights, UTC: from the first one up to the second. */
  readonly from: UnixMs;
  readonly to: UnixMs;
  readonly seed: number;
  /** The share of monthly dumps that get a fault, 0 to 1. */
  readonly faultShare: number;
  onFile?(path: string): void;
}

/** What was made. */
export interface DumpsReport {
  readonly symbols: number;
  readonly files: number;
  readonly klines: number;
  readonly planted: readonly PlantedFault[];
}

/**
 * Writes a folder of dumps as the exchange publishes them, of the simulated market: a monthly dump for each month that is over, and daily dumps
 * for the days that a monthly one lacks or has spoilt. `planted.json` lists the faults; `reissued` has the files as they are published again.
 * Throws InvalidInput for symbols that the market doesn't have, or a range that isn't one.
 */
export function writeDumps(options: DumpsOptions): DumpsReport {
  const { out, from, to } = options;
  if (from % DAY_MS !== 0 || to % DAY_MS !== 0 || to <= from) {
    throw new InvalidInput("dumps are of whole days: expected two midnights, UTC, the earlier one first");
  }
  const market = new SeededMarket(options.seed, to, options.symbols);
  const writer = new DumpsWriter(options, market);
  for (const pair of market.pairs) writer.symbol(pair);
  writeFileSync(join(out, PLANTED), `${JSON.stringify(writer.planted, null, 1)}\n`);
  return { symbols: market.pairs.length, files: writer.files, klines: writer.klines, planted: writer.planted };
}

class DumpsWriter {
  readonly planted: PlantedFault[] = [];
  files = 0;
  klines = 0;
  readonly #options: DumpsOptions;
  readonly #market: SeededMarket;

  constructor(options: DumpsOptions, market: SeededMarket) {
    this.#options = options;
    this.#market = market;
  }

  symbol(pair: Pair): void {
    const { from, to } = this.#options;
    for (let at: number = from; at < to; at = nextMonth(at)) this.#month(pair, at, Math.min(nextMonth(at), to));
  }

  #month(pair: Pair, from: number, end: number): void {
    const klines = this.#market.klines(pair.symbol, "1m", from, end - 1, Number.POSITIVE_INFINITY);
    this.klines += klines.length;
    const lines = this.#lines(pair, klines);
    // A month that isn't over, or of which a part was asked for, has daily dumps alone.
    const isWhole = new Date(from).getUTCDate() === 1 && end === nextMonth(from);
    if (!isWhole) {
      for (let day = from; day < end; day += DAY_MS) this.#day(pair, day, klines, lines);
      return;
    }
    const path = this.#path(pair, "monthly", new Date(from).toISOString().slice(0, 7));
    const plan = planFault(this.#options.seed, path, lines.length, this.#options.faultShare);
    this.#monthly(path, lines, plan);
    if (plan !== undefined) this.#besides(pair, path, klines, lines, plan);
  }

  #monthly(path: string, lines: readonly string[], plan: FaultPlan | undefined): void {
    const zip = zipped(path, plan === undefined ? lines : spoiltLines(lines, plan), this.#header);
    const bytes = plan?.kind === "broken_zip" ? brokenBytes(zip, plan.random) : zip;
    const checksum = plan?.kind === "wrong_checksum" ? sha256(new Uint8Array(1)) : sha256(bytes);
    this.#write(path, bytes, plan?.kind === "no_checksum" ? undefined : checksum);
    if (plan?.kind !== "reissued") return;
    const again = zipped(path, lines, this.#header);
    this.#write(join(REISSUED, path), again, sha256(again));
  }

  /** Notes a fault, and writes the daily dumps of the days that it spoils. */
  #besides(pair: Pair, file: string, klines: readonly Kline[], lines: readonly string[], plan: FaultPlan): void {
    const { kind, row, rows, isLost } = plan;
    const isWhole = kind === "broken_zip" || kind === "wrong_checksum";
    const isOfFile = isWhole || kind === "no_checksum" || kind === "reissued";
    const [first, last] = [klines[row]?.openTime ?? 0, klines[row + rows - 1]?.openTime ?? 0];
    const minutes = isOfFile ? {} : { minutes: { from: first, to: last } };
    this.planted.push({ kind, symbol: pair.symbol, file, ...minutes, isLost });
    const [from, to] = isWhole ? [klines[0]?.openTime ?? 0, klines.at(-1)?.openTime ?? 0] : [first, last];
    const kept = isLost ? lines.with(row, "").toSpliced(row, rows, ...Array<string>(rows).fill("")) : lines;
    for (let day = from - (from % DAY_MS); day <= to; day += DAY_MS) this.#day(pair, day, klines, kept);
  }

  #day(pair: Pair, day: number, klines: readonly Kline[], lines: readonly string[]): void {
    const start = klines.findIndex(({ openTime }) => openTime >= day);
    const some = lines.slice(start, start + DAY_MS / 60_000).filter((line) => line !== "");
    if (some.length === 0) return;
    const path = this.#path(pair, "daily", new Date(day).toISOString().slice(0, 10));
    const zip = zipped(path, some, this.#header);
    this.#write(path, zip, sha256(zip));
  }

  #lines(pair: Pair, klines: readonly Kline[]): string[] {
    const isSpot = this.#options.as === "binance";
    const writer = isSpot ? SPOT_WRITER : usdmWriter(pair);
    return klines.map((kline) => {
      const row = klineRow(kline, writer);
      if (!isSpot || kline.openTime < MICROSECONDS_FROM) return row.join(",");
      return row.with(0, `${kline.openTime}000`).with(6, `${kline.closeTime}999`).join(",");
    });
  }

  get #header(): string | undefined {
    return this.#options.as === "binance" ? undefined : HEADER;
  }

  #path({ symbol }: Pair, kind: "monthly" | "daily", period: string): string {
    const folder = this.#options.as === "binance" ? "data/spot" : "data/futures/um";
    return `${folder}/${kind}/klines/${symbol}/1m/${symbol}-1m-${period}.zip`;
  }

  #write(path: string, bytes: Uint8Array, checksum: string | undefined): void {
    const file = join(this.#options.out, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
    if (checksum !== undefined) writeFileSync(`${file}.CHECKSUM`, `${checksum}  ${path.split("/").at(-1)}\n`);
    this.files += 1;
    this.#options.onFile?.(path);
  }
}

function zipped(path: string, lines: readonly string[], header: string | undefined): Uint8Array {
  const name = (path.split("/").at(-1) ?? path).replace(/\.zip$/, ".csv");
  const text = `${[...(header === undefined ? [] : [header]), ...lines].join("\n")}\n`;
  // The same time in every archive: what a mirror holds follows from the market alone.
  return zipSync({ [name]: new TextEncoder().encode(text) }, { level: 1, mtime: Date.UTC(2026, 0, 1) });
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function nextMonth(time: number): number {
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}
