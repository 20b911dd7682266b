import {
  didYouMean,
  INTERVALS,
  type Interval,
  InvalidInput,
  type Kline,
  nextOpenTime,
  openTimeOf,
  type UnixMs,
} from "../../core/mod.ts";
import type { Market, Pair } from "../market.ts";
import { summed } from "../sum.ts";
import { recordedFiles } from "./files.ts";
import { splitSymbol } from "./quotes.ts";
import { klinesOf } from "./rows.ts";
import { KlineTable } from "./table.ts";

/** Live begins after this share of what is recorded, so that there is history to warm up from. */
const HISTORY_SHARE = 0.5;

/** So many symbols of a folder are named in an error. */
const MOST_NAMED = 5;

type Tables = Map<Interval, KlineTable>;

/** A folder of recorded klines, played back. Longer intervals are the recorded ones where there are, else added up. */
export class RecordedMarket implements Market {
  readonly source = "recorded";
  readonly pairs: readonly Pair[];
  readonly start: UnixMs;
  readonly end: UnixMs;
  /** Files that may hold data, but whose names tell no symbol and interval. */
  readonly passedOver: readonly string[];
  /** Files without a column for the volume: it is 0 in their klines. */
  readonly withoutVolume: readonly string[];
  readonly #tables: Map<string, Tables> = new Map();

  /** Throws InvalidInput for a folder without klines, a broken file, or symbols that aren't in it. */
  constructor(folder: string, symbols?: readonly string[] | number) {
    const [passedOver, withoutVolume]: [string[], string[]] = [[], []];
    const read = readFolder(folder, Array.isArray(symbols) ? symbols : undefined, {
      passOver: (path) => passedOver.push(path),
      lacksVolume: (name) => withoutVolume.push(name),
    });
    [this.passedOver, this.withoutVolume] = [passedOver, withoutVolume];
    if (read.size === 0 && !Array.isArray(symbols)) throw new InvalidInput(`the files in ${folder} hold no klines`);
    const known = [...read.keys()].sort();
    const missing = Array.isArray(symbols) ? symbols.filter((symbol) => !read.has(symbol)) : [];
    if (missing.length > 0) {
      const names = new Set([...recordedFiles(folder, () => {})].map((file) => file.symbol));
      throw new InvalidInput(
        `${folder} holds no klines of ${missing.join(", ")}:${didYouMean(missing[0] ?? "", names, 1)} it holds ${[...names].sort().slice(0, MOST_NAMED).join(", ")}${names.size > MOST_NAMED ? " and others" : ""}`,
      );
    }
    const chosen = typeof symbols === "number" ? known.slice(0, symbols) : known;
    this.pairs = chosen.map((symbol) => pairOf(symbol, read.get(symbol) ?? []));
    for (const symbol of chosen) this.#tables.set(symbol, tablesOf(symbol, read.get(symbol) ?? []));
    const bases = chosen.map((symbol) => ({ interval: this.baseOf(symbol), table: this.#table(symbol) }));
    const first = Math.min(...bases.map(({ table }) => table.openTimeAt(0)));
    this.end = Math.max(
      ...bases.map(({ interval, table }) => nextOpenTime(interval, table.openTimeAt(table.length - 1))),
    ) as UnixMs;
    this.start = openTimeOf("1h", (first + (this.end - first) * HISTORY_SHARE) as UnixMs);
  }

  baseOf(symbol: string): Interval {
    const tables = this.#tables.get(symbol);
    return INTERVALS.find((interval) => tables?.has(interval)) ?? "1m";
  }

  firstOf(symbol: string): UnixMs {
    return this.#table(symbol).openTimeAt(0);
  }

  klines(symbol: string, interval: Interval, from: number, to: number, limit: number, newest = false): Kline[] {
    const tables = this.#tables.get(symbol);
    if (tables === undefined) return [];
    const table = tables.get(interval);
    if (table !== undefined) return rowsOf(table, from, to, limit, newest);
    return addedUp(divisorsOf(tables, interval), interval, from, to, limit, newest);
  }

  #table(symbol: string): KlineTable {
    const table = this.#tables.get(symbol)?.get(this.baseOf(symbol));
    if (table === undefined) throw new InvalidInput(`there are no klines of ${symbol}`);
    return table;
  }
}

type Read = { readonly interval: Interval; readonly klines: readonly Kline[] }[];

function readFolder(
  folder: string,
  wanted: readonly string[] | undefined,
  { passOver, lacksVolume }: { passOver(path: string): void; lacksVolume(name: string): void },
): Map<string, Read> {
  const read = new Map<string, Read>();
  for (const file of recordedFiles(folder, passOver)) {
    if (wanted !== undefined && !wanted.includes(file.symbol)) continue;
    const { klines, hasVolume } = klinesOf(file);
    if (!hasVolume) lacksVolume(file.name);
    if (klines.length > 0)
      read.set(file.symbol, [...(read.get(file.symbol) ?? []), { interval: file.interval, klines }]);
  }
  return read;
}

function tablesOf(symbol: string, read: Read): Tables {
  const tables: Tables = new Map();
  for (const interval of INTERVALS) {
    const klines = read.filter((file) => file.interval === interval).flatMap((file) => file.klines);
    if (klines.length > 0) tables.set(interval, new KlineTable(klines, `${symbol} ${interval}`));
  }
  return tables;
}

/** The recorded intervals whose candles fill those of `interval`, the shortest first. */
function divisorsOf(tables: Tables, interval: Interval): KlineTable[] {
  const shorter = INTERVALS.slice(0, INTERVALS.indexOf(interval));
  return shorter.flatMap((candidate) => {
    const table = tables.get(candidate);
    return table !== undefined && divides(candidate, interval) ? [table] : [];
  });
}

/** Candles of `interval` from the recordings of shorter ones, which may cover different times; the longest part wins. */
function addedUp(
  tables: readonly KlineTable[],
  interval: Interval,
  from: number,
  to: number,
  limit: number,
  newest: boolean,
): Kline[] {
  const klines = new Map<number, Kline>();
  for (const table of tables) {
    for (const kline of addedUpFrom(table, interval, from, to, limit, newest)) klines.set(kline.openTime, kline);
  }
  const sorted = [...klines.values()].sort((a, b) => a.openTime - b.openTime);
  return newest ? sorted.slice(-limit) : sorted.slice(0, limit);
}

function addedUpFrom(
  table: KlineTable,
  interval: Interval,
  from: number,
  to: number,
  limit: number,
  newest: boolean,
): Kline[] {
  // A candle that opened before the recording can't be told whole; see Market.firstOf.
  const began = openTimeOf(interval, table.openTimeAt(0));
  const first = Math.max(from, began === table.openTimeAt(0) ? began : nextOpenTime(interval, began));
  const last = Math.min(to, table.openTimeAt(table.length - 1)) as UnixMs;
  const klines: Kline[] = [];
  let index = newest ? table.position(nextOpenTime(interval, openTimeOf(interval, last))) : table.position(first);
  while (klines.length < limit && (newest ? index > 0 : index < table.length)) {
    const openTime = openTimeOf(interval, table.openTimeAt(newest ? index - 1 : index));
    if (newest ? openTime < first : openTime > last) break;
    const next = nextOpenTime(interval, openTime);
    const [start, end] = [table.position(openTime), table.position(next)];
    const kline = summed(rowsOf(table, openTime, next - 1, end - start, false), openTime);
    if (kline !== undefined && openTime >= first) klines.push(kline);
    index = newest ? start : end;
  }
  return newest ? klines.reverse() : klines;
}

/** Whether candles of one interval fill those of another without crossing a border, judged over a few years. */
function divides(part: Interval, whole: Interval): boolean {
  if (part === "1w" || part === "1M") return false;
  if (part === "3d") return false;
  let openTime = openTimeOf(whole, Date.UTC(2024, 0, 1) as UnixMs);
  for (let index = 0; index < 40; index += 1) {
    if (openTimeOf(part, openTime) !== openTime) return false;
    openTime = nextOpenTime(whole, openTime);
  }
  return true;
}

function rowsOf(table: KlineTable, from: number, to: number, limit: number, newest: boolean): Kline[] {
  let first = table.position(from);
  let end = table.position(to + 1);
  if (newest) first = Math.max(first, end - limit);
  else end = Math.min(end, first + limit);
  return Array.from({ length: Math.max(0, end - first) }, (_, index) => table.at(first + index));
}

function pairOf(symbol: string, read: Read): Pair {
  const { base, quote } = splitSymbol(symbol) ?? { base: symbol, quote: "USDT" };
  const some = read.flatMap(({ klines }) => klines.slice(0, 500));
  const decimals = (figures: readonly number[]): number =>
    Math.max(0, ...figures.map((figure) => figure.toFixed(8).replace(/0+$/, "").split(".")[1]?.length ?? 0));
  return {
    symbol,
    base,
    quote,
    priceDecimals: decimals(some.flatMap(({ open, high, low, close }) => [open, high, low, close])),
    quantityDecimals: decimals(some.map(({ volume }) => volume)),
  };
}
