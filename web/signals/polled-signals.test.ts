import { expect, test } from "bun:test";
import { ClientError } from "../../src/client/mod.ts";
import type { Signal } from "../../src/wire/mod.ts";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { PolledSignals } from "./polled-signals.ts";

const EVERY_MS = 5_000;

function setUp(ids: number[] = []) {
  const clock = new ManualClock();
  const world = { ids, asked: 0, isDown: false, isRefused: false, isHidden: false };
  const list = async ({ limit = 50 } = {}) => {
    world.asked += 1;
    if (world.isRefused) throw new ClientError("unauthorized", "GET /signals: sign in again");
    if (world.isDown) throw new ClientError("network", "GET /signals: no line");
    const signals = world.ids
      .toSorted((a, b) => b - a)
      .slice(0, limit)
      .map((id) => ({ id }) as Signal);
    return { count: signals.length, signals, cursor: null };
  };
  const feed = new PolledSignals({ client: { signals: { list } as never }, clock, isHidden: () => world.isHidden });
  const heard: (number | "gap")[] = [];
  feed.listen((news) => heard.push("signal" in news ? news.signal.id : "gap"));
  void feed.start();
  return { clock, world, feed, heard };
}

test("tells each signal once, oldest first, but none that was there before", async () => {
  const { clock, world, heard } = setUp([1, 2]);
  await clock.turn(0);
  expect(heard).toEqual([]);
  world.ids = [1, 2, 5, 4];
  await clock.turn(EVERY_MS);
  expect(heard).toEqual([4, 5]);
  world.ids.push(3);
  await clock.turn(2 * EVERY_MS);
  expect(heard).toEqual([4, 5, 3]);
});

test("the first signal of all is new", async () => {
  const { clock, world, heard } = setUp();
  await clock.turn(0);
  world.ids = [1];
  await clock.turn(EVERY_MS);
  expect(heard).toEqual([1]);
});

test("what went is not what came: a deleted trader's signals make room for none that was told before", async () => {
  const { clock, world, heard } = setUp(Array.from({ length: 150 }, (_, index) => index));
  await clock.turn(0);
  world.ids = world.ids.filter((id) => id < 100);
  await clock.turn(EVERY_MS);
  expect(heard).toEqual([]);
});

test("more than one question brings is told as a gap", async () => {
  const { clock, world, heard } = setUp();
  await clock.turn(0);
  world.ids = Array.from({ length: 150 }, (_, index) => index);
  await clock.turn(EVERY_MS);
  expect(heard[0]).toBe("gap");
  expect(heard.slice(1)).toEqual(Array.from({ length: 100 }, (_, index) => index + 50));
});

test("says why none come, and goes on by itself; asks less often while nobody looks, and at once when told to", async () => {
  const { clock, world, feed, heard } = setUp();
  await clock.turn(0);
  world.isDown = true;
  await clock.turn(EVERY_MS);
  expect(feed.failure.value).toBe("no line");
  world.isDown = false;
  world.ids = [7];
  world.isHidden = true;
  await clock.turn(EVERY_MS);
  expect([feed.failure.value, heard]).toEqual(["", [7]]);
  const { asked } = world;
  await clock.turn(5 * EVERY_MS);
  expect(world.asked).toBe(asked);
  feed.retry();
  await clock.turn(0);
  expect(world.asked).toBe(asked + 1);
});

test("whoever may not know is asked for no more, until something has changed", async () => {
  const { clock, world, feed, heard } = setUp();
  await clock.turn(0);
  world.isRefused = true;
  await clock.turn(EVERY_MS);
  const { asked } = world;
  await clock.turn(100 * EVERY_MS);
  expect([feed.failure.value, world.asked]).toEqual(["sign in again", asked]);
  world.isRefused = false;
  world.ids = [1];
  feed.retry();
  await clock.turn(0);
  expect([feed.failure.value, heard]).toEqual(["", [1]]);
});
