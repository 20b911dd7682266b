import { afterEach, describe, expect, test } from "bun:test";
import { ManualClock, SettableClock } from "../../tests/helpers/clock.ts";
import { minuteClose } from "../../tests/helpers/made-up-traders.ts";
import { until } from "../../tests/helpers/until.ts";
import type { TraderClose } from "./execution.ts";
import { CloseQueue, tellClose } from "./mod.ts";

const QUIET = { info: () => {}, warn: () => {} };

describe("closes", () => {
  let servers: ReturnType<typeof Bun.serve>[] = [];
  afterEach(async () => {
    await Promise.all(servers.map((server) => server.stop(true)));
    servers = [];
  });
  const serve = (answer: (body: Record<string, unknown>, headers: Headers) => Response): string => {
    const server = Bun.serve({
      port: 0,
      fetch: async (request) => answer((await request.json()) as never, request.headers),
    });
    servers.push(server);
    return server.url.href;
  };

  test("the age of the oldest counts from when it came, through its tries and newer closes, until it is taken", async () => {
    const clock = new ManualClock();
    let take: () => void = () => {};
    let isAway = true;
    const deliver = async (): Promise<void> => {
      if (isAway) throw new Error("away");
      await new Promise<void>((resolve) => {
        take = resolve;
      });
    };
    const queue = new CloseQueue(deliver, clock, clock.stopwatch, QUIET, new AbortController().signal);
    expect(queue.oldestAddedAt).toBeUndefined();
    const addedAt = clock.stopwatch();
    queue.add({ interval: "1m", closeTime: minuteClose(0) });
    await until(() => clock.sleepers === 1);
    await clock.turn(400);
    queue.add({ interval: "1m", closeTime: minuteClose(1) });
    queue.add({ interval: "5m", closeTime: minuteClose(4) });
    expect(queue.oldestAddedAt).toBe(addedAt);
    isAway = false;
    await clock.turn(100);
    expect(queue.oldestAddedAt).toBe(addedAt);
    take();
    await until(() => queue.oldestAddedAt !== addedAt);
    expect(queue.oldestAddedAt as number).toBe(addedAt + 400);
    await until(() => clock.sleepers === 1);
    await clock.turn(500);
    take();
    await queue.idle();
    expect(queue.oldestAddedAt).toBeUndefined();
  });

  test("of one market wait for no other market's of the same interval, and take no other's place", async () => {
    const clock = new ManualClock();
    const taken: string[] = [];
    const deliver = async ({ market, interval, closeTime }: TraderClose): Promise<void> => {
      if (market === "bybit") throw new Error("away");
      taken.push(`${market} ${interval} ${closeTime}`);
    };
    const ending = new AbortController();
    const queue = new CloseQueue(deliver, clock, clock.stopwatch, QUIET, ending.signal);
    for (const index of [0, 1]) {
      for (const market of ["bybit", "binance"] as const) {
        queue.add({ market, interval: "1m", closeTime: minuteClose(index) });
      }
      await until(() => taken.length === index + 1);
    }
    expect(taken).toEqual([0, 1].map((index) => `binance 1m ${minuteClose(index)}`));
    expect(queue.isIdle).toBe(false);
    ending.abort();
    await queue.idle();
  });

  test("are told with the key, again until they are taken, with ever longer waits", async () => {
    const heard: unknown[] = [];
    const url = serve((body, headers) => {
      heard.push([body, headers.get("authorization")]);
      return new Response("busy", { status: heard.length < 4 ? 503 : 200 });
    });
    const clock = new ManualClock();
    const queue = new CloseQueue(
      (close) => tellClose({ url, key: "k" }, close),
      clock,
      clock.stopwatch,
      QUIET,
      new AbortController().signal,
    );
    queue.add({ interval: "1m", closeTime: minuteClose(0) });
    for (const wait of [500, 1_000, 2_000]) {
      await until(() => clock.sleepers === 1);
      const before = heard.length;
      await clock.turn(wait - 1);
      expect(heard).toHaveLength(before);
      await clock.turn(1);
    }
    await queue.idle();
    expect(heard).toEqual(Array(4).fill([{ trigger: "close", interval: "1m", closeTime: minuteClose(0) }, "Bearer k"]));
    expect(queue.retries).toBe(3);
    expect([queue.seconds.sum, [...queue.seconds.buckets].findIndex((count) => count > 0)]).toEqual([
      3.5,
      queue.seconds.bounds.indexOf(5),
    ]);
  });

  test("that pile up behind one that isn't taken become the newest, each interval on its own", async () => {
    const told: string[] = [];
    let isAway = true;
    const clock = new ManualClock();
    const deliver = async ({ interval, closeTime }: { interval: string; closeTime: number }): Promise<void> => {
      if (interval === "1m" && isAway) throw new Error("away");
      told.push(`${interval} ${closeTime}`);
    };
    const queue = new CloseQueue(deliver, clock, clock.stopwatch, QUIET, new AbortController().signal);
    for (const index of [0, 1, 2, 1]) queue.add({ interval: "1m", closeTime: minuteClose(index) });
    queue.add({ interval: "5m", closeTime: minuteClose(4) });
    await until(() => told.length === 1);
    await clock.turn(200);
    queue.add({ interval: "1m", closeTime: minuteClose(3) });
    isAway = false;
    await clock.turn(300);
    await queue.idle();
    expect(told).toEqual([`5m ${minuteClose(4)}`, `1m ${minuteClose(3)}`]);
    // The newest stands for all that waited, and has taken as long as the first of them.
    expect(queue.seconds.sum).toBe(0.5);
  });

  test("are measured by the stopwatch: a machine's clock that is set meanwhile changes nothing", async () => {
    const beneath = new ManualClock();
    const local = new SettableClock(beneath);
    let taken = (): void => {};
    const deliver = (): Promise<void> =>
      new Promise((resolve) => {
        taken = resolve;
      });
    const queue = new CloseQueue(deliver, local, beneath.stopwatch, QUIET, new AbortController().signal);
    queue.add({ interval: "1m", closeTime: minuteClose(0) });
    local.step(3_600_000);
    await beneath.turn(250);
    taken();
    await queue.idle();
    expect(queue.seconds.sum).toBe(0.25);
  });

  test("that are added as the one before is just taken aren't forgotten", async () => {
    for (let hops = 0; hops < 8; hops += 1) {
      const told: number[] = [];
      const queue = new CloseQueue(
        async ({ closeTime }) => void told.push(closeTime),
        new ManualClock(),
        () => 0,
        QUIET,
        new AbortController().signal,
      );
      queue.add({ interval: "1m", closeTime: minuteClose(0) });
      for (let hop = 0; hop < hops; hop += 1) await Promise.resolve();
      queue.add({ interval: "1m", closeTime: minuteClose(1) });
      await queue.idle();
      expect([hops, told.at(-1)]).toEqual([hops, minuteClose(1)]);
    }
  });

  test("aren't told any more when the server stops", async () => {
    const ending = new AbortController();
    const clock = new ManualClock();
    let tries = 0;
    const queue = new CloseQueue(
      async () => {
        tries += 1;
        throw new Error("away");
      },
      clock,
      clock.stopwatch,
      QUIET,
      ending.signal,
    );
    queue.add({ interval: "1m", closeTime: minuteClose(0) });
    await until(() => clock.sleepers === 1);
    ending.abort();
    await queue.idle();
    queue.add({ interval: "1m", closeTime: minuteClose(1) });
    await queue.idle();
    expect(tries).toBe(1);
  });
});
