import { readDecimal, readOptionalDecimal } from "../../../../src/core/mod.ts";
import type { FrameSink } from "../../../../src/feeds/exchange.ts";
import { moment } from "../../../../src/feeds/moment.ts";
import { fillCandle } from "./rows.ts";

/** Decodes a frame. Never throws. */
export function readFrame(text: string, sink: FrameSink): void {
  const frame = parsed(text);
  // The answer to our ping isn't JSON; answers to requests have an event.
  if (text === "pong" || (isObject(frame) && "event" in frame)) sink.ignored("control");
  else if (frame === undefined) sink.malformed("not_json");
  else if (!isObject(frame) || !isObject(frame.arg) || !Array.isArray(frame.data)) sink.malformed("not_an_event");
  else readEvent(frame.arg, frame.data, frame.ts, sink);
}

function readEvent(arg: Members, data: readonly unknown[], ts: unknown, sink: FrameSink): void {
  const symbol = sink.followed(arg.instId);
  const stream = `${arg.channel}:${arg.instId}`;
  // The first frame of a stream brings the candles before, too, which REST tells better.
  const newest: unknown = data.at(-1);
  if (symbol === undefined) sink.ignored("ignored");
  else if (arg.channel === "candle1m" && Array.isArray(newest)) {
    fillCandle(sink.figures, "1m", newest, 6);
    sink.kline(symbol, "1m", moment(ts), stream);
  } else if (arg.channel === "ticker" && isObject(newest)) {
    const figures = {
      symbol,
      price: readDecimal(newest.lastPr),
      open: readDecimal(newest.open24h),
      high: readDecimal(newest.high24h),
      low: readDecimal(newest.low24h),
      volume: readDecimal(newest.baseVolume),
      quoteVolume: readOptionalDecimal(newest.quoteVolume),
      updatedAt: moment(ts),
    };
    sink.ticker(figures, stream);
  } else if (arg.channel === "candle1m" || arg.channel === "ticker") sink.malformed("not_an_event");
  else sink.ignored("ignored");
}

type Members = Readonly<Record<string, unknown>>;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null;
}
