import type { Interval, Symbol } from "../core/mod.ts";
import type { KlineSelection, MarketReader, Series } from "../store/mod.ts";
import { ByteWriter } from "./byte-writer.ts";
import { KlineBytes, writeRows } from "./kline-bytes.ts";

/** The klines of a snapshot when the client doesn't say what it has. */
const SNAPSHOT_KLINES = 100;

/** Rows that one step encodes: about a millisecond of work. Longer snapshots take several turns of the event loop. */
const ROWS_PER_STEP = 1_000;

/** Encoded rows of series, shared with HTTP answers. */
export interface SnapshotRows {
  /** The rows of a series; undefined when they aren't kept and there is no room for them. */
  scan(series: Series, selection: KlineSelection): KlineBytes | undefined;
  /** The rows may have grown. */
  count(series: Series, rows: KlineBytes): void;
}

/** What snapshots are made from. */
export interface SnapshotSource {
  readonly markets: MarketReader;
  readonly rows: SnapshotRows;
}

/** Which klines a snapshot holds. */
export interface SnapshotRange {
  /** The open time of the last closed kline that the client has; undefined if it has none. */
  readonly since: number | undefined;
  /** Whether it holds the newest {@link SNAPSHOT_KLINES} in any case. */
  readonly hasNewest: boolean;
  /** The open time of the oldest kline that closed since the request and wasn't sent, as it belongs into the snapshot. */
  readonly heldFrom: number | undefined;
}

/** One series that a snapshot is of. */
export interface SnapshotSeries {
  readonly kind: "kline" | "closed";
  readonly symbol: Symbol;
  readonly interval: Interval;
}

/** A snapshot's message and the klines in it. */
export interface SnapshotText {
  readonly text: string;
  readonly klines: number;
}

/** Makes the snapshot of one series in steps of bounded work; keeps the rows of a series whose encoding isn't done yet. */
export class KlineSnapshot {
  #encoding: { readonly series: Series; readonly rows: KlineBytes } | undefined;

  /** The message, or undefined when another step is needed. */
  step({ markets, rows }: SnapshotSource, of: SnapshotSeries, range: SnapshotRange): SnapshotText | undefined {
    const head = `{"type":"snapshot","channel":"${of.kind}:${of.symbol}:${of.interval}","klines":[`;
    const series = markets.series(of.symbol, of.interval);
    if (series === undefined) return { text: `${head}],"recovered":false}`, klines: 0 };
    const selection = selectionOf(series, of.kind, markets.capacity, range);
    const klines = selection.end - selection.first;
    let kept = this.#encoding?.series === series ? this.#encoding.rows : rows.scan(series, selection);
    // Few rows that nobody keeps are written as they are; many are kept until the last of them is encoded.
    if (kept === undefined && klines > ROWS_PER_STEP) kept = new KlineBytes(series);
    if (kept !== undefined) {
      const isReady = kept.prepare(selection, ROWS_PER_STEP);
      rows.count(series, kept);
      this.#encoding = isReady ? undefined : { series, rows: kept };
      if (!isReady) return undefined;
    }
    // A hole that the exchange itself has is no loss: a client that resumes gets all that there is.
    const recovered = range.since === undefined ? selection.complete : series.reachesBackTo(range.since);
    writer.clear();
    writer.text(head);
    if (kept === undefined) writeRows(series, selection, writer);
    else kept.write(selection, writer);
    writer.text(`],"recovered":${recovered}}`);
    return { text: decoder.decode(writer.written), klines };
  }
}

const writer = new ByteWriter();
const decoder = new TextDecoder();

/** How many klines the snapshot of a series would hold now. */
export function snapshotKlines({ ring }: Series, { since }: Pick<SnapshotRange, "since">): number {
  return since === undefined ? Math.min(SNAPSHOT_KLINES, ring.length) : ring.length - ring.position(since);
}

function selectionOf(
  series: Series,
  kind: "kline" | "closed",
  capacity: number,
  { since, hasNewest, heldFrom }: SnapshotRange,
): KlineSelection {
  const closedOnly = kind === "closed";
  const newest = { limit: Math.min(SNAPSHOT_KLINES, capacity), closedOnly };
  if (since === undefined && heldFrom === undefined) return series.select(newest);
  const from = Math.min(since ?? Number.POSITIVE_INFINITY, heldFrom ?? Number.POSITIVE_INFINITY);
  const all = { limit: series.ring.capacity, closedOnly };
  if (!hasNewest) return series.select({ ...all, startTime: from });
  const { first, end } = series.select(newest);
  const startTime = first < end ? Math.min(from, series.ring.openTimeAt(first)) : from;
  return series.select({ ...all, startTime });
}
