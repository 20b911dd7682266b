import { afterEach, expect, test } from "bun:test";
import { systemClock } from "../../src/cli/clock.ts";
import { openTimeOf, type UnixMs } from "../../src/core/mod.ts";
import { createExchange, parseFaults } from "../../src/exchange/mod.ts";
import { freePort } from "../helpers/free-port.ts";
import { until } from "../helpers/until.ts";
import { listening, startVyxProcess, type VyxProcess } from "../helpers/vyx-process.ts";
import { startFollower } from "./chain.ts";
import { ready } from "./nats-cluster.ts";
import { Subscriber } from "./run/subscribers.ts";

const START = Date.UTC(2026, 1, 10, 12) as UnixMs;
const SPEED = 60;
const FLAGS = { intervals: "1m,5m", capacity: "200", exchangeSpeed: String(SPEED), auditEvery: "0.2" };
/** UPSTREAM_KILLS=60 kills more often, FOLLOWER_READERS=1000 has more readers. */
const KILLS = Number(process.env.UPSTREAM_KILLS ?? 4);
const READERS = Number(process.env.FOLLOWER_READERS ?? 24);
/** Readers change between followers at such an age of their connection, in seconds, so that they resume at one with what the other sent. */
const SOCKET_AGE = "4";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

test("readers over two followers, whose upstream is killed again and again, get every closed kline once and in order", async () => {
  const exchange = createExchange({
    ...{ symbols: 4, seed: 5, start: START, speed: SPEED, port: 0, clock: systemClock },
    faults: parseFaults("disconnect=10/h,no-close=0.02,drop=0.002,restate=0.01"),
  });
  stops.push(() => exchange.stop());
  const port = freePort();
  let upstream: VyxProcess | undefined;
  const kill = async (): Promise<void> => {
    upstream?.kill("SIGKILL");
    await upstream?.exited;
  };
  stops.push(kill);
  const start = async (): Promise<void> => {
    upstream = startVyxProcess([
      ...["serve", "--port", String(port), "--data-dir", "none", "--log-level", "error", "--symbols", "*"],
      ...["--intervals", FLAGS.intervals, "--capacity", FLAGS.capacity, "--exchange-speed", FLAGS.exchangeSpeed],
      ...["--audit-every", FLAGS.auditEvery, "--exchange-rest", exchange.url],
      ...["--exchange-ws", exchange.url.replace("http", "ws")],
    ]);
    await listening(upstream);
  };
  await start();
  const followers: string[] = [];
  for (let count = 0; count < 2; count += 1) {
    const follower = await startFollower(`http://127.0.0.1:${port}`, {
      ...{ ...FLAGS, socketAge: SOCKET_AGE, maxSockets: "10000", socketsPerCaller: "10000", addressRate: "10000/s" },
    });
    stops.push(follower.stop);
    followers.push(follower.url);
  }
  for (const url of followers) await ready(url);
  const readers = Array.from(
    { length: READERS },
    (_, index) => new Subscriber(followers, index, exchange.symbols[index % exchange.symbols.length] ?? "", () => 0),
  );
  stops.push(() => Promise.all(readers.map((reader) => reader.stop())));
  await until(() => readers.every(({ connected }) => connected > 0));
  const from = openTimeOf("1m", exchange.now());
  for (let turn = 0; turn < KILLS; turn += 1) {
    await Bun.sleep(1_000 + 500 * (turn % 3));
    await kill();
    if (turn % 2 === 0) await Bun.sleep(1_000);
    await start();
    for (const url of followers) await ready(url);
  }
  const end = openTimeOf("1m", exchange.now()) - 60_000;
  await until(() => readers.every(({ last, faults }) => last >= end || faults.length > 0));
  expect(readers.flatMap(({ faults }) => faults)).toEqual([]);
  const counts = readers.map(({ candles }) => candles);
  expect(Math.min(...counts)).toBeGreaterThanOrEqual((end - from) / 60_000 - 1);
  const reconnects = readers.reduce((sum, { connected }) => sum + connected - 1, 0);
  expect(reconnects).toBeGreaterThan(READERS / 2);
  if (process.env.UPSTREAM_KILLS !== undefined) {
    const candles = counts.reduce((sum, count) => sum + count, 0);
    console.log(`${KILLS} kills, ${READERS} readers, ${candles} closed klines, ${reconnects} changes of the follower`);
  }
});
