import { afterEach, describe, expect, test } from "bun:test";
import { hasNats, messagesOf, natsAccess, startNats } from "../../../tests/helpers/nats.ts";
import { until } from "../../../tests/helpers/until.ts";
import { systemClock } from "../../client/mod.ts";
import { type FinalMessage, FinalsQueue, MAX_WAITING, MAY_BE_THERE_AFTER_MS } from "./finals-queue.ts";
import { NatsLink } from "./link.ts";
import { createMissing } from "./streams.ts";

const PLAN = { markets: ["binance"], capacity: 500 } as const;
const stopwatch = (): number => performance.now();

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const message = (number: number): FinalMessage => ({
  subject: `vyx.kline.binance.S${number % 3}.1m`,
  id: `id-${number}`,
  text: String(number),
  source: "binance",
});

test("a queue that is full gives up its oldest message, counts it, and says so", () => {
  let dropped = 0;
  const link = new NatsLink({
    ...{ address: { servers: [] }, name: "test", clock: systemClock },
    log: { info: () => {}, warn: () => {} },
  });
  const queue = new FinalsQueue({
    ...{ link, market: "binance" as const, clock: systemClock, stopwatch },
    dropped: () => {
      dropped += 1;
    },
  });
  for (let number = 0; number < MAX_WAITING + 3; number += 1) queue.put(message(number));
  expect([queue.waiting, queue.counts.dropped, dropped]).toEqual([MAX_WAITING, 3, 3]);
});

describe.skipIf(!hasNats)("a queue", () => {
  test("keeps messages while NATS or the stream is away, and stores each once and in order afterwards", async () => {
    const nats = await startNats();
    stops.push(nats.stop);
    const ending = new AbortController();
    const link = new NatsLink({
      ...{ address: { servers: [nats.url] }, name: "test", clock: systemClock },
      log: { info: () => {}, warn: () => {} },
    });
    const of = { link, market: "binance" as const, clock: systemClock, stopwatch };
    const queue = new FinalsQueue({ ...of, dropped: () => {} });
    const running = [link.run(ending.signal), queue.run(ending.signal)];
    stops.push(async () => {
      ending.abort();
      await Promise.all(running);
    });
    for (let number = 0; number < 300; number += 1) queue.put(message(number));
    await until(() => queue.counts.retried > 0);
    expect([queue.waiting, queue.counts.stored]).toEqual([300, 0]);
    const access = await natsAccess([nats]);
    await createMissing(access.manager, PLAN);
    await until(() => queue.waiting === 0);
    await access.connection.close();
    await nats.kill();
    await until(() => link.access === undefined);
    for (let number = 290; number < 400; number += 1) queue.put(message(number));
    await nats.start();
    await until(() => queue.waiting === 0);
    const again = await natsAccess([nats]);
    stops.push(() => again.connection.close());
    const texts = (await messagesOf(again, "vyx-kline-binance")).map(({ text }) => Number(text));
    expect(texts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 400 }, (_, number) => number));
    expect(queue.counts.duplicates).toBeGreaterThanOrEqual(10);
    for (const rest of [0, 1, 2]) {
      const ofOne = texts.filter((number) => number % 3 === rest && number < 256);
      expect(ofOne).toEqual(ofOne.toSorted((a, b) => a - b));
    }
  });

  test("doesn't publish what waited long and another node has published by now, and publishes the rest", async () => {
    const nats = await startNats();
    stops.push(nats.stop);
    const access = await natsAccess([nats]);
    stops.push(() => access.connection.close());
    await createMissing(access.manager, PLAN);
    const final = (symbol: string, minute: number): FinalMessage => ({
      subject: `vyx.kline.binance.${symbol}.1m`,
      id: `binance|${symbol}|1m|${minute * 60_000}`,
      text: `${symbol} ${minute}`,
      source: "binance",
    });
    // The other node has minutes 0 to 5 of one symbol and none of another; JetStream has forgotten their ids.
    for (let minute = 0; minute <= 5; minute += 1) {
      const { subject, text, id } = final("A", minute);
      await access.streams.publish(subject, text, { msgID: `${id}` });
    }
    await access.manager.streams.update("vyx-kline-binance", { duplicate_window: 100_000_000 });
    await Bun.sleep(300);
    let now = 0;
    const ending = new AbortController();
    const link = new NatsLink({
      ...{ address: { servers: [nats.url] }, name: "test", clock: systemClock },
      log: { info: () => {}, warn: () => {} },
    });
    const of = { link, market: "binance" as const, clock: systemClock, stopwatch: () => now };
    const queue = new FinalsQueue({ ...of, dropped: () => {} });
    for (let minute = 0; minute <= 7; minute += 1) for (const symbol of ["A", "B"]) queue.put(final(symbol, minute));
    now = MAY_BE_THERE_AFTER_MS;
    for (let minute = 8; minute <= 9; minute += 1) for (const symbol of ["A", "B"]) queue.put(final(symbol, minute));
    const running = [link.run(ending.signal), queue.run(ending.signal)];
    stops.push(async () => {
      ending.abort();
      await Promise.all(running);
    });
    await until(() => queue.waiting === 0);
    const texts = (await messagesOf(access, "vyx-kline-binance")).map(({ text }) => text);
    const expected = ["A", "B"].flatMap((symbol) => Array.from({ length: 10 }, (_, minute) => `${symbol} ${minute}`));
    expect(texts.toSorted()).toEqual(expected);
    expect(queue.counts.duplicates).toBe(6);
  });
});
