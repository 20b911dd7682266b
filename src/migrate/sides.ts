import type { Client } from "../client/mod.ts";
import { type Interval, parseSymbol, type Symbol } from "../core/mod.ts";
import { klineOf } from "../wire/mod.ts";
import type { ServerSeries } from "./difference.ts";
import { type RedisCommands, readKeys, type SeriesName } from "./redis/mod.ts";

/** Both sides of a migration. */
export interface Sides {
  readonly redis: RedisCommands;
  readonly server: Client;
}

/** Which series are meant; all when left out. */
export interface SeriesSelection {
  readonly symbols?: readonly Symbol[] | undefined;
  readonly intervals?: readonly Interval[] | undefined;
}

/** The series on each side. */
export interface SeriesOfBoth {
  /** Sorted by interval and symbol, so that neighbours can be asked for in one go. */
  readonly both: readonly SeriesName[];
  readonly redisOnly: readonly SeriesName[];
  readonly serverOnly: readonly SeriesName[];
}

/** Series that are asked for in one request of the server: 100 of 500 klines are about 10 MB. */
export const SERIES_AT_A_TIME = 50;

/** Reads which series there are. Rejects with RedisError or ClientError. */
export async function readSeriesOfBoth({ redis, server }: Sides, selection: SeriesSelection): Promise<SeriesOfBoth> {
  const [{ klines }, { symbols }, { intervals }] = await Promise.all([
    readKeys(redis),
    server.symbols(),
    server.health(),
  ]);
  const isMeant = ({ symbol, interval }: SeriesName): boolean =>
    (selection.symbols?.includes(symbol) ?? true) && (selection.intervals?.includes(interval) ?? true);
  const there = klines.filter(isMeant);
  const here = symbols
    .flatMap(({ symbol }) => intervals.map((interval) => ({ symbol: parseSymbol(symbol), interval })))
    .filter(isMeant);
  const [inRedis, onServer] = [new Set(there.map(idOf)), new Set(here.map(idOf))];
  return {
    both: there.filter((name) => onServer.has(idOf(name))).sort(byInterval),
    redisOnly: there.filter((name) => !onServer.has(idOf(name))).sort(byInterval),
    serverOnly: here.filter((name) => !inRedis.has(idOf(name))).sort(byInterval),
  };
}

/** Splits series into what one request can ask for: one interval, some symbols. */
export function batchesOf(names: readonly SeriesName[]): SeriesName[][] {
  const batches: SeriesName[][] = [];
  for (const name of names) {
    const last = batches.at(-1);
    if (last === undefined || last[0]?.interval !== name.interval || last.length === SERIES_AT_A_TIME) {
      batches.push([name]);
    } else last.push(name);
  }
  return batches;
}

/** The closed candles of a batch, as the server has them. Rejects with ClientError. */
export async function readServerSeries(
  server: Client,
  batch: readonly SeriesName[],
  limit: number,
): Promise<Map<string, ServerSeries>> {
  const [first] = batch;
  if (first === undefined) return new Map();
  const symbols = batch.map(({ symbol }) => symbol);
  const { series } = await server.series({ symbols, intervals: [first.interval], limit, closed: true });
  return new Map(
    series.map(({ symbol, interval, klines, settled }) => [
      idOf({ symbol: parseSymbol(symbol), interval }),
      { klines: klines.map(klineOf), settled },
    ]),
  );
}

/** A series in one word. */
export function idOf({ symbol, interval }: SeriesName): string {
  return `${symbol} ${interval}`;
}

/** Orders series so that those of one interval are neighbours. */
export function byInterval(a: SeriesName, b: SeriesName): number {
  return a.interval === b.interval ? (a.symbol < b.symbol ? -1 : 1) : a.interval < b.interval ? -1 : 1;
}
