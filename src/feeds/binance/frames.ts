import {
  isInterval,
  type MarketId,
  readDecimal,
  readOptionalCount,
  readOptionalDecimal,
  type Symbol,
  symbolAt,
  type TickerFigures,
} from "../../core/mod.ts";
import type { FrameSink } from "../exchange.ts";
import { isObject, type Members } from "../members.ts";
import { moment } from "../moment.ts";
import { KlineScanner } from "./kline-scanner.ts";

/** Of the tickers that nobody asked for, so many in a frame are looked at for whether the exchange speaks at all. */
const UNFOLLOWED_LOOKED_AT = 3;

/**
 * Decodes frames of the streams of one of Binance's markets, raw or combined; they differ in nothing. Source: Binance spot WebSocket
 * streams, 2026-07. Frames of klines in their usual shape are scanned, all others are parsed.
 */
export function readFrame(market: MarketId): (text: string, sink: FrameSink) => void {
  const scanner = new KlineScanner();
  return (text, sink) => {
    if (scanner.read(text, sink.figures)) {
      const { symbol: name, interval, eventTime, stream } = scanner;
      const symbol = sink.followed(name);
      if (symbol === undefined) sink.ignored("ignored");
      else sink.kline(symbol, interval, eventTime, stream);
      return;
    }
    let frame: unknown;
    try {
      frame = JSON.parse(text);
    } catch {
      sink.malformed("not_json");
      return;
    }
    if (isObject(frame) && "data" in frame && "stream" in frame) {
      readData(market, frame.data, typeof frame.stream === "string" ? frame.stream : undefined, sink);
    } else {
      readData(market, frame, undefined, sink);
    }
  };
}

function readData(market: MarketId, data: unknown, stream: string | undefined, sink: FrameSink): void {
  if (Array.isArray(data)) readTickers(market, data, stream, sink);
  else readEvent(data, stream, sink);
}

/** An array of tickers. Where none of them is followed, others are looked at. */
function readTickers(market: MarketId, members: readonly unknown[], stream: string | undefined, sink: FrameSink): void {
  const before = sink.tickersTaken;
  for (const member of members) readEvent(member, stream, sink);
  if (sink.tickersTaken > before) return;
  for (const member of members.slice(0, UNFOLLOWED_LOOKED_AT)) {
    if (!isObject(member) || member.e !== "24hrMiniTicker" || typeof member.s !== "string") continue;
    const symbol = sink.followed(member.s) === undefined ? symbolAt(market, member.s) : undefined;
    if (symbol !== undefined && sink.unfollowedTicker(tickerFigures(symbol, member))) return;
  }
}

function readEvent(data: unknown, stream: string | undefined, sink: FrameSink): void {
  if (!isObject(data)) {
    sink.malformed("not_an_event");
    return;
  }
  switch (data.e) {
    case "kline":
      readKline(data, stream, sink);
      break;
    case "24hrMiniTicker": {
      const symbol = sink.followed(data.s);
      if (symbol === undefined) sink.ignored("ignored");
      else sink.ticker(tickerFigures(symbol, data), stream);
      break;
    }
    case "serverShutdown":
      sink.shutdown();
      break;
    default:
      sink.ignored("result" in data || "error" in data || "code" in data ? "control" : "ignored");
  }
}

function readKline(data: Members, stream: string | undefined, sink: FrameSink): void {
  const k = data.k;
  if (!isObject(k)) {
    sink.malformed("not_an_event");
    return;
  }
  const symbol = sink.followed(data.s);
  if (symbol === undefined) {
    sink.ignored("ignored");
    return;
  }
  const interval = k.i;
  if (typeof interval !== "string" || !isInterval(interval)) sink.malformed("bad_interval");
  else if (k.s !== undefined && k.s !== data.s) sink.malformed("other_series");
  else if (typeof k.x !== "boolean") sink.malformed("not_a_flag");
  else {
    fill(sink, k);
    sink.kline(symbol, interval, moment(data.E), stream);
  }
}

function fill({ figures }: FrameSink, k: Members): void {
  figures.openTime = moment(k.t);
  figures.closeTime = moment(k.T);
  figures.open = readDecimal(k.o);
  figures.high = readDecimal(k.h);
  figures.low = readDecimal(k.l);
  figures.close = readDecimal(k.c);
  figures.volume = readDecimal(k.v);
  figures.quoteVolume = readOptionalDecimal(k.q);
  figures.trades = readOptionalCount(k.n);
  figures.takerBuyVolume = readOptionalDecimal(k.V);
  figures.takerBuyQuoteVolume = readOptionalDecimal(k.Q);
  figures.closed = k.x === true;
}

/** Of a mini ticker: it has open and last price, from which change and percent follow. */
function tickerFigures(symbol: Symbol, data: Members): TickerFigures {
  return {
    symbol,
    price: readDecimal(data.c),
    open: readDecimal(data.o),
    high: readDecimal(data.h),
    low: readDecimal(data.l),
    volume: readDecimal(data.v),
    quoteVolume: readOptionalDecimal(data.q),
    updatedAt: moment(data.E),
  };
}
