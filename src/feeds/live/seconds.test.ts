import { expect, test } from "bun:test";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { parseSymbol, type SymbolInfo, seededRandom, type UnixMs } from "../../core/mod.ts";
import { createInProcessExchange } from "../../exchange/mod.ts";
import { MarketStore } from "../../store/mod.ts";
import { BINANCE } from "../binance/binance.ts";
import { CloseWatchdog } from "./close-watchdog.ts";
import { LiveFeed } from "./feed.ts";
import { Followed } from "./followed.ts";

const SYMBOL = parseSymbol("BTCUSDT");
const START = Date.UTC(2026, 1, 10, 12, 30) as UnixMs;

test("what a lost connection of a 1s stream swallowed is asked for as soon as it is up again", async () => {
  const clock = new ManualClock(START);
  const exchange = createInProcessExchange({ clock, symbols: [SYMBOL], restLatencyMs: () => 20 });
  const store = new MarketStore({ intervals: ["1s", "1m"], capacity: 300 });
  const sockets = new Map<string, WebSocket>();
  const feed = new LiveFeed({
    exchange: BINANCE,
    restUrl: "http://exchange",
    wsUrl: "ws://exchange",
    selection: { kind: "list", symbols: [SYMBOL] },
    quote: "USDT",
    gaps: store,
    clock,
    stopwatch: clock.stopwatch,
    random: seededRandom(7),
    log: { info: () => {}, warn: () => {} },
    fetch: exchange.fetch,
    pool: { streams: 1 },
    openSocket: (url) => {
      const socket = exchange.openSocket(url);
      sockets.set(decodeURIComponent(url.slice(url.indexOf("=") + 1)), socket);
      return socket;
    },
  });
  const ending = new AbortController();
  const running = feed.run((event) => store.apply(event), ending.signal);
  await clock.turn(65_000);
  const missing = (): readonly object[] => store.missing(SYMBOL, "1s", store.marketTime);
  expect(missing()).toEqual([]);
  const lost = sockets.get("btcusdt@kline_1s");
  lost?.onclose?.({ code: 1006, reason: "" } as CloseEvent);
  expect(missing()).toHaveLength(1);
  // The minute isn't over: nothing else would ask for the seconds by then.
  await clock.turn(20_000);
  expect(sockets.get("btcusdt@kline_1s")).not.toBe(lost as WebSocket);
  expect(missing()).toEqual([]);
  ending.abort(new Error("the test is over"));
  await clock.turn(0);
  await running;
  await exchange.stop();
});

test("a 1s stream that says nothing for a minute while its symbol trades is silent, whatever the 1m stream says", () => {
  const info: SymbolInfo = {
    symbol: SYMBOL,
    base: "BTC",
    quote: "USDT",
    status: "TRADING",
    priceDecimals: 2,
    quantityDecimals: 5,
  };
  const followed = new Followed(info, BINANCE.streams, true);
  followed.isWarm = true;
  const silent: string[][] = [];
  const watchdog = new CloseWatchdog({
    finalWithinMs: 2_000,
    followed: () => [followed],
    isQuiet: () => false,
    late: () => {},
    idle: () => {},
    wake: (streams) => void silent.push([...streams]),
  });
  watchdog.moved(START);
  followed.settle(START);
  followed.heardAt = followed.tickedAt = followed.secondsHeardAt = START + 59_000;
  watchdog.moved(START + 62_000);
  watchdog.moved(START + 73_000);
  expect(silent).toEqual([]);
  followed.settle(START + 60_000);
  followed.heardAt = followed.tickedAt = START + 119_000;
  watchdog.moved(START + 122_000);
  expect(silent).toEqual([["btcusdt@kline_1s"]]);
  followed.secondsHeardAt = START + 125_000;
  watchdog.moved(START + 133_000);
  expect(silent).toHaveLength(1);
});
