import {
  ANY_UNKNOWN,
  closeTimeOf,
  type Interval,
  InvalidInput,
  isTickerSane,
  type Kline,
  readDecimal,
  readOptionalDecimal,
  symbolAt,
  type Ticker,
  tickerOf,
  type UnixMs,
} from "../../core/mod.ts";
import type { DecodedRow } from "../exchange.ts";
import { isObject, type Members } from "../members.ts";
import { moment } from "../moment.ts";
import type { BybitMarket } from "./category.ts";

/** Fields of a row: [openTime, open, high, low, close, volume, turnover]. All are texts. */
const FIELDS = 7;

/** Reads the `time` of an answer, which is when it was made. Throws {@link InvalidInput}. */
export function readTime(body: unknown): UnixMs {
  const time = timeIn(body);
  if (Number.isNaN(time)) throw new InvalidInput("time: expected milliseconds");
  return time;
}

/** When an answer was made; NaN where it doesn't say. */
export function timeIn(body: unknown): UnixMs {
  return moment((body as { time?: unknown } | null)?.time);
}

/** Reads `/v5/market/kline` of one series. Throws {@link InvalidInput} when it is no such answer, or another series' one. */
export function readKlineRows(name: string, interval: Interval): (body: unknown) => readonly DecodedRow[] {
  return (body) => {
    const { symbol } = resultOf("kline", body);
    if (symbol !== undefined && symbol !== name) throw new InvalidInput(`kline: expected rows of ${name}, got others`);
    return listOf("kline", body).map((row) => ({
      row,
      kline: Array.isArray(row) && row.length === FIELDS ? klineOf(interval, row) : undefined,
    }));
  };
}

function klineOf(interval: Interval, row: readonly unknown[]): Kline {
  const openTime = moment(readDecimal(row[0]));
  return {
    openTime,
    open: readDecimal(row[1]),
    high: readDecimal(row[2]),
    low: readDecimal(row[3]),
    close: readDecimal(row[4]),
    volume: readDecimal(row[5]),
    closeTime: closeTimeOf(interval, openTime),
    quoteVolume: readOptionalDecimal(row[6]),
    trades: Number.NaN,
    takerBuyVolume: Number.NaN,
    takerBuyQuoteVolume: Number.NaN,
    closed: false,
  };
}

/** Reads `/v5/market/tickers` for all symbols; members that can't be read are left out. */
export function readTickers(market: BybitMarket): (body: unknown) => Ticker[] {
  return (body) => {
    const updatedAt = timeIn(body);
    return listOf("tickers", body).flatMap((raw) => (isObject(raw) ? (tickerIn(market, raw, updatedAt) ?? []) : []));
  };
}

function tickerIn({ id, category }: BybitMarket, raw: Members, updatedAt: UnixMs): Ticker | undefined {
  if (typeof raw.symbol !== "string") return undefined;
  // Linear tells those of contracts that end on a day, too: BTCUSDT-25DEC26.
  const symbol = category === "linear" && raw.symbol.includes("-") ? undefined : symbolAt(id, raw.symbol);
  if (symbol === undefined) return undefined;
  const figures = {
    symbol,
    price: readDecimal(raw.lastPrice),
    open: readDecimal(raw.prevPrice24h),
    high: readDecimal(raw.highPrice24h),
    low: readDecimal(raw.lowPrice24h),
    volume: readDecimal(raw.volume24h),
    quoteVolume: readOptionalDecimal(raw.turnover24h),
    updatedAt,
  };
  return isTickerSane(figures, ANY_UNKNOWN) ? tickerOf(figures) : undefined;
}

/** The `result` of an answer. `about` names the question, for messages. */
export function resultOf(about: string, body: unknown): Members {
  if (!isObject(body) || body.retCode !== 0 || !isObject(body.result)) {
    throw new InvalidInput(`${about}: expected an object with retCode 0 and a result`);
  }
  return body.result;
}

/** The `list` of an answer's result. */
export function listOf(about: string, body: unknown): readonly unknown[] {
  const { list } = resultOf(about, body);
  if (!Array.isArray(list)) throw new InvalidInput(`${about}: expected a result with a list`);
  return list;
}
