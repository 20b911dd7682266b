import { expect, test } from "bun:test";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { minuteKlines } from "../../../tests/helpers/truth.ts";
import {
  type Kline,
  type MarketEvent,
  type OpenTimeRange,
  parseSymbol,
  type Symbol,
  type SymbolInfo,
  seededRandom,
  type UnixMs,
} from "../../core/mod.ts";
import { MarketStore } from "../../store/mod.ts";
import { BINANCE } from "../binance/binance.ts";
import { BINANCE_STREAMS } from "../binance/streams.ts";
import { Asker } from "./asking/asker.ts";
import { Audit } from "./audit.ts";
import { Followed } from "./followed.ts";
import { Repair } from "./repair.ts";

const SYMBOL = parseSymbol("BTCUSDT");
const INFO: SymbolInfo = {
  symbol: SYMBOL,
  base: "BTC",
  quote: "USDT",
  status: "TRADING",
  priceDecimals: 2,
  quantityDecimals: 5,
};
const MINUTE = 60_000;
const NOW = Date.UTC(2026, 1, 10, 12, 30, 20) as UnixMs;
const PRESENT = (NOW - 20_000) as UnixMs;
const TRUTH = minuteKlines((PRESENT - 200 * MINUTE) as UnixMs, 201, 3, () => false);

/** A market whose clock is five minutes ahead, until `setBack`, and a REST that answers each question when it is told to. */
function ahead() {
  const clock = new ManualClock(NOW);
  const store = new MarketStore({ intervals: ["1m"], capacity: 10 });
  store.apply({ type: "symbols", symbols: [INFO] });
  const told: MarketEvent[] = [];
  const sink = (event: MarketEvent): void => {
    told.push(event);
    store.apply(event);
  };
  let market = (NOW + 5 * MINUTE) as UnixMs;
  const asked: ((answer: Response) => void)[] = [];
  const ranges: OpenTimeRange[] = [];
  const fetchIt = (input: string | URL | Request): Promise<Response> => {
    const query = new URL(String(input)).searchParams;
    ranges.push({ from: Number(query.get("startTime")) as UnixMs, to: Number(query.get("endTime")) as UnixMs });
    return new Promise((resolve) => asked.push(resolve));
  };
  const random = seededRandom(7);
  const rest = new Asker({
    exchange: BINANCE,
    baseUrl: "http://exchange",
    clock,
    stopwatch: clock.stopwatch,
    random,
    fetch: Object.assign(fetchIt, { preconnect: () => {} }),
  });
  const context = { rest, gaps: store, sink, clock, random, marketTime: () => market };
  return {
    clock,
    store,
    told,
    context,
    asked,
    /** The exchange answers the oldest question: what it has, as it stands by its own clock. */
    async answer(): Promise<void> {
      const [give, range] = [asked.shift(), ranges.shift()];
      if (give === undefined || range === undefined) throw new Error("nothing was asked");
      const { from, to } = range;
      give(Response.json(TRUTH.filter(({ openTime }) => openTime >= from && openTime <= to).map(rowOf)));
      await clock.turn(0);
      await clock.turn(0);
    },
    setBack(): void {
      market = NOW;
      sink({ type: "clock", marketTime: NOW });
      sink({ type: "gap", symbol: SYMBOL, interval: "1m", from: PRESENT, reason: "the clock was ahead" });
    },
  };
}

function rowOf(kline: Kline): unknown[] {
  const { openTime, open, high, low, close, volume, closeTime, quoteVolume, trades } = kline;
  const [takerVolume, takerQuoteVolume] = [kline.takerBuyVolume, kline.takerBuyQuoteVolume];
  const texts = [open, high, low, close, volume].map(String);
  return [
    openTime,
    ...texts,
    closeTime,
    String(quoteVolume),
    trades,
    String(takerVolume),
    String(takerQuoteVolume),
    "0",
  ];
}

test("a repair drops an answer that was judged by a later time, and asks again", async () => {
  const { clock, store, told, context, asked, answer, setBack } = ahead();
  const done: Symbol[] = [];
  const repair = new Repair({
    ...context,
    cuts: () => 0,
    corrections: () => 0,
    wants: () => true,
    done: (symbol) => done.push(symbol),
    failed: () => {},
    excuse: () => {},
    unknown: () => {},
  });
  const ending = new AbortController();
  const running = repair.run(ending.signal);
  repair.want(SYMBOL, "repair");
  await clock.turn(0);
  expect(asked.length).toBe(1);
  setBack();
  await answer();
  expect(told.filter(({ type }) => type === "history")).toEqual([]);
  expect(asked.length).toBe(1);
  await answer();
  expect(store.span(SYMBOL, "1m")?.to).toBe(PRESENT);
  expect(store.series(SYMBOL, "1m")?.isClosedAt(PRESENT)).toBe(false);
  expect(store.missing(SYMBOL, "1m", NOW)).toEqual([]);
  expect(done.at(-1)).toBe(SYMBOL);
  ending.abort();
  await running;
});

test("an audit drops an answer that was judged by a later time", async () => {
  const { clock, store, told, context, asked, answer, setBack } = ahead();
  const [first, last] = [TRUTH[0] as Kline, TRUTH.at(-1) as Kline];
  const history = { type: "history", symbol: SYMBOL, interval: "1m", klines: TRUTH } as const;
  store.apply({ ...history, from: first.openTime, to: last.openTime });
  const followed = new Followed(INFO, BINANCE_STREAMS, false);
  followed.isWarm = true;
  const audit = new Audit({
    ...context,
    everyMs: 1_000,
    followed: () => [followed],
    corrections: () => 0,
    failed: () => {},
  });
  const ending = new AbortController();
  const running = audit.run(ending.signal);
  await clock.turn(1_000);
  expect(asked.length).toBe(1);
  setBack();
  await answer();
  expect(told.filter(({ type }) => type === "history")).toEqual([]);
  expect(audit.klines).toBe(0);
  await clock.turn(1_000);
  await answer();
  expect(told.filter(({ type }) => type === "history").length).toBe(1);
  ending.abort();
  await running;
});
