import type { Extremes, PastMinutes } from "../../alerts/mod.ts";
import { emptyKline, nextOpenTime, openTimeOf, previousOpenTime, type Symbol, type UnixMs } from "../../core/mod.ts";
import type { MarketReader, Series } from "../../store/mod.ts";

const MINUTE_MS = 60_000;

/** A part of a span, and the series that has it. `to` isn't part of it. */
interface Part {
  readonly series: Series;
  readonly from: UnixMs;
  readonly to: UnixMs;
}

/**
 * The minutes that memory has. Where its one-minute candles don't reach back so far, the shortest longer interval that does has the older part: as
 * whole candles, so that the span may begin later than it was asked for by less than one of them.
 */
export class StoredMinutes implements PastMinutes {
  readonly #markets: MarketReader;

  constructor(markets: MarketReader) {
    this.#markets = markets;
  }

  extremes(symbol: Symbol, from: UnixMs, to: UnixMs): Extremes | undefined {
    const parts = this.#partsOf(symbol, from, to);
    if (parts === undefined) return undefined;
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const part of parts) {
      eachOf(part, (kline) => {
        low = Math.min(low, kline.low);
        high = Math.max(high, kline.high);
      });
    }
    return { low, high };
  }

  volume(symbol: Symbol, from: UnixMs, to: UnixMs): { readonly volume: number; readonly minutes: number } | undefined {
    const parts = this.#partsOf(symbol, from, to);
    if (parts === undefined) return undefined;
    let volume = 0;
    for (const part of parts) eachOf(part, (kline) => (volume += kline.volume));
    return { volume, minutes: (to - (parts[0]?.from ?? to)) / MINUTE_MS };
  }

  /** The parts of a span, oldest first; undefined while something of it is in doubt. */
  #partsOf(symbol: Symbol, from: UnixMs, to: UnixMs): readonly Part[] | undefined {
    if (from >= to) return [];
    const minutes = this.#markets.series(symbol, "1m");
    const oldest = minutes?.first;
    if (minutes === undefined || oldest === undefined) return undefined;
    if (isCertain({ series: minutes, from, to })) return [{ series: minutes, from, to }];
    for (const interval of this.#markets.intervals) {
      const series = interval === "1s" || interval === "1m" ? undefined : this.#markets.series(symbol, interval);
      if (series === undefined) continue;
      const [begin, split] = [firstFrom(series, from), firstFrom(series, oldest)];
      const parts = [
        { series, from: begin, to: split },
        { series: minutes, from: split, to },
      ];
      if (begin < split && split < to && parts.every(isCertain)) return parts;
    }
    return undefined;
  }
}

/** The open time of the first candle of a series that opens at a moment or after it. */
function firstFrom({ interval }: Series, moment: UnixMs): UnixMs {
  const openTime = openTimeOf(interval, moment);
  return openTime < moment ? nextOpenTime(interval, openTime) : openTime;
}

/** Whether all that the exchange has of a part is held, and is final. */
function isCertain({ series, from, to }: Part): boolean {
  const last = previousOpenTime(series.interval, to);
  const isFinal = !series.has(last) || series.isClosedAt(last);
  return isFinal && series.ledger.isCertain(from, last) && (series.first ?? to) <= last;
}

function eachOf({ series, from, to }: Part, take: (kline: Readonly<ReturnType<typeof emptyKline>>) => void): void {
  const row = emptyKline();
  const { ring } = series;
  for (let at = ring.position(from); at < ring.length && ring.openTimeAt(at) < to; at += 1) take(ring.read(at, row));
}
