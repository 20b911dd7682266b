import {
  type Interval,
  InvalidInput,
  judgeKline,
  judgeOpenTime,
  type Kline,
  type KlineQuestion,
  type KlineRefusal,
  nextOpenTime,
  type OpenTimeRange,
  previousOpenTime,
  readDecimal,
  type UnixMs,
} from "../../core/mod.ts";
import { moment } from "./frames.ts";

/** Fields of a row: [openTime, open, high, low, close, volume, closeTime, quoteVolume, trades, takerBuyBase, takerBuyQuote, unused]. */
const FIELDS = 12;

/** Why a row is refused. */
export type RowRefusal = KlineRefusal | "wrong_length" | "doubled";

/** A row that isn't believed. */
export interface RefusedRow {
  readonly reason: RowRefusal;
  /** The candle that it is about; undefined when not even that can be believed. */
  readonly openTime: UnixMs | undefined;
  readonly row: unknown;
}

/** What an answer of `/api/v3/klines` holds. */
export interface KlineRows {
  /** Oldest first, each open time once. */
  readonly klines: readonly Kline[];
  readonly refused: readonly RefusedRow[];
  /** How many rows came, whatever became of them. */
  readonly rows: number;
}

/**
 * Reads `/api/v3/klines`, row by row: one that can't be believed is refused and the rest is taken. A row is closed when its
 * close time lies before the question's market time, the exchange's clock when we asked. Rows may come in any order. Of rows
 * about one candle that differ, none is believed. Throws {@link InvalidInput} when the body is no list.
 */
export function readKlineRows(body: unknown, question: KlineQuestion & { readonly marketTime: UnixMs }): KlineRows {
  if (!Array.isArray(body)) throw new InvalidInput("klines: expected an array of rows");
  const refused: RefusedRow[] = [];
  const byOpenTime = new Map<number, { readonly kline: Kline; readonly row: readonly unknown[] }>();
  const contradicted = new Set<number>();
  for (const row of body as unknown[]) {
    if (!Array.isArray(row) || row.length !== FIELDS) {
      refused.push({ reason: "wrong_length", openTime: undefined, row });
      continue;
    }
    const kline = klineOf(row, question.marketTime);
    const reason = judgeKline(kline, question);
    if (reason !== undefined) {
      const isPlaced = judgeOpenTime(kline.openTime, question) === undefined;
      refused.push({ reason, openTime: isPlaced ? kline.openTime : undefined, row });
      continue;
    }
    const had = byOpenTime.get(kline.openTime);
    if (had === undefined) {
      byOpenTime.set(kline.openTime, { kline, row });
      continue;
    }
    refused.push({ reason: "doubled", openTime: undefined, row });
    if (had.row.some((field, index) => field !== row[index])) contradicted.add(kline.openTime);
  }
  const klines = [...byOpenTime.values()].map(({ kline }) => kline).sort((a, b) => a.openTime - b.openTime);
  return { ...settleDoubled(klines, refused, contradicted), rows: body.length };
}

/** A stretch of open times that an answer is certain about, with all klines in it. */
export interface AnsweredRange extends OpenTimeRange {
  readonly klines: readonly Kline[];
}

/**
 * The stretches of a range that an answer settles, oldest first: all of it, less the candles whose rows were refused. A row
 * that can't even be placed may stand for any candle that the answer lacks, so then only the klines themselves are certain.
 */
export function answeredRanges(
  interval: Interval,
  range: OpenTimeRange,
  { klines, refused }: Pick<KlineRows, "klines" | "refused">,
): AnsweredRange[] {
  if (range.from > range.to) return [];
  const inRange = klines.filter(({ openTime }) => openTime <= range.to);
  if (refused.some(({ openTime }) => openTime === undefined)) return runsOf(interval, inRange);
  const holes = [...new Set(refused.flatMap(({ openTime }) => openTime ?? []))].sort((a, b) => a - b);
  const ranges: AnsweredRange[] = [];
  let from = range.from;
  for (const hole of [...holes.filter((openTime) => openTime <= range.to), undefined]) {
    const to = hole === undefined ? range.to : previousOpenTime(interval, hole);
    if (from <= to) {
      ranges.push({ from, to, klines: inRange.filter(({ openTime }) => openTime >= from && openTime <= to) });
    }
    if (hole !== undefined) from = nextOpenTime(interval, hole);
  }
  return ranges;
}

/** Rows that say the same twice are harmless; of those that differ, the candle is in doubt. */
function settleDoubled(
  klines: readonly Kline[],
  refused: readonly RefusedRow[],
  contradicted: ReadonlySet<number>,
): Omit<KlineRows, "rows"> {
  return {
    klines: klines.filter(({ openTime }) => !contradicted.has(openTime)),
    refused: refused.flatMap((one): RefusedRow[] => {
      if (one.reason !== "doubled") return [one];
      const openTime = moment((one.row as readonly unknown[])[0]);
      return contradicted.has(openTime) ? [{ ...one, openTime }] : [];
    }),
  };
}

/** The klines in stretches without a hole. */
function runsOf(interval: Interval, klines: readonly Kline[]): AnsweredRange[] {
  const runs: { from: UnixMs; to: UnixMs; klines: Kline[] }[] = [];
  for (const kline of klines) {
    const last = runs.at(-1);
    if (last === undefined || nextOpenTime(interval, last.to) !== kline.openTime) {
      runs.push({ from: kline.openTime, to: kline.openTime, klines: [kline] });
    } else {
      last.to = kline.openTime;
      last.klines.push(kline);
    }
  }
  return runs;
}

function klineOf(row: readonly unknown[], marketTime: UnixMs): Kline {
  const closeTime = moment(row[6]);
  return {
    openTime: moment(row[0]),
    open: readDecimal(row[1]),
    high: readDecimal(row[2]),
    low: readDecimal(row[3]),
    close: readDecimal(row[4]),
    volume: readDecimal(row[5]),
    closeTime,
    quoteVolume: readDecimal(row[7]),
    trades: typeof row[8] === "number" ? row[8] : Number.NaN,
    takerBuyVolume: readDecimal(row[9]),
    takerBuyQuoteVolume: readDecimal(row[10]),
    closed: closeTime < marketTime,
  };
}
