import { closeTimeOf, type Interval, readDecimal, readOptionalDecimal, type UnixMs } from "../../core/mod.ts";
import type { FrameSink, TickerChange } from "../exchange.ts";
import { isObject, type Members, objectIn } from "../members.ts";
import { moment } from "../moment.ts";
import { intervalOf } from "./intervals.ts";

/** The figures of a ticker, by Bybit's names. */
const TICKER_FIGURES: readonly (readonly [string, keyof TickerChange["figures"], (value: unknown) => number])[] = [
  ["lastPrice", "price", readDecimal],
  ["prevPrice24h", "open", readDecimal],
  ["highPrice24h", "high", readDecimal],
  ["lowPrice24h", "low", readDecimal],
  ["volume24h", "volume", readDecimal],
  ["turnover24h", "quoteVolume", readOptionalDecimal],
];

/**
 * Decodes a frame of Bybit's public streams. Both markets have the same; spot sends tickers whole, linear sends what changed. Source:
 * Bybit v5 documentation, kline and ticker, 2026-11.
 */
export function readBybitFrame(text: string, sink: FrameSink): void {
  const frame = objectIn(text, sink);
  if (frame === undefined) return;
  const { topic } = frame;
  if (typeof topic !== "string") {
    sink.ignored("op" in frame || "success" in frame || "ret_msg" in frame ? "control" : "ignored");
    return;
  }
  // kline.1.BTCUSDT, tickers.BTCUSDT
  const [kind, ...rest] = topic.split(".");
  if (kind === "kline") readKlines(frame, topic, rest[0], rest.slice(1).join("."), sink);
  else if (kind === "tickers") readTicker(frame, topic, rest.join("."), sink);
  else sink.ignored("ignored");
}

/** At a close, a frame has the final state and the first one of the next candle. */
function readKlines(frame: Members, topic: string, word: string | undefined, name: string, sink: FrameSink): void {
  const symbol = sink.followed(name);
  const interval = intervalOf(word);
  if (symbol === undefined) sink.ignored("ignored");
  else if (interval === undefined) sink.malformed("bad_interval");
  else if (!Array.isArray(frame.data)) sink.malformed("not_an_event");
  else {
    const eventTime = moment(frame.ts);
    for (const state of frame.data as readonly unknown[]) {
      if (!isObject(state)) sink.malformed("not_an_event");
      else if (intervalOf(state.interval) !== interval) sink.malformed("other_series");
      else if (typeof state.confirm !== "boolean") sink.malformed("not_a_flag");
      else {
        fill(sink, interval, state);
        sink.kline(symbol, interval, eventTime, topic);
      }
    }
  }
}

/** Trades and what takers bought isn't told. */
function fill({ figures }: FrameSink, interval: Interval, state: Members): void {
  figures.openTime = moment(state.start);
  figures.closeTime = closeTimeIn(interval, figures.openTime, moment(state.end));
  figures.open = readDecimal(state.open);
  figures.high = readDecimal(state.high);
  figures.low = readDecimal(state.low);
  figures.close = readDecimal(state.close);
  figures.volume = readDecimal(state.volume);
  figures.quoteVolume = readOptionalDecimal(state.turnover);
  figures.trades = Number.NaN;
  figures.takerBuyVolume = Number.NaN;
  figures.takerBuyQuoteVolume = Number.NaN;
  figures.closed = state.confirm === true;
}

/**
 * A row of REST has no close time, so it is the interval's there; here it is the same, or the two would contradict each other. `end` is
 * said to be the present moment in candles that are open; one that can't be meant is kept, to be refused.
 */
function closeTimeIn(interval: Interval, start: UnixMs, end: UnixMs): UnixMs {
  const closeTime = closeTimeOf(interval, start);
  return end >= start && end <= closeTime ? closeTime : end;
}

function readTicker(frame: Members, topic: string, name: string, sink: FrameSink): void {
  const { data, type } = frame;
  const symbol = sink.followed(name);
  if (symbol === undefined) sink.ignored("ignored");
  else if (!isObject(data) || (type !== "snapshot" && type !== "delta")) sink.malformed("not_an_event");
  else if (data.symbol !== name) sink.malformed("other_series");
  else {
    const change: TickerChange = {
      symbol,
      updatedAt: moment(frame.ts),
      isSnapshot: type === "snapshot",
      figures: changedFigures(data),
    };
    sink.tickerChange(change, topic);
  }
}

/** The figures that are in a frame. Most frames have only what bids, offers and funding are now. */
function changedFigures(data: Members): TickerChange["figures"] {
  const figures: { -readonly [K in keyof TickerChange["figures"]]: TickerChange["figures"][K] } = {};
  for (const [name, figure, read] of TICKER_FIGURES) {
    if (data[name] !== undefined) figures[figure] = read(data[name]);
  }
  return figures;
}
