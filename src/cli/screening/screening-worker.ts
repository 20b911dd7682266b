import {
  emptyKline,
  type Interval,
  InvalidInput,
  KLINE_COLUMNS,
  type Kline,
  type Symbol,
  type Ticker,
  type UnixMs,
} from "../../core/mod.ts";
import { createSandbox } from "../../sandbox/mod.ts";
import {
  ClosedSeries,
  FilterCodeFault,
  type MarketView,
  type PreviewRequest,
  preview,
  Screening,
} from "../../strategy/mod.ts";
import { stopwatch } from "../stopwatch.ts";
import { ROW_NUMBERS, type ScreenReply, type ScreenTask, type SeriesNews } from "./messages.ts";

declare const self: Worker;

/** The market as far as the other thread told of it. */
const series: Map<string, { closed: ClosedSeries; settled: boolean; full: boolean }> = new Map();
/** Moves with all that is learnt. */
let version = 0;
let symbols: readonly Symbol[] = [];
let tickers: ReadonlyMap<Symbol, Ticker> = new Map();

const view: MarketView = {
  symbols: () => symbols,
  closed: (symbol, interval, moment, most) => {
    const one = series.get(keyOf(symbol, interval));
    return one?.closed.window(moment, most, (klines) => ({
      settled: one.settled,
      cut: klines < most && one.full,
    }));
  },
  version: () => version,
  ticker: (symbol) => tickers.get(symbol),
};
const screening: Promise<Screening> = createSandbox({ stopwatch }).then(
  (runner) => new Screening({ view, runner, stopwatch }),
);

self.onmessage = async ({ data }: MessageEvent<ScreenTask>) => {
  self.postMessage(await replyTo(data));
};

async function replyTo(task: ScreenTask): Promise<ScreenReply> {
  try {
    const ready = await screening;
    for (const one of task.news) learn(one);
    symbols = task.symbols;
    tickers = new Map(task.tickers.map((ticker) => [ticker.symbol, ticker]));
    const { id, request, kind } = task;
    return { id, result: kind === "screen" ? ready.screen(request) : preview(ready, request as PreviewRequest) };
  } catch (cause) {
    if (cause instanceof FilterCodeFault) {
      return { id: task.id, fault: "filter", message: cause.what, place: cause.place };
    }
    const fault = cause instanceof InvalidInput ? "request" : "internal";
    return { id: task.id, fault, message: cause instanceof Error ? cause.message : String(cause) };
  }
}

function learn({ symbol, interval, afresh, rows, keep, settled, full }: SeriesNews): void {
  version += 1;
  const key = keyOf(symbol, interval);
  const known = series.get(key);
  const closed = known === undefined ? new ClosedSeries() : known.closed;
  if (afresh) closed.clear();
  for (let at = 0; at < rows.length; at += ROW_NUMBERS) closed.append(klineOf(rows, at), keep);
  series.set(key, { closed, settled, full });
}

function klineOf(rows: Float64Array, at: number): Kline {
  const kline = emptyKline();
  for (const [index, column] of KLINE_COLUMNS.entries()) kline[column] = rows[at + index] as UnixMs;
  kline.closed = true;
  return kline;
}

function keyOf(symbol: Symbol, interval: Interval): string {
  return `${symbol} ${interval}`;
}
