import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type MarketEvent, parseSymbol, Refusals } from "../../core/mod.ts";
import { FrameReader, MAX_FRAME_CHARACTERS } from "../live/reading/frame-reader.ts";
import { BINANCE } from "./binance.ts";

const OPEN = Date.UTC(2026, 1, 10);
const BTC = parseSymbol("BTCUSDT");
const LIFE = parseSymbol("币安人生USDT");

function kline(changes: object = {}, k: object = {}): Record<string, unknown> {
  const figures = { o: "10.0", h: "12.0", l: "9.0", c: "11.0", v: "3.5", q: "38.5", V: "1.5", Q: "16.5", B: "0" };
  const times = { t: OPEN, T: OPEN + 59_999, f: 7, L: 9, n: 3 };
  return {
    e: "kline",
    E: OPEN + 2_000,
    s: "BTCUSDT",
    k: { s: "BTCUSDT", i: "1m", x: false, ...times, ...figures, ...k },
    ...changes,
  };
}

function read(...frames: unknown[]): {
  events: MarketEvent[];
  reader: FrameReader;
  refusals: Refusals;
  shutdowns: number;
} {
  const refusals = new Refusals();
  const events: MarketEvent[] = [];
  let shutdowns = 0;
  const symbols = new Map([BTC, LIFE].map((symbol) => [symbol as string, symbol]));
  const reader = new FrameReader(BINANCE, symbols, (event) => events.push(structuredClone(event)), {
    goesDown: () => {
      shutdowns += 1;
    },
    refusals,
  });
  for (const frame of frames) reader.read(typeof frame === "string" ? frame : JSON.stringify(frame));
  return { events, reader, refusals, shutdowns };
}

describe("frames", () => {
  test("a kline is read raw and combined, in every column", () => {
    const { events } = read(kline(), {
      stream: "btcusdt@kline_1m",
      data: kline({ E: OPEN + 60_000 }, { x: true }),
    });
    expect(events).toEqual(
      [false, true].map((closed) => ({
        type: "kline",
        symbol: BTC,
        interval: "1m",
        eventTime: closed ? OPEN + 60_000 : OPEN + 2_000,
        kline: {
          openTime: OPEN,
          closeTime: OPEN + 59_999,
          open: 10,
          high: 12,
          low: 9,
          close: 11,
          volume: 3.5,
          quoteVolume: 38.5,
          trades: 3,
          takerBuyVolume: 1.5,
          takerBuyQuoteVolume: 16.5,
          closed,
        },
      })) as unknown as MarketEvent[],
    );
  });

  test("symbols of any script, and a minute without trades", () => {
    const quiet = { f: -1, L: -1, n: 0, o: "5", h: "5", l: "5", c: "5", v: "0", q: "0", V: "0", Q: "0" };
    const { events } = read(kline({ s: LIFE }, { ...quiet, s: LIFE }));
    expect(events).toMatchObject([{ symbol: LIFE, kline: { trades: 0, volume: 0, close: 5 } }]);
  });

  test("a ticker array tells each member, with change and percent", () => {
    const ticker = {
      e: "24hrMiniTicker",
      E: OPEN,
      s: "BTCUSDT",
      c: "110",
      o: "100",
      h: "120",
      l: "90",
      v: "5",
      q: "500",
    };
    const { events, reader } = read([ticker, { ...ticker, s: "UNKNOWN" }, { ...ticker, c: "NaN" }]);
    expect(events).toMatchObject([{ type: "ticker", ticker: { price: 110, priceChange: 10, priceChangePercent: 10 } }]);
    expect([...reader.counts]).toEqual([
      ["ticker", 1],
      ["ignored", 1],
      ["bad_ticker", 1],
    ]);
  });

  test("the exchange's shutdown is heard raw and combined", () => {
    const shutdown = { e: "serverShutdown", E: OPEN };
    expect(read(shutdown, { stream: "!serverShutdown", data: shutdown }).shutdowns).toBe(2);
  });

  test("a frame that is longer than any that is meant isn't parsed, whatever is in it", () => {
    const event = JSON.stringify(kline());
    const longest = event + " ".repeat(MAX_FRAME_CHARACTERS - event.length);
    const { events, reader, refusals } = read(longest, `${longest} `, kline());
    expect(events).toHaveLength(2);
    expect(reader.counts.get("too_long")).toBe(1);
    expect(refusals.all()).toMatchObject([{ border: "stream", reason: "too_long", count: 1 }]);
  });

  test("nor is a long frame that holds more than any that is meant, but one that tells all tickers is", () => {
    const deep = "[".repeat(100_000);
    const wide = `[${"{},".repeat(30_000)}7]`;
    const many = `[${"1,".repeat(300_000)}1]`;
    const ticker = { e: "24hrMiniTicker", E: OPEN, s: "BTCUSDT", c: "11", o: "10", h: "12", l: "9", v: "1", q: "11" };
    const all = Array.from({ length: 5_000 }, () => ticker);
    const { events, reader } = read(deep, wide, many, { stream: "!miniTicker@arr", data: all });
    expect(reader.counts.get("too_many_values")).toBe(3);
    expect(events).toHaveLength(5_000);
  });

  test.each([
    ["not_json", "{half"],
    ["not_an_event", "7"],
    ["not_an_event", kline({ k: null })],
    ["bad_interval", kline({}, { i: "7m" })],
    ["misaligned", kline({}, { t: OPEN + 1 })],
    ["bad_event_time", kline({ E: OPEN - 1 })],
    ["bad_event_time", kline({ E: "soon" })],
    ["not_a_number", kline({}, { v: 3.5 })],
    ["not_a_number", kline({}, { c: "" })],
    ["closes_before_it_opens", kline({}, { T: OPEN - 1 })],
    ["price_not_positive", kline({}, { l: "0" })],
    ["high_is_not_highest", kline({}, { h: "10.5" })],
    ["low_is_not_lowest", kline({}, { l: "10.5" })],
    ["negative_amount", kline({}, { v: "-1" })],
    ["wrong_year", kline({ E: OPEN * 1_000 }, { t: OPEN * 1_000, T: OPEN * 1_000 + 59_999 })],
    ["wrong_year", kline({ E: OPEN / 1_000 }, { t: OPEN / 1_000, T: OPEN / 1_000 + 59_999 })],
    ["closes_late", kline({}, { T: OPEN + 60_000 })],
    ["not_over", kline({}, { x: true })],
    ["not_a_flag", kline({}, { x: "true" })],
    ["not_a_count", kline({}, { n: 2.5 })],
    ["not_a_number", kline({}, { v: "0x10" })],
    ["not_a_number", kline({}, { v: "1e5" })],
    ["not_a_number", kline({}, { v: " 1" })],
    ["out_of_bounds", kline({}, { q: `1${"0".repeat(30)}` })],
    ["out_of_bounds", kline({}, { h: `1${"0".repeat(30)}` })],
    ["other_series", kline({}, { s: "ETHUSDT" })],
    ["other_series", { stream: "btcusdt@kline_1m", data: kline({}, { i: "5m" }) }],
    ["other_series", { stream: "ethusdt@kline_1m", data: kline() }],
    ["other_series", { stream: "ethusdt@kline_1s", data: kline({}, { i: "1s", T: OPEN + 999 }) }],
    ["other_series", { stream: "!miniTicker@arr", data: kline() }],
    ["other_series", { stream: "btcusdt@kline_1m", data: { e: "24hrMiniTicker", E: OPEN, s: "BTCUSDT", c: "1" } }],
    ["other_series", { stream: "ethusdt@miniTicker", data: { e: "24hrMiniTicker", E: OPEN, s: "BTCUSDT", c: "1" } }],
    ["control", { result: null, id: 1 }],
    ["ignored", { e: "aggTrade", s: "BTCUSDT" }],
    ["ignored", kline({ s: "ETHUSDT" }, { s: "ETHUSDT" })],
  ] as const)("%s: counted, the first of a refused kind kept, and the next frame is read", (outcome, frame) => {
    const { events, reader, refusals } = read(frame, kline());
    expect(reader.counts.get(outcome)).toBe(1);
    const text = typeof frame === "string" ? frame : JSON.stringify(frame);
    if (outcome !== "control" && outcome !== "ignored") {
      expect(refusals.all()).toMatchObject([{ border: "stream", reason: outcome, first: text }]);
    }
    expect(events).toHaveLength(1);
  });

  test("nothing that can be sent throws or gets nonsense in", () => {
    const member = fc.constantFrom("E", "s", "k", "e");
    const nested = fc.constantFrom("t", "T", "i", "o", "h", "l", "c", "v", "n", "x", "q", "V", "Q");
    const anything = fc.jsonValue();
    fc.assert(
      fc.property(fc.array(fc.tuple(member, anything)), fc.array(fc.tuple(nested, anything)), (outer, inner) => {
        const { events } = read(kline(Object.fromEntries(outer), Object.fromEntries(inner)));
        for (const event of events) {
          if (event.type !== "kline") continue;
          for (const figure of Object.values(event.kline))
            expect(figure === true || figure === false || Number.isFinite(figure)).toBe(true);
        }
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => void read(text)));
    fc.assert(fc.property(fc.json(), (text) => void read(text)));
  });
});
