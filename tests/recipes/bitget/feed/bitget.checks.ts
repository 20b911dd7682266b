import { expect, test } from "bun:test";
import { emptyKline, type Kline, nameAt, openTimeOf, seededRandom, symbolAt } from "../../../../src/core/mod.ts";
import { createInProcessExchange } from "../../../../src/exchange/mod.ts";
import { exchangeContract } from "../../../../src/feeds/exchange.contract.ts";
import { LiveFeed } from "../../../../src/feeds/live/feed.ts";
import { MarketStore } from "../../../../src/store/mod.ts";
import { ManualClock } from "../../../helpers/clock.ts";
import { BITGET } from "./bitget.ts";

const OPEN = 1_770_681_600_000;
const MINUTE = 60_000;

const candle = (at: number) => [String(OPEN + at * MINUTE), "100", "102", "99", "101.5", "3.2", "322.1", "322.1"];
const TICKER = {
  ...{ symbol: "BTCUSDT", lastPr: "101.5", open24h: "99", open: "99", high24h: "103", low24h: "98" },
  ...{ baseVolume: "700.1", quoteVolume: "70400.2" },
};
const frame = (channel: string, data: unknown) =>
  JSON.stringify({
    ...{ action: "update", arg: { instType: "SPOT", channel, instId: "BTCUSDT" }, data },
    ts: OPEN + 2 * MINUTE + 10,
  });
const answer = (data: unknown) => ({ code: "00000", msg: "success", requestTime: OPEN, data });

exchangeContract("Bitget spot", BITGET, {
  frames: [
    frame("candle1m", [candle(1), candle(2)]),
    frame("ticker", [{ ...TICKER, instId: "BTCUSDT" }]),
    '{"event":"subscribe","arg":{"instType":"SPOT","channel":"ticker","instId":"BTCUSDT"}}',
    "pong",
  ],
  answers: {
    symbols: answer([{ symbol: "BTCUSDT", baseCoin: "BTC", quoteCoin: "USDT", status: "online" }]),
    tickers: answer([TICKER, null]),
    time: answer({ serverTime: String(OPEN) }),
    klines: answer([candle(0), candle(1), candle(2)]),
  },
  refusals: [
    [429, "", "stop"],
    [403, "", "address"],
    [400, { code: "40034", msg: "Parameter does not exist" }, "unknown_symbol"],
    [400, { code: "40020", msg: "Parameter granularity error" }, "question"],
  ],
  requests: {
    isNumbered: false,
    streamsIn: (message) => {
      const { args } = JSON.parse(message) as { args: readonly { channel: string; instId: string }[] };
      return args.map(({ channel, instId }) => `${channel}:${instId}`);
    },
  },
});

test("Bitget spot: a feed follows its stand-in: each closed minute as it was, in every column", async () => {
  const clock = new ManualClock(Date.UTC(2026, 1, 10, 12, 30, 5));
  const exchange = createInProcessExchange({ as: "bitget", clock, symbols: ["BTCUSDT", "ETHUSDT"] });
  const symbols = exchange.symbols.flatMap((name) => symbolAt("bitget", name) ?? []);
  const store = new MarketStore({ intervals: ["1m", "1h", "1d"], capacity: 60 });
  const ending = new AbortController();
  const said: string[] = [];
  const feed = new LiveFeed({
    ...{ exchange: BITGET, restUrl: "http://bitget", wsUrl: "ws://bitget", quote: "USDT" },
    ...{ selection: { kind: "list", symbols }, gaps: store, clock, stopwatch: clock.stopwatch },
    ...{ random: seededRandom(7), fetch: exchange.fetch, openSocket: (url) => exchange.openSocket(url) },
    log: { info: () => {}, warn: (message) => said.push(message) },
  });
  const running = feed.run((event) => store.apply(event), ending.signal).catch(() => {});
  // Longer than a connection without pings lives.
  await clock.turn(6 * MINUTE);
  expect([said, feed.status()]).toMatchObject([[], { state: "live", source: "simulated" }]);
  expect(symbols).toEqual(["BITGET:BTCUSDT", "BITGET:ETHUSDT"] as never);
  for (const symbol of symbols) {
    const ring = store.series(symbol, "1m")?.ring;
    const all = Array.from({ length: ring?.length ?? 0 }, (_, at) => ring?.read(at, emptyKline()) as Kline);
    const held = all.filter(({ closed }) => closed);
    expect(held.length).toBeGreaterThanOrEqual(60);
    const end = openTimeOf("1m", exchange.now()) - 1;
    expect(held).toEqual([...exchange.truth(nameAt(symbol), held[0]?.openTime ?? 0, end)]);
    expect(store.ticker(symbol)?.price).toBeGreaterThan(0);
  }
  ending.abort(new Error("the test is over"));
  await exchange.stop();
  await clock.turn(MINUTE);
  await running;
});
