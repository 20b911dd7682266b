import {
  type Clock,
  INTERVALS,
  type Interval,
  InvalidInput,
  type Kline,
  type MarketSource,
  nextOpenTime,
  type StopSignal,
  type Symbol,
  type SymbolInfo,
  type UnixMs,
} from "../core/mod.ts";
import { MarketStore, NewCheckpoint } from "../store/mod.ts";
import { type ImportedSeries, ImportFile } from "./import-file.ts";
import {
  type BadMember,
  type RedisCandle,
  type RedisCommands,
  type RedisSeries,
  readKeys,
  readSeries,
  type SeriesName,
} from "./redis/mod.ts";
import { batchesOf, byInterval, idOf, type SeriesSelection } from "./sides.ts";

/** Quote assets that a symbol's name may end with, the longer first. The exchange says it for sure when the server meets it. */
const QUOTES = ["FDUSD", "USDT", "USDC", "TUSD", "BUSD", "BTC", "ETH", "BNB", "EUR", "TRY", "BRL", "JPY"];

/** Bad members that are told one by one; past it they are only counted. */
const MAX_TOLD = 1_000;

/** How far the exchange's clock may be ahead of this machine's: a candle that is final later than that is none. */
const CLOCKS_DIFFER_MS = 60_000;

const NO_CANDLES = "Redis has no candles of the series that were asked for: is this the collector's database?";

/** What to import, and where to. */
export interface ImportOptions extends SeriesSelection {
  /** A new folder: the server's --data-dir. */
  readonly folder: string;
  /** Candles of each series, the newest. */
  readonly limit: number;
  /** Which market it is: the host of the exchange's REST address, as the server will have it. */
  readonly market: string;
  readonly source: MarketSource;
  readonly clock: Clock;
  readonly signal: StopSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** A member that was skipped. */
export type SkippedMember = SeriesName & BadMember;

/** What an import came to. */
export interface ImportReport {
  readonly series: number;
  /** Of these, how many an import that was cut short had read before. */
  readonly resumed: number;
  readonly symbols: number;
  readonly klines: number;
  /** Series without the taker's volumes: the server asks the exchange for them before it calls them certain. */
  readonly withoutTaker: number;
  /** Series with holes, which stay holes until the server has asked the exchange. */
  readonly withHoles: number;
  /** In this run. */
  readonly skipped: number;
  /** The first of them. */
  readonly skippedMembers: readonly SkippedMember[];
  /** Series whose key isn't a sorted set; they were skipped. */
  readonly wrongType: readonly SeriesName[];
  readonly checkpointBytes: number;
}

/**
 * Reads what Redis has into a checkpoint that a server starts from. It skips and reports members and keys that it can't read. What was
 * read is kept until the checkpoint is whole, so that an import that is cut short goes on where it was. Rejects with RedisError,
 * InvalidInput, or the signal's reason; then there is no checkpoint.
 */
export async function importCheckpoint(redis: RedisCommands, options: ImportOptions): Promise<ImportReport> {
  const { folder, limit, market, source, clock, signal, onProgress } = options;
  const checkpoint = new NewCheckpoint(folder, market);
  let file: ImportFile | undefined;
  try {
    const names = await namesOf(redis, options);
    file = new ImportFile(folder, JSON.stringify({ market, source, limit, series: names.map(idOf) }));
    const had = new Set(file.series.map(idOf));
    const skipped: SkippedMember[] = [];
    const wrongType: SeriesName[] = [];
    let [done, count] = [had.size, 0];
    for (const batch of batchesOf(names.filter((name) => !had.has(idOf(name))))) {
      if (signal.aborted) throw signal.reason;
      const marketTime = (clock.now() + CLOCKS_DIFFER_MS) as UnixMs;
      const read = await readSeries(redis, batch, { limit, marketTime });
      for (const { symbol, interval, bad } of read) {
        count += bad.length;
        skipped.push(...bad.slice(0, MAX_TOLD - skipped.length).map((member) => ({ symbol, interval, ...member })));
      }
      wrongType.push(...wrongTypesOf(read));
      const sorted = read.filter(({ isWrongType }) => !isWrongType);
      file.add(
        sorted.map(({ symbol, interval, candles }) => ({ symbol, interval, candles: candles.filter(isClosed) })),
      );
      done += batch.length;
      onProgress?.(done, names.length);
    }
    if (file.series.length === 0) throw new InvalidInput(NO_CANDLES);
    const store = storeOf(file.series, limit);
    const bytes = await checkpoint.write(store, { market, source, writtenAt: clock.now() });
    file.remove();
    return {
      series: file.series.length,
      resumed: had.size,
      symbols: store.symbols().length,
      klines: file.series.reduce((sum, { candles }) => sum + candles.length, 0),
      withoutTaker: file.series.filter(({ candles }) => candles.some(({ hasTaker }) => !hasTaker)).length,
      withHoles: file.series.filter((series) => runsOf(series).length > 1).length,
      skipped: count,
      skippedMembers: skipped,
      wrongType,
      checkpointBytes: bytes,
    };
  } finally {
    file?.close();
    checkpoint.release();
  }
}

/** The series among them whose key isn't a sorted set. */
export function wrongTypesOf(series: readonly RedisSeries[]): SeriesName[] {
  return series.filter(({ isWrongType }) => isWrongType).map(({ symbol, interval }) => ({ symbol, interval }));
}

/** The series that are meant and that Redis has. */
export async function namesOf(redis: RedisCommands, { symbols, intervals }: SeriesSelection): Promise<SeriesName[]> {
  const { klines } = await readKeys(redis);
  const names = klines.filter(
    ({ symbol, interval }) => (symbols?.includes(symbol) ?? true) && (intervals?.includes(interval) ?? true),
  );
  if (names.length === 0) throw new InvalidInput(NO_CANDLES);
  return names.sort(byInterval);
}

/**
 * A store that holds just this. Each stretch without a hole is told as the exchange's own answer for its range; what lies between
 * two of them nobody knows, and the server will ask.
 */
function storeOf(all: readonly ImportedSeries[], capacity: number): MarketStore {
  const intervals = INTERVALS.filter((interval) => all.some((series) => series.interval === interval));
  const store = new MarketStore({ intervals, capacity });
  store.apply({ type: "symbols", symbols: [...new Set(all.map(({ symbol }) => symbol))].map(infoOf) });
  // Shorter intervals first: longer ones are rolled up from them, and then told themselves.
  const rank = (interval: Interval): number => INTERVALS.indexOf(interval);
  for (const series of [...all].sort((a, b) => rank(a.interval) - rank(b.interval))) {
    const { symbol, interval, candles } = series;
    for (const klines of runsOf(series)) {
      const [from, to] = [klines[0]?.openTime as UnixMs, klines.at(-1)?.openTime as UnixMs];
      store.apply({ type: "history", symbol, interval, from, to, klines });
    }
    const incomplete = candles.find(({ hasTaker }) => !hasTaker);
    if (incomplete !== undefined) {
      const from = incomplete.kline.openTime;
      store.apply({ type: "gap", symbol, interval, from, reason: "the taker's volumes are not known" });
    }
    const last = candles.at(-1)?.kline;
    // A state that was told live moves the market's time, which history doesn't.
    if (last !== undefined) {
      store.apply({ type: "kline", symbol, interval, kline: last, eventTime: (last.closeTime + 1) as UnixMs });
    }
  }
  return store;
}

/** The candles in stretches without a hole. */
export function runsOf({ interval, candles }: ImportedSeries): Kline[][] {
  const runs: Kline[][] = [];
  for (const { kline } of candles) {
    const last = runs.at(-1)?.at(-1);
    if (last === undefined || nextOpenTime(interval, last.openTime) !== kline.openTime) runs.push([kline]);
    else runs.at(-1)?.push(kline);
  }
  return runs;
}

function infoOf(symbol: Symbol): SymbolInfo {
  const quote = QUOTES.find((one) => symbol.endsWith(one) && symbol.length > one.length) ?? "";
  const base = symbol.slice(0, symbol.length - quote.length);
  return { symbol, base, quote, status: "TRADING", priceDecimals: 8, quantityDecimals: 8 };
}

function isClosed({ kline }: RedisCandle): boolean {
  return kline.closed;
}
