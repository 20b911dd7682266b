import { afterEach, describe, expect, test } from "bun:test";
import { hasNats, messagesOf, natsAccess, startNats } from "../../../tests/helpers/nats.ts";
import { until } from "../../../tests/helpers/until.ts";
import { systemClock } from "../../client/mod.ts";
import { type FinalMessage, FinalsQueue, MAX_WAITING } from "./finals-queue.ts";
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
});

test("a queue that is full gives up its oldest message, counts it, and says so", () => {
  let dropped = 0;
  const link = new NatsLink({
    ...{ address: { servers: [] }, name: "test", clock: systemClock },
    log: { info: () => {}, warn: () => {} },
  });
  const queue = new FinalsQueue({
    ...{ link, clock: systemClock, stopwatch, failed: () => {} },
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
    const queue = new FinalsQueue({ link, clock: systemClock, stopwatch, failed: () => {}, dropped: () => {} });
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
});
