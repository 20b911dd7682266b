import { isInterval, type MarketId, nameAt, type Symbol, type UnixMs } from "../../core/mod.ts";
import { type FrameSink, isObject, type Members, moment, objectIn } from "../../feeds/mod.ts";
import { fillKline, tickerFigures } from "./members.ts";

/** A close that comes later than this, in milliseconds, is no news: the upstream has repaired something. */
const NEWS_MS = 600_000;

/** So many tickers of symbols that aren't followed are looked at, where none is: one shows that the market goes on. */
const UNFOLLOWED_LOOKED_AT = 10;

const KLINE = "kline:";

/** Decodes a message of another Vyx's WebSocket; docs/protocol.md describes them. Never throws. */
export function readUpstreamFrame(market: MarketId, text: string, sink: FrameSink): void {
  const frame = objectIn(text, sink);
  if (frame === undefined) return;
  switch (frame.type) {
    case "kline":
      readKline(frame, sink);
      break;
    case "tickers":
      readTickers(market, frame, sink);
      break;
    case "error":
      // A request for streams was refused, all of it: the upstream has no symbols yet, or we asked too much.
      sink.refused();
      break;
    case "hello":
    case "ack":
    case "pong":
      sink.ignored("control");
      break;
    default:
      sink.ignored("ignored");
  }
}

function readKline({ channel, kline, time, restated }: Members, sink: FrameSink): void {
  const colon = typeof channel === "string" ? channel.lastIndexOf(":") : -1;
  if (typeof channel !== "string" || !channel.startsWith(KLINE) || !isObject(kline)) {
    sink.malformed("not_an_event");
    return;
  }
  const [name, interval] = [channel.slice(KLINE.length, Math.max(KLINE.length, colon)), channel.slice(colon + 1)];
  const symbol = sink.followed(nameAt(name as Symbol));
  if (symbol !== name) sink.ignored("ignored");
  else if (!isInterval(interval)) sink.malformed("bad_interval");
  else if (typeof kline.closed !== "boolean") sink.malformed("not_a_flag");
  else {
    fillKline(kline, sink.figures);
    const eventTime = moment(time);
    const isCorrection = restated === true || isOld(sink.figures.closeTime, eventTime);
    if (isCorrection && kline.closed) sink.restated(symbol, interval, eventTime, channel);
    else sink.kline(symbol, interval, eventTime, channel);
  }
}

function isOld(closeTime: UnixMs, eventTime: UnixMs): boolean {
  return eventTime - closeTime > NEWS_MS;
}

function readTickers(market: MarketId, frame: Members, sink: FrameSink): void {
  const { tickers } = frame;
  if (!Array.isArray(tickers) || frame.market !== market) {
    sink.malformed(Array.isArray(tickers) ? "other_series" : "not_an_event");
    return;
  }
  const stream = `tickers:${market}`;
  const before = sink.tickersTaken;
  const others: Members[] = [];
  for (const ticker of tickers as readonly unknown[]) {
    if (!isObject(ticker) || typeof ticker.symbol !== "string") sink.malformed("not_an_event");
    // It was added up from klines, and is added up here, too.
    else if (ticker.windowMs !== undefined) sink.ignored("ignored");
    else if (sink.followed(nameAt(ticker.symbol as Symbol)) === ticker.symbol)
      sink.ticker(tickerFigures(ticker), stream);
    else others.push(ticker);
  }
  if (sink.tickersTaken > before) return;
  for (const ticker of others.slice(0, UNFOLLOWED_LOOKED_AT)) if (sink.unfollowedTicker(tickerFigures(ticker))) return;
}
