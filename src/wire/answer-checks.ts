import { INTERVALS, type Interval } from "../core/mod.ts";
import type { KlineStretch, KlinesAnswer, SeriesAnswer, TickersAnswer, TicketAnswer } from "./answers.ts";
import { type Check, count, figure, list, maybe, name, object, oneOf, orNull, text, truth, whole } from "./check.ts";
import type { WireKline, WireTicker } from "./kline.ts";
import type { Problem } from "./problem.ts";

export const checkInterval: Check<Interval> = oneOf(INTERVALS);

const klineMembers: Check<WireKline> = object<WireKline>({
  openTime: whole,
  open: figure,
  high: figure,
  low: figure,
  close: figure,
  volume: figure,
  closeTime: whole,
  quoteVolume: orNull(figure),
  trades: orNull(count),
  takerBuyVolume: orNull(figure),
  takerBuyQuoteVolume: orNull(figure),
  closed: truth,
});

/** One kline. */
export const checkKline: Check<WireKline> = (value) => (isWholeKline(value) ? undefined : klineMembers(value));

/** Whether it is surely a kline of which all is known. Ten times as quick as its members one by one: most klines are, and there are many. */
function isWholeKline(value: unknown): boolean {
  const { isFinite: isFigure, isSafeInteger: isWhole } = Number;
  const kline = value as WireKline;
  return (
    typeof value === "object" &&
    value !== null &&
    isWhole(kline.openTime) &&
    isWhole(kline.closeTime) &&
    isFigure(kline.open) &&
    isFigure(kline.high) &&
    isFigure(kline.low) &&
    isFigure(kline.close) &&
    isFigure(kline.volume) &&
    isFigure(kline.quoteVolume) &&
    isFigure(kline.takerBuyVolume) &&
    isFigure(kline.takerBuyQuoteVolume) &&
    isWhole(kline.trades) &&
    (kline.trades as number) >= 0 &&
    typeof kline.closed === "boolean"
  );
}

/** `GET /ticker/{symbol}`. */
export const checkTicker: Check<WireTicker> = object<WireTicker>({
  symbol: name,
  price: figure,
  open: figure,
  high: figure,
  low: figure,
  volume: figure,
  quoteVolume: orNull(figure),
  priceChange: figure,
  priceChangePercent: figure,
  updatedAt: whole,
  windowMs: maybe(figure),
});

/** `GET /tickers`. */
export const checkTickers: Check<TickersAnswer> = object<TickersAnswer>({ count, tickers: list(checkTicker) });

/** `GET /klines/{symbol}/{interval}`. */
export const checkKlines: Check<KlinesAnswer> = object<KlinesAnswer>({
  symbol: text,
  interval: checkInterval,
  count,
  complete: truth,
  settled: truth,
  stretches: maybe(list(object<KlineStretch>({ source: text, from: whole, to: whole }))),
  next: maybe(text),
  klines: list(checkKline),
});

/** `GET /klines`. */
export const checkSeries: Check<SeriesAnswer> = object<SeriesAnswer>({ count, series: list(checkKlines) });

/** `POST /tickets`. */
export const checkTicket: Check<TicketAnswer> = object<TicketAnswer>({ ticket: name, expiresAt: whole });

/** The body of an error answer. Its code may be one that is newer than the reader. */
export const checkProblem: Check<Omit<Problem, "code"> & { readonly code: string }> = object<Problem>({
  type: text,
  title: text,
  status: count,
  detail: text,
  code: text,
  requestId: text,
});

/** The functions' own 503, which isn't a problem: `error` says what can't be reached. */
export const checkUnavailable: Check<{ readonly error: string; readonly fallback: true }> = object<{
  error: string;
  fallback: true;
}>({ error: text, fallback: oneOf([true]) });
