import type { Kline, UnixMs } from "../../../core/mod.ts";
import type { Pair } from "../../market.ts";
import { orNull, plain, step } from "../figures.ts";
import type { Category } from "./category.ts";
import { tickerTopic } from "./topics.ts";

/** Funding is due each 8 hours. */
const FUNDING_EVERY_MS = 8 * 3_600_000;

type Figures = Readonly<Record<string, string | null>>;

/** A frame of `tickers.{symbol}` that tells all, as JSON text. */
export function tickerFrame(category: Category, pair: Pair, day: Kline, now: UnixMs): string {
  const topic = tickerTopic(pair.symbol);
  if (category === "spot") {
    return JSON.stringify({ topic, ts: now, type: "snapshot", cs: crossSequence(now), data: spotStream(pair, day) });
  }
  return JSON.stringify({
    topic,
    type: "snapshot",
    data: linearStream(pair, day, now),
    cs: crossSequence(now),
    ts: now,
  });
}

/** A frame of a linear ticker for those who have heard of `before`: what hasn't changed isn't in it. */
export function tickerDelta(pair: Pair, day: Kline, before: Kline, now: UnixMs): string {
  const [told, figures] = [linearStream(pair, before, now), linearStream(pair, day, now)];
  const changed = Object.entries(figures).filter(([name, figure]) => name === "symbol" || told[name] !== figure);
  return JSON.stringify({
    topic: tickerTopic(pair.symbol),
    type: "delta",
    data: Object.fromEntries(changed),
    cs: crossSequence(now),
    ts: now,
  });
}

/** An entry of `/v5/market/tickers`. */
export function tickerEntry(category: Category, pair: Pair, day: Kline, now: UnixMs): Figures {
  if (category === "spot") {
    const { symbol, lastPrice, prevPrice24h, price24hPcnt, highPrice24h, lowPrice24h, turnover24h, volume24h } =
      spotStream(pair, day);
    return {
      symbol,
      ...quotes(pair, day, (figure) => plain(figure)),
      lastPrice,
      prevPrice24h,
      price24hPcnt,
      highPrice24h,
      lowPrice24h,
      turnover24h,
      volume24h,
      usdIndexPrice: plain(day.close),
    } as Figures;
  }
  const { tickDirection: _, ...figures } = linearStream(pair, day, now);
  return {
    ...figures,
    predictedDeliveryPrice: "",
    basisRate: "",
    deliveryFeeRate: "",
    deliveryTime: "0",
  };
}

function spotStream(pair: Pair, day: Kline): Figures {
  return {
    symbol: pair.symbol,
    lastPrice: plain(day.close),
    highPrice24h: plain(day.high),
    lowPrice24h: plain(day.low),
    prevPrice24h: plain(day.open),
    volume24h: plain(day.volume),
    turnover24h: orNull(day.quoteVolume, plain),
    price24hPcnt: change(day).toFixed(4),
  };
}

/** What this market has no figures for (index, mark, open interest, funding) follows from those that it has. */
function linearStream(pair: Pair, day: Kline, now: UnixMs): Figures {
  const price = (figure: number): string => plain(figure, pair.priceDecimals);
  return {
    symbol: pair.symbol,
    tickDirection: day.close >= day.open ? "PlusTick" : "MinusTick",
    price24hPcnt: change(day).toFixed(6),
    lastPrice: price(day.close),
    prevPrice24h: price(day.open),
    highPrice24h: price(day.high),
    lowPrice24h: price(day.low),
    prevPrice1h: price(day.open),
    markPrice: price(day.close),
    indexPrice: price(day.close),
    openInterest: plain(day.volume),
    openInterestValue: orNull(day.quoteVolume, plain),
    turnover24h: orNull(day.quoteVolume, plain),
    volume24h: plain(day.volume),
    nextFundingTime: String((Math.floor(now / FUNDING_EVERY_MS) + 1) * FUNDING_EVERY_MS),
    fundingRate: "0.0001",
    ...quotes(pair, day, price),
  };
}

/** The best bid and ask: a step below and above the last price. */
function quotes(pair: Pair, day: Kline, price: (figure: number) => string): Figures {
  const tick = 10 ** -pair.priceDecimals;
  const size = step(pair.quantityDecimals);
  return {
    bid1Price: price(Math.max(0, day.close - tick)),
    bid1Size: size,
    ask1Price: price(day.close + tick),
    ask1Size: size,
  };
}

function change({ open, close }: Kline): number {
  return (close - open) / open;
}

/** A number that rises with time. */
function crossSequence(now: UnixMs): number {
  return Math.floor(now / 100);
}
