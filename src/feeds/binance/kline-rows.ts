import { InvalidInput, type Kline, readDecimal, readOptionalCount, readOptionalDecimal } from "../../core/mod.ts";
import type { DecodedRow } from "../exchange.ts";
import { moment } from "../moment.ts";

/** Fields of a row: [openTime, open, high, low, close, volume, closeTime, quoteVolume, trades, takerBuyBase, takerBuyQuote, unused]. */
const FIELDS = 12;

/** Reads `/api/v3/klines`. Throws {@link InvalidInput} when the body is no list. */
export function readKlineRows(body: unknown): readonly DecodedRow[] {
  if (!Array.isArray(body)) throw new InvalidInput("klines: expected an array of rows");
  return (body as unknown[]).map((row) => ({
    row,
    kline: Array.isArray(row) && row.length === FIELDS ? klineOf(row) : undefined,
  }));
}

function klineOf(row: readonly unknown[]): Kline {
  return {
    openTime: moment(row[0]),
    open: readDecimal(row[1]),
    high: readDecimal(row[2]),
    low: readDecimal(row[3]),
    close: readDecimal(row[4]),
    volume: readDecimal(row[5]),
    closeTime: moment(row[6]),
    quoteVolume: readOptionalDecimal(row[7]),
    trades: readOptionalCount(row[8]),
    takerBuyVolume: readOptionalDecimal(row[9]),
    takerBuyQuoteVolume: readOptionalDecimal(row[10]),
    closed: false,
  };
}
