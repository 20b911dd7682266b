import { expect, test } from "bun:test";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { emptyKline, KLINE_COLUMNS, nameAt, parseSymbol, seededRandom, type UnixMs } from "../../core/mod.ts";
import { createInProcessExchange } from "../../exchange/mod.ts";
import { MarketStore } from "../../store/mod.ts";
import { LiveFeed } from "../live/feed.ts";
import { BINANCE_USDM } from "./usdm.ts";

const START = Date.UTC(2026, 1, 10, 12, 30) as UnixMs;
const SYMBOLS = ["BTCUSDT", "ETHUSDT"].map((name) => parseSymbol(`BINANCE:${name}.P`));

test("a feed of USDⓈ-M follows contracts by its exchange's names, and has all minutes as they were", async () => {
  const clock = new ManualClock(START);
  // The frames and rows of spot under the paths of contracts.
  const exchange = createInProcessExchange({ clock, symbols: SYMBOLS.map(nameAt), restLatencyMs: () => 20 });
  const paths = new Set<string>();
  const fetchIt = (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const url = new URL(String(input));
    paths.add(url.pathname);
    return exchange.fetch(String(input).replace("/fapi/v1/", "/api/v3/"), init);
  };
  const store = new MarketStore({ intervals: ["1m", "5m", "1h"], capacity: 700 });
  const feed = new LiveFeed({
    exchange: BINANCE_USDM,
    restUrl: "http://exchange",
    wsUrl: "ws://exchange",
    selection: { kind: "top", count: 2 },
    quote: "USDT",
    gaps: store,
    clock,
    stopwatch: clock.stopwatch,
    random: seededRandom(7),
    log: { info: () => {}, warn: () => {} },
    fetch: Object.assign(fetchIt, { preconnect: () => {} }),
    openSocket: (url) => {
      paths.add(new URL(url).pathname);
      return exchange.openSocket(url.replace("/market/stream", "/stream"));
    },
  });
  const ending = new AbortController();
  const running = feed.run((event) => store.apply(event), ending.signal);
  await clock.turn(200_000);
  expect([...paths].filter((path) => !/^\/(fapi\/v1|market)\//.test(path))).toEqual([]);
  expect(paths).toContain("/market/stream");
  expect(feed.status()).toMatchObject({ state: "live", connections: 1, silences: [] });
  expect(store.symbols().map(({ symbol }) => symbol)).toEqual(SYMBOLS);
  expect(store.coverage()).toEqual({ complete: 6, total: 6 });
  for (const symbol of SYMBOLS) {
    expect(store.ticker(symbol)?.symbol).toBe(symbol);
    const ring = store.series(symbol, "1m")?.ring;
    const from = store.series(symbol, "1m")?.first ?? 0;
    const truth = exchange.truth(nameAt(symbol) as never, from, exchange.now(), "1m");
    expect(ring?.length).toBeGreaterThan(700);
    for (let at = 0; at < (ring?.length ?? 0) - 1; at += 1) {
      const kline = ring?.read(at, emptyKline());
      expect(KLINE_COLUMNS.map((column) => kline?.[column])).toEqual(
        KLINE_COLUMNS.map((column) => truth[at]?.[column]),
      );
    }
  }
  ending.abort(new Error("the test is over"));
  await clock.turn(0);
  await running;
  await exchange.stop();
});
