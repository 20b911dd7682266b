import { describe, expect, test } from "bun:test";
import {
  emptyKline,
  type Kline,
  type MarketId,
  parseSymbol,
  type Symbol,
  type UnixMs,
  unknownColumnsOf,
} from "../../core/mod.ts";
import { exchangeContract } from "../../feeds/exchange.contract.ts";
import { FrameReader } from "../../feeds/live/reading/frame-reader.ts";
import { judgeRows } from "../../feeds/live/reading/judged-rows.ts";
import { upstreamExchange } from "./exchange.ts";

const MINUTE = 60_000;
const OPEN = 1_770_681_600_000;
const CAPACITY = 500;
const SYMBOLS: Readonly<Partial<Record<MarketId, readonly [btc: string, eth: string]>>> = {
  binance: ["BTCUSDT", "ETHUSDT"],
  "bybit-linear": ["BYBIT:BTCUSDT.P", "BYBIT:ETHUSDT.P"],
};

/** A kline as the wire has it: null in what the market doesn't send. */
function wireKline(market: MarketId, openTime: number, closed: boolean): object {
  const kline = {
    ...{ openTime, open: 100, high: 102, low: 99.5, close: 101, volume: 3.2, closeTime: openTime + MINUTE - 1 },
    ...{ quoteVolume: 322.1, trades: 12, takerBuyVolume: 1.1, takerBuyQuoteVolume: 110.7, closed },
  };
  const unknown = [...unknownColumnsOf(market)].map((column) => [column, null]);
  return { ...kline, ...Object.fromEntries(unknown) };
}

function message(market: MarketId, symbol: string, openTime: number, closed: boolean, more: object = {}): string {
  const time = closed ? openTime + MINUTE : openTime + 30_000;
  const kline = wireKline(market, openTime, closed);
  return JSON.stringify({ type: "kline", channel: `kline:${symbol}:1m`, kline, ...more, time });
}

function tickers(market: MarketId, symbols: readonly string[]): object {
  const figures = { price: 101, open: 99, high: 103, low: 98, volume: 700.1, quoteVolume: 70_400.2 };
  const change = { priceChange: 2, priceChangePercent: 2.02 };
  const all = symbols.map((symbol) => ({ symbol, ...figures, ...change, updatedAt: OPEN + 30_000 }));
  return { market, tickers: all };
}

for (const market of ["binance", "bybit-linear"] as const) {
  const [btc, eth] = SYMBOLS[market] as readonly [string, string];
  exchangeContract(`an upstream's ${market}`, upstreamExchange(market, CAPACITY), {
    frames: [
      message(market, btc, OPEN, false),
      message(market, btc, OPEN, true),
      message(market, eth, OPEN, true, { restated: true }),
      JSON.stringify({ type: "tickers", ...tickers(market, [btc, eth]) }),
      '{"type":"hello","protocol":1,"serverTime":1770681600000,"version":"0.1.0","source":"simulated"}',
      '{"type":"ack","id":"1","channels":[]}',
      '{"type":"error","id":"1","code":"not_ready","detail":"it is not known yet whether BTCUSDT is followed"}',
      '{"type":"close","interval":"1m","closeTime":1770681659999,"symbols":[],"pending":[]}',
    ],
    answers: {
      symbols: {
        count: 2,
        symbols: [btc, eth].map((symbol) => ({
          ...{ symbol, base: symbol.slice(-7, -4), quote: "USDT", status: "TRADING" },
          ...{ priceDecimals: 2, quantityDecimals: 5 },
        })),
      },
      tickers: tickers(market, [btc, eth]),
      time: { markets: [{ market, marketTime: OPEN + 30_000 }] },
      klines: {
        ...{ symbol: btc, interval: "1m", count: 2, complete: true, settled: true },
        klines: [wireKline(market, OPEN, true), wireKline(market, OPEN + MINUTE, true)],
      },
    },
    refusals: [
      [429, { code: "rate_limited" }, "stop"],
      [429, "Too many requests", "stop"],
      [401, { code: "unauthorized" }, "address"],
      [403, { code: "forbidden" }, "address"],
      [404, { code: "unknown_symbol" }, "unknown_symbol"],
      [404, { code: "unknown_interval" }, "question"],
      [400, { code: "invalid_parameter" }, "question"],
      [503, { code: "not_ready" }, "unsettled"],
      [200, { symbol: btc, interval: "1m", complete: false, settled: false, klines: [] }, "unsettled"],
    ],
    labelledBy: "vyx-source",
    hasOwnAddress: false,
  });
}

describe("what another Vyx says", () => {
  const exchange = upstreamExchange("binance", CAPACITY);
  const BTC = parseSymbol("BTCUSDT");

  /** What the reader made of frames. */
  function read(...frames: readonly string[]): { outcomes: string[]; restated: Kline[]; told: Kline[] } {
    const restated: Kline[] = [];
    const told: Kline[] = [];
    const names = new Map<string, Symbol>([["BTCUSDT", BTC]]);
    const reader = new FrameReader(
      exchange,
      names,
      (event) => event.type === "kline" && told.push({ ...event.kline }),
      {
        restated: ({ klines }) => restated.push(...klines),
      },
    );
    for (const frame of frames) reader.read(frame);
    return { outcomes: [...reader.counts.keys()], restated, told };
  }

  test("a restatement of hours ago is taken as a correction, and so is a close of hours ago", () => {
    const hours = { time: OPEN + 5 * 3_600_000 };
    const frame = (more: object): string =>
      JSON.stringify({ ...JSON.parse(message("binance", "BTCUSDT", OPEN, true)), ...more, ...hours });
    const { outcomes, restated, told } = read(frame({ restated: true }), frame({}));
    const openTimes = restated.map(({ openTime }) => openTime as number);
    expect([outcomes, openTimes, told]).toEqual([["restated"], [OPEN, OPEN], []]);
  });

  test("a kline without the market's time isn't believed, and neither is one of a symbol in another spelling", () => {
    const { time: _, ...timeless } = JSON.parse(message("binance", "BTCUSDT", OPEN, false));
    expect(read(JSON.stringify(timeless)).outcomes).toEqual(["bad_event_time"]);
    expect(read(message("binance", "BINANCE:BTCUSDT", OPEN, false)).outcomes).toEqual(["ignored"]);
    expect(read(message("binance", "BYBIT:BTCUSDT", OPEN, false)).outcomes).toEqual(["ignored"]);
  });

  test("tickers of another market are refused, and those that were added up from klines aren't taken", () => {
    const of = (market: MarketId, more: object = {}): string => {
      const { tickers: all } = tickers(market, ["BTCUSDT"]) as { tickers: object[] };
      return JSON.stringify({ type: "tickers", market, tickers: all.map((ticker) => ({ ...ticker, ...more })) });
    };
    expect(read(of("bybit")).outcomes).toEqual(["other_series"]);
    expect(read(of("binance", { windowMs: 3_600_000 })).outcomes).toEqual(["ignored"]);
    expect(read(of("binance")).outcomes).toEqual(["ticker"]);
  });

  test("a candle that is over and that the upstream doesn't call final yet stays open to be asked for", () => {
    const rows = exchange.rest.klines(BTC, "1m", { from: OPEN as UnixMs, to: (OPEN + MINUTE) as UnixMs }).read({
      ...{ symbol: "BTCUSDT", interval: "1m", settled: true },
      klines: [wireKline("binance", OPEN, false), wireKline("binance", OPEN + MINUTE, false)],
    });
    const question = { interval: "1m", marketTime: (OPEN + MINUTE + 1) as UnixMs } as const;
    const { klines, refused } = judgeRows(rows, question);
    expect(refused.map(({ reason, openTime }) => [reason, openTime as number | undefined])).toEqual([
      ["not_final", OPEN],
    ]);
    expect(klines.map(({ openTime, closed }) => [openTime as number, closed])).toEqual([[OPEN + MINUTE, false]]);
  });

  test("an answer about another series, or one that isn't settled, is none", () => {
    const { read } = exchange.rest.klines(BTC, "1m", { from: OPEN as UnixMs, to: OPEN as UnixMs });
    const answer = { symbol: "BTCUSDT", interval: "1m", settled: true, klines: [] };
    expect(read(answer)).toEqual([]);
    for (const other of [{ symbol: "ETHUSDT" }, { interval: "5m" }, { settled: false }, { settled: undefined }]) {
      expect(() => read({ ...answer, ...other })).toThrow("expected a settled answer");
    }
  });

  test("an answer without a label is none, but for the time", () => {
    const refusals = (source: string): unknown[] =>
      [{ symbols: [] }, { tickers: [] }, { klines: [], settled: true }, { markets: [] }].map(
        (body) => exchange.rest.refusal(200, new Headers({ "vyx-source": source }), body)?.kind,
      );
    expect(refusals("binance")).toEqual([undefined, undefined, undefined, undefined]);
    for (const other of ["", "bybit"]) {
      expect(refusals(other)).toEqual(["unsettled", "unsettled", "unsettled", undefined]);
    }
  });

  test("no more klines are asked for than the upstream is known to answer with", () => {
    const range = { from: OPEN as UnixMs, to: (OPEN + 500 * MINUTE) as UnixMs };
    expect(exchange.rest.rows).toBe(CAPACITY);
    expect(new URL(exchange.rest.klines(BTC, "1m", range).path, "http://x").searchParams.get("limit")).toBe("500");
    expect(upstreamExchange("binance", 20_000).rest.rows).toBe(1_000);
  });

  test("the exchange's clock is what the upstream says of it now, and the newest event's time only where it has no clock to ask", () => {
    const time = (more: object): number =>
      exchange.rest.time().read({
        markets: [
          { market: "bybit", marketTime: 1 },
          { market: "binance", ...more },
        ],
      });
    // An upstream whose own source has been silent for a minute: its market's time stands still, and the exchange's clock doesn't.
    expect(time({ marketTime: OPEN, exchangeTime: OPEN + MINUTE })).toBe(OPEN + MINUTE);
    for (const exchangeTime of [null, undefined, "soon"]) expect(time({ marketTime: OPEN, exchangeTime })).toBe(OPEN);
    expect(() => time({ marketTime: null, exchangeTime: OPEN })).toThrow("doesn't know what time it is in binance");
  });

  test("a symbol keeps all that is known of it, and one of another market is left out", () => {
    const contract = { contract: "perpetual", settle: "USDT", tickSize: 0.1, lotSize: 0.001 } as const;
    const entry = {
      ...{ symbol: "BYBIT:BTCUSDT.P", base: "BTC", quote: "USDT", status: "UNKNOWN", exchangeStatus: "PreLaunch" },
      ...{ priceDecimals: 1, quantityDecimals: 3, ...contract },
    };
    const { symbols, refused } = upstreamExchange("bybit-linear", CAPACITY)
      .rest.listed()
      .read({ symbols: [entry, { ...entry, symbol: "BTCUSDT" }] });
    expect([symbols, refused.count]).toEqual([[entry as never], 1]);
    expect(() => exchange.rest.listed().read({ symbols: [] })).toThrow("the upstream has none yet");
  });

  test("frames are decoded into the figures that the wire has", () => {
    const { told } = read(message("binance", "BTCUSDT", OPEN, true));
    expect(told).toEqual([{ ...emptyKline(), ...(wireKline("binance", OPEN, true) as Kline) }]);
  });
});
