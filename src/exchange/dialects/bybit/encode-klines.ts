import { closeTimeOf, type Interval, type Kline, type UnixMs } from "../../../core/mod.ts";
import { orNull, plain } from "../figures.ts";
import { written } from "./intervals.ts";
import { klineTopic } from "./topics.ts";

/** A row of `/v5/market/kline`: start, open, high, low, close, volume, turnover. */
export function klineRow(kline: Kline): (string | null)[] {
  const { openTime, open, high, low, close, volume, quoteVolume } = kline;
  const known = [open, high, low, close, volume].map((figure) => plain(figure));
  return [String(openTime), ...known, orNull(quoteVolume, plain)];
}

/** A frame of `kline.{interval}.{symbol}`, as JSON text. */
export function klineFrame(symbol: string, interval: Interval, kline: Kline, now: UnixMs): string {
  const end = closeTimeOf(interval, kline.openTime);
  const state = {
    start: kline.openTime,
    end,
    interval: written(interval),
    open: plain(kline.open),
    close: plain(kline.close),
    high: plain(kline.high),
    low: plain(kline.low),
    volume: plain(kline.volume),
    turnover: orNull(kline.quoteVolume, plain),
    confirm: kline.closed,
    // The last trade: now, or in the candle's last millisecond.
    timestamp: Math.min(now, end),
  };
  return JSON.stringify({ topic: klineTopic(symbol, interval), data: [state], ts: now, type: "snapshot" });
}
