import { expect, test } from "bun:test";
import { emptyKline, type Interval, type Kline, type UnixMs } from "../../src/core/mod.ts";
import type { Since } from "../link/connection.ts";
import { ManualTimers } from "../link/manual-timers.ts";
import { ChartMarket } from "./chart-market.ts";

const CHANNEL = "kline:BTCUSDT:1m";
const MINUTE = 60_000;

test("history comes first, then the channel from its last closed kline on", async () => {
  const { market, asked, answer, subscribed } = start();
  market.choose({ symbol: "BTCUSDT", interval: "1m" });
  expect(market.state.value?.phase).toBe("loading");
  expect(asked).toEqual(["/klines/BTCUSDT/1m?limit=500"]);
  await answer([kline(1), kline(2), kline(3, 7, false)]);
  expect(market.state.value?.phase).toBe("ready");
  expect(subscribed.get(CHANNEL)?.()).toBe(2 * MINUTE);
  market.kline(CHANNEL, kline(3, 8, false));
  market.kline("kline:BTCUSDT:5m", kline(9));
  expect(closes(market)).toBe("1 2 3:8…");
});

test("another choice leaves nothing of the former one, late answers included", async () => {
  const { market, answer, subscribed } = start();
  market.choose({ symbol: "BTCUSDT", interval: "1m" });
  await answer([kline(1)]);
  market.choose({ symbol: "BTCUSDT", interval: "5m" });
  expect([...subscribed.keys()]).toEqual([]);
  market.choose({ symbol: "ETHUSDT", interval: "5m" });
  await answer([kline(5)]);
  expect(market.state.value).toMatchObject({ symbol: "ETHUSDT", phase: "loading", klines: [] });
  await answer([kline(10)]);
  expect(closes(market)).toBe("10");
  expect([...subscribed.keys()]).toEqual(["kline:ETHUSDT:5m"]);
});

test("after a cut, what was recovered joins on", async () => {
  const { market, answer, subscribed } = start();
  market.choose({ symbol: "BTCUSDT", interval: "1m" });
  await answer([kline(1), kline(2, 5, false)]);
  expect(subscribed.get(CHANNEL)?.()).toBe(MINUTE);
  market.snapshot({
    type: "snapshot",
    channel: CHANNEL,
    klines: [kline(1), kline(2, 6), kline(3, 7)],
    recovered: true,
  });
  expect(closes(market)).toBe("1 2:6 3:7");
});

test("when it couldn't be recovered, history replaces all, with what came in between", async () => {
  const { market, asked, answer, subscribed } = start();
  market.choose({ symbol: "BTCUSDT", interval: "1m" });
  await answer([kline(1), kline(2, 5, false)]);
  subscribed.get(CHANNEL)?.();
  market.snapshot({ type: "snapshot", channel: CHANNEL, klines: [kline(8), kline(9, 1, false)], recovered: false });
  expect(asked).toHaveLength(2);
  market.kline(CHANNEL, kline(9, 2, false));
  await answer([kline(7), kline(8)]);
  expect(closes(market)).toBe("7 8 9:2…");
});

test("a kline that doesn't follow on makes it ask for what lies between", async () => {
  const { market, asked, answer } = start();
  market.choose({ symbol: "BTCUSDT", interval: "1m" });
  await answer([kline(1), kline(2)]);
  market.kline(CHANNEL, kline(4, 4, false));
  expect(asked).toHaveLength(2);
  await answer([kline(1), kline(2), kline(3), kline(4, 4, false)]);
  expect(closes(market)).toBe("1 2 3 4:4…");
});

test("while there are holes it asks again, until there are none", async () => {
  const { market, asked, answer, timers } = start();
  market.choose({ symbol: "BTCUSDT", interval: "1m" });
  await answer([kline(1), kline(3)], false);
  expect(market.state.value?.complete).toBe(false);
  timers.turn(5_000);
  await answer([kline(1), kline(2), kline(3)], true);
  expect(market.state.value?.complete).toBe(true);
  timers.turn(60_000);
  expect(asked).toHaveLength(2);
});

test("a server that keeps fewer klines is asked for what it has", async () => {
  const { market, asked, answer, refuse } = start();
  market.choose({ symbol: "BTCUSDT", interval: "1m" });
  await refuse(400, "expected a whole number from 1 to 300");
  await answer([kline(1)]);
  expect(asked).toEqual(["/klines/BTCUSDT/1m?limit=500", "/klines/BTCUSDT/1m"]);
  expect(closes(market)).toBe("1");
});

test("what the server says is wrong is shown, and asked again", async () => {
  const { market, asked, refuse, timers } = start();
  market.choose({ symbol: "NOPE", interval: "1m" });
  await refuse(404, "NOPE is not followed here");
  expect(market.state.value).toMatchObject({ phase: "failed", detail: "NOPE is not followed here" });
  timers.turn(5_000);
  expect(asked).toHaveLength(2);
});

function start() {
  const timers = new ManualTimers();
  const asked: string[] = [];
  const waiting: ((response: Response) => void)[] = [];
  const subscribed = new Map<string, Since>();
  const connection = {
    subscribe: (channel: string, since: Since) => void subscribed.set(channel, since),
    unsubscribe: (channel: string) => void subscribed.delete(channel),
  };
  const ask = (path: string): Promise<Response> => {
    asked.push(path);
    return new Promise((resolve) => waiting.push(resolve));
  };
  const reply = async (body: object, status: number): Promise<void> => {
    waiting.shift()?.(Response.json(body, { status }));
    await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    market: new ChartMarket({ ask, timers, connection }),
    timers,
    asked,
    subscribed,
    answer: (klines: Kline[], complete = true) =>
      reply({ symbol: "", interval: "1m" as Interval, count: klines.length, complete, klines }, 200),
    refuse: (status: number, detail: string) => reply({ detail }, status),
  };
}

function kline(minute: number, close = 0, closed = true): Kline {
  return { ...emptyKline(), openTime: (minute * MINUTE) as UnixMs, close, closed };
}

function closes(market: ChartMarket): string {
  const one = ({ openTime, close, closed }: Kline): string =>
    `${openTime / MINUTE}${close === 0 ? "" : `:${close}`}${closed ? "" : "…"}`;
  return (market.state.value?.klines ?? []).map(one).join(" ");
}
