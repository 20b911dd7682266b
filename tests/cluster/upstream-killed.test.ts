import { afterEach, expect, test } from "bun:test";
import { systemClock } from "../../src/cli/clock.ts";
import type { RunningVyx } from "../../src/cli/serve.ts";
import { createClient } from "../../src/client/mod.ts";
import type { Interval, Kline, UnixMs } from "../../src/core/mod.ts";
import { createExchange, type Exchange, parseFaults } from "../../src/exchange/mod.ts";
import { freePort } from "../helpers/free-port.ts";
import { until } from "../helpers/until.ts";
import { listening, startVyxProcess, type VyxProcess } from "../helpers/vyx-process.ts";
import { closedKlines, overRange, startFollower } from "./chain.ts";

const START = Date.UTC(2026, 1, 10, 12) as UnixMs;
const SPEED = 30;
const INTERVALS: readonly Interval[] = ["1m", "5m", "15m"];
const KILLS = 4;

let exchange: Exchange | undefined;
let upstream: VyxProcess | undefined;
let follower: RunningVyx | undefined;

afterEach(async () => {
  await follower?.stop();
  upstream?.kill("SIGKILL");
  await upstream?.exited;
  await exchange?.stop();
});

test("an upstream that is killed again and again costs no candle: the follower serves on, and ends with the exchange's klines", async () => {
  const made = createExchange({
    ...{ symbols: 4, seed: 5, start: START, speed: SPEED, port: 0, clock: systemClock },
    faults: parseFaults("disconnect=10/h,no-close=0.02,drop=0.002,restate=0.01"),
  });
  exchange = made;
  const port = freePort();
  const serve = async (): Promise<void> => {
    upstream = startVyxProcess([
      ...["serve", "--port", String(port), "--data-dir", "none", "--log-level", "error", "--symbols", "*"],
      ...["--intervals", INTERVALS.join(), "--capacity", "200", "--exchange-speed", String(SPEED)],
      ...["--audit-every", "0.2", "--exchange-rest", made.url, "--exchange-ws", made.url.replace("http", "ws")],
    ]);
    await listening(upstream);
  };
  await serve();
  const url = `http://127.0.0.1:${port}`;
  follower = await startFollower(url, {
    intervals: INTERVALS.join(),
    capacity: "200",
    exchangeSpeed: String(SPEED),
    auditEvery: "0.2",
  });
  const here = follower.url;
  const isReady = async (): Promise<boolean> => (await fetch(`${here}/ready`)).ok;
  await until(isReady);
  const client = createClient({ url: here });
  const heard: Kline[] = [];
  const ending = new AbortController();
  const reading = (async () => {
    for await (const message of client.subscribe(["closed:BTCUSDT:1m"], { signal: ending.signal })) {
      if (message.type === "kline" && message.restated !== true) heard.push(message.kline as Kline);
    }
  })().catch(() => {});
  for (let kill = 0; kill < KILLS; kill += 1) {
    await Bun.sleep(1_500 + 700 * kill);
    upstream?.kill("SIGKILL");
    await upstream?.exited;
    expect((await fetch(`${here}/klines/BTCUSDT/1m`)).status).toBe(200);
    await until(async () => !(await isReady()));
    if (kill % 2 === 0) await Bun.sleep(1_000);
    await serve();
  }
  made.calm();
  await until(isReady);
  for (const symbol of made.symbols) {
    for (const interval of INTERVALS) {
      const range = overRange(made, interval, (START - 20 * 60_000) as UnixMs);
      // What was restated before it became calm may be told only now.
      await until(async () => {
        const truth = made.truth(symbol, range.from, range.to, interval);
        return Bun.deepEquals(await closedKlines(here, symbol, interval, range), truth);
      });
    }
  }
  ending.abort();
  await reading;
  const openTimes = heard.map(({ openTime }) => openTime as number);
  expect(openTimes).toEqual([...new Set(openTimes)].toSorted((a, b) => a - b));
  const [first, last] = [openTimes[0] as number, openTimes.at(-1) as number];
  expect(openTimes).toEqual(made.truth("BTCUSDT", first, last).map(({ openTime }) => openTime as number));
});
