import { afterEach, expect, test } from "bun:test";
import { START, startFaulty, stopFaulty } from "../../../tests/helpers/in-process.ts";
import { listenTo } from "../../../tests/helpers/listening-client.ts";

const MINUTE = 60_000;

afterEach(stopFaulty);

test("dead-air: every connection stays open and brings nothing, also new ones, and then all goes on", async () => {
  const { exchange, clock, story } = startFaulty("dead-air@1m");
  const client = listenTo(exchange, clock, "/ws/btcusdt@kline_1m");
  await clock.turn(MINUTE + 15_000);
  const before = client.frames.length;
  const other = listenTo(exchange, clock, "/ws/btcusdt@kline_1m");
  await clock.turn(4_000);
  expect([client.frames.length, other.frames.length]).toEqual([before, 0]);
  await clock.turn(4 * MINUTE);
  expect(client.closes).toEqual([]);
  expect(client.frames.length).toBeGreaterThan(before);
  expect(other.frames.length).toBeGreaterThan(0);
  expect(story.map(({ kind, at }) => [kind, at])).toEqual([["dead-air", 60]]);
});

test("junk-frames: what comes in place of frames proves nothing", async () => {
  const { exchange, clock } = startFaulty("junk-frames@0s");
  const client = listenTo(exchange, clock, "/ws/btcusdt@kline_1m");
  await clock.turn(18_000);
  expect(client.frames.length).toBeGreaterThan(5);
  for (const frame of client.frames) expect(String(frame)).not.toContain('"x":');
});

test("clock-ahead and clock-behind: frames are dated off, and their candles aren't", async () => {
  const { exchange, clock } = startFaulty("clock-ahead=0.5,clock-behind=0.5");
  const client = listenTo(exchange, clock, "/ws/btcusdt@kline_1m");
  await clock.turn(5 * MINUTE);
  const events = client.frames.map((frame) => JSON.parse(String(frame)) as { E: number; k: { t: number } });
  expect(events.some(({ E }) => E > START + 6 * MINUTE)).toBe(true);
  expect(events.some(({ E }) => E < START)).toBe(true);
  for (const { k } of events) expect(k.t >= START && k.t <= START + 5 * MINUTE).toBe(true);
});
