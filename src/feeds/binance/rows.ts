import {
  ANY_UNKNOWN,
  InvalidInput,
  isTickerSane,
  type MarketId,
  readDecimal,
  readOptionalDecimal,
  symbolAt,
  type Ticker,
  tickerOf,
  type UnixMs,
} from "../../core/mod.ts";
import { moment } from "../moment.ts";

/** Reads `/api/v3/time`. Throws {@link InvalidInput}. */
export function readTime(body: unknown): UnixMs {
  const time = moment((body as { serverTime?: unknown } | null)?.serverTime);
  if (Number.isNaN(time)) throw new InvalidInput("time: expected serverTime in milliseconds");
  return time;
}

/** Reads `/api/v3/ticker/24hr` for all symbols, or that of contracts; members that can't be read are left out. */
export function readTickers(market: MarketId): (body: unknown) => Ticker[] {
  return (body) => {
    if (!Array.isArray(body)) throw new InvalidInput("ticker/24hr: expected an array");
    return (body as Record<string, unknown>[]).flatMap((raw) => tickerIn(market, raw) ?? []);
  };
}

function tickerIn(market: MarketId, raw: Readonly<Record<string, unknown>> | null): Ticker | undefined {
  const symbol = typeof raw?.symbol === "string" ? symbolAt(market, raw.symbol) : undefined;
  if (raw === null || symbol === undefined) return undefined;
  const figures = {
    symbol,
    price: readDecimal(raw.lastPrice),
    open: readDecimal(raw.openPrice),
    high: readDecimal(raw.highPrice),
    low: readDecimal(raw.lowPrice),
    volume: readDecimal(raw.volume),
    quoteVolume: readOptionalDecimal(raw.quoteVolume),
    updatedAt: moment(raw.closeTime),
  };
  return isTickerSane(figures, ANY_UNKNOWN) ? tickerOf(figures) : undefined;
}
