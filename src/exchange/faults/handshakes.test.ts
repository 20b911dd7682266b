import { afterEach, expect, test } from "bun:test";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { startFaulty, stopFaulty } from "../../../tests/helpers/in-process.ts";
import { listenTo } from "../../../tests/helpers/listening-client.ts";
import { createExchange, parseFaults } from "../mod.ts";

const MINUTE = 60_000;

afterEach(stopFaulty);

test("tls: requests and new connections fail for a while, and those that are open go on", async () => {
  const { exchange, clock, get, json, story } = startFaulty("tls@1m");
  const open = listenTo(exchange, clock, "/ws/btcusdt@kline_1m");
  await clock.turn(MINUTE + 2_000);
  const before = open.frames.length;
  const asked = get("time").catch(String);
  await clock.turn(0);
  expect(await asked).toBe("HandshakeFailed: unable to verify the first certificate");
  const refused = listenTo(exchange, clock, "/ws/btcusdt@kline_1m");
  await clock.turn(15_000);
  expect([refused.frames.length, refused.closes.length]).toEqual([0, 1]);
  expect(open.frames.length).toBeGreaterThan(before);
  await clock.turn(3 * MINUTE);
  expect(await json<object>("time")).toHaveProperty("serverTime");
  const again = listenTo(exchange, clock, "/ws/btcusdt@kline_1m");
  await clock.turn(5_000);
  expect(again.frames.length).toBeGreaterThan(0);
  expect(open.closes).toEqual([]);
  expect(story.map(({ kind, at }) => [kind, at])).toEqual([["tls", 60]]);
});

test("tls over plain HTTP: what a server says that expects TLS, to requests and to upgrades", async () => {
  const clock = new ManualClock(Date.UTC(2026, 1, 10));
  const exchange = createExchange({ clock, port: 0, symbols: ["BTCUSDT"], faults: parseFaults("tls@0s") });
  await clock.turn(1_000);
  const response = await fetch(`${exchange.url}/api/v3/time`);
  expect([response.status, await response.text()]).toEqual([400, "The plain HTTP request was sent to HTTPS port"]);
  const socket = new WebSocket(`${exchange.url.replace("http", "ws")}/ws/btcusdt@kline_1m`);
  expect(await new Promise((resolve) => socket.addEventListener("close", ({ code }) => resolve(code)))).toBe(1006);
  await clock.turn(4 * MINUTE);
  expect((await fetch(`${exchange.url}/api/v3/time`)).status).toBe(200);
  await exchange.stop();
});
