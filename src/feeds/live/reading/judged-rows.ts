import {
  addCandles,
  type Interval,
  judgeKline,
  judgeOpenTime,
  KLINE_COLUMNS,
  type Kline,
  type KlineQuestion,
  type KlineRefusal,
  nextOpenTime,
  type OpenTimeRange,
  previousOpenTime,
  type UnixMs,
} from "../../../core/mod.ts";
import type { DecodedRow } from "../../exchange.ts";

/** Why a row is refused. */
export type RowRefusal =
  | KlineRefusal
  | "wrong_length"
  | "doubled"
  /** The candle is over, and the exchange doesn't call it final yet. */
  | "not_final";

/** A row that isn't believed. */
export interface RefusedRow {
  readonly reason: RowRefusal;
  /** The candle that it is about; undefined when not even that can be believed. */
  readonly openTime: UnixMs | undefined;
  readonly row: unknown;
}

/** What an answer with klines holds. */
export interface KlineRows {
  /** Oldest first, each open time once. */
  readonly klines: readonly Kline[];
  readonly refused: readonly RefusedRow[];
  /** How many rows came, accepted or refused. */
  readonly rows: number;
}

/**
 * Judges the rows of an answer one by one: one that can't be believed is refused and the rest is taken. A row is closed when its
 * close time lies before the question's market time, the exchange's clock when we asked, and the exchange doesn't deny it. Rows may come in
 * any order. Of rows about one candle that differ, none is believed.
 */
export function judgeRows(
  decoded: readonly DecodedRow[],
  question: KlineQuestion & { readonly marketTime: UnixMs },
): KlineRows {
  const refused: RefusedRow[] = [];
  const byOpenTime = new Map<number, Kline>();
  const doubled: { readonly row: unknown; readonly openTime: UnixMs }[] = [];
  const contradicted = new Set<number>();
  for (const { row, kline: figures, isFinal = true } of decoded) {
    if (figures === undefined) {
      refused.push({ reason: "wrong_length", openTime: undefined, row });
      continue;
    }
    const isOver = figures.closeTime < question.marketTime;
    const kline = { ...figures, closed: isOver && isFinal };
    const reason = judgeKline(kline, question) ?? (isOver && !isFinal ? "not_final" : undefined);
    if (reason !== undefined) {
      const isPlaced = judgeOpenTime(kline.openTime, question) === undefined;
      refused.push({ reason, openTime: isPlaced ? kline.openTime : undefined, row });
      continue;
    }
    const had = byOpenTime.get(kline.openTime);
    if (had === undefined) {
      byOpenTime.set(kline.openTime, kline);
      continue;
    }
    doubled.push({ row, openTime: kline.openTime });
    if (KLINE_COLUMNS.some((column) => !Object.is(had[column], kline[column]))) contradicted.add(kline.openTime);
  }
  // Rows that say the same twice are harmless; of those that differ, the candle is in doubt.
  const differing = doubled.filter(({ openTime }) => contradicted.has(openTime));
  return {
    klines: [...byOpenTime.values()]
      .filter(({ openTime }) => !contradicted.has(openTime))
      .sort((a, b) => a.openTime - b.openTime),
    refused: [...refused, ...differing.map((one): RefusedRow => ({ ...one, reason: "doubled" }))],
    rows: decoded.length,
  };
}

/** What an answer holds, and for what it speaks. */
export interface AnsweredRows extends KlineRows {
  /** The part of the range that was asked for for which it speaks: the rest has to be asked for. */
  readonly answered: OpenTimeRange;
  /** From this open time on a candle without a row may still come. Undefined where it can't, or follows from shorter ones. */
  readonly mayComeSince: UnixMs | undefined;
}

/**
 * The part of a range for which an answer speaks. One that isn't full speaks for all of it: the years before a symbol was listed
 * cost nothing. A full one speaks as far as its last row from the end that the exchange keeps; where no row of a full one can be placed,
 * it passes for one that has a row for each candle.
 */
export function answeredPart(
  interval: Interval,
  page: OpenTimeRange,
  { klines, refused, rows }: KlineRows,
  most: number,
  keeps: "oldest" | "newest",
): OpenTimeRange {
  if (rows < most) return page;
  const placed = [...klines, ...refused].flatMap(({ openTime }) => openTime ?? []);
  if (keeps === "oldest") {
    const last = placed.length === 0 ? addCandles(interval, page.from, most - 1) : Math.max(...placed);
    return { from: page.from, to: Math.min(last, page.to) as UnixMs };
  }
  const first = placed.length === 0 ? addCandles(interval, page.to, 1 - most) : Math.min(...placed);
  return { from: Math.max(first, page.from) as UnixMs, to: page.to };
}

/** A stretch of open times that an answer is certain about, with all klines in it. */
export interface AnsweredRange extends OpenTimeRange {
  readonly klines: readonly Kline[];
}

/**
 * The stretches of a range that an answer settles, oldest first: all of it, less the candles whose rows were refused, and those that
 * may still come. A row that can't even be placed may stand for any candle that the answer lacks, so then only the klines themselves
 * are certain.
 */
export function answeredRanges(
  interval: Interval,
  range: OpenTimeRange,
  rows: Pick<KlineRows, "klines" | "refused"> & { readonly mayComeSince?: UnixMs | undefined },
): AnsweredRange[] {
  const ranges = rangesWithoutRefused(interval, range, rows);
  const since = rows.mayComeSince;
  if (since === undefined) return ranges;
  return ranges.flatMap(({ from, to, klines }) => {
    const late = runsOf(
      interval,
      klines.filter(({ openTime }) => openTime >= since),
    );
    const early = klines.filter(({ openTime }) => openTime < since);
    const end = Math.min(to, previousOpenTime(interval, since)) as UnixMs;
    return from <= end ? [{ from, to: end, klines: early }, ...late] : late;
  });
}

function rangesWithoutRefused(
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
