import { afterEach, describe, expect, test } from "bun:test";
import { hasNats, natsAccess, type RunningNats, startNats } from "../../../tests/helpers/nats.ts";
import { until } from "../../../tests/helpers/until.ts";
import { systemClock } from "../../client/mod.ts";
import { Lease } from "./leases.ts";
import { NatsLink } from "./link.ts";
import { ensureStreams } from "./streams.ts";

const stopwatch = (): number => performance.now();
const log = { info: () => {}, warn: () => {} };

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** A node that is to have the lease. */
function nodeOn(nats: RunningNats, name: string, run = name) {
  const linking = new AbortController();
  const leasing = new AbortController();
  const may = { hold: true };
  const link = new NatsLink({ address: { servers: [nats.url] }, name, clock: systemClock, log });
  const parts = { link, key: "exchange.binance", node: name, run, clock: systemClock, stopwatch };
  const lease = new Lease({ ...parts, mayHold: () => may.hold });
  const running = [link.run(linking.signal), lease.run(leasing.signal)];
  const die = async (): Promise<void> => {
    linking.abort();
    await running[0];
    leasing.abort();
    await running[1];
  };
  stops.push(die);
  return { lease, may, die, leave: () => leasing.abort() };
}

describe.skipIf(!hasNats)("a lease", () => {
  test("is held by one node, handed over at once by one that stops or may not hold it, and taken over in seconds from one that dies", async () => {
    const nats = await startNats();
    stops.push(nats.stop);
    const access = await natsAccess([nats]);
    await ensureStreams(access.manager, { markets: [], capacity: 1 });
    await access.connection.close();
    const node = (name: string, run = name) => nodeOn(nats, name, run);
    const one = node("one");
    await until(() => one.lease.isHeld);
    const two = node("two");
    await Bun.sleep(1_500);
    expect([one.lease.isHeld, two.lease.isHeld]).toEqual([true, false]);
    one.may.hold = false;
    await until(() => two.lease.isHeld);
    expect(one.lease.isHeld).toBe(false);
    one.may.hold = true;
    two.leave();
    await until(() => one.lease.isHeld);
    const three = node("three");
    await Bun.sleep(300);
    const diedAt = stopwatch();
    await one.die();
    while (!three.lease.isHeld) await Bun.sleep(10);
    const tookMs = stopwatch() - diedAt;
    expect(tookMs).toBeGreaterThan(2_000);
    expect(tookMs).toBeLessThan(8_000);
    // A node that starts again has at once what it held; two processes with one name by mistake don't both have it.
    const again = node("three", "second run");
    await until(() => again.lease.isHeld);
    await until(() => !three.lease.isHeld);
    await Bun.sleep(2_500);
    expect([three.lease.isHeld, again.lease.isHeld]).toEqual([false, true]);
  });

  test("is never held by two when its bucket is lost and made again", async () => {
    const nats = await startNats();
    stops.push(nats.stop);
    const access = await natsAccess([nats]);
    stops.push(() => access.connection.close());
    const plan = { markets: [], capacity: 1 };
    await ensureStreams(access.manager, plan);
    const nodes = [nodeOn(nats, "one"), nodeOn(nats, "two"), nodeOn(nats, "three")];
    const holders = (): number => nodes.filter(({ lease }) => lease.isHeld).length;
    await until(() => holders() === 1);
    await Bun.sleep(1_500);
    let most = 0;
    for (let time = 0; time < 2; time += 1) {
      await access.manager.streams.delete("KV_vyx-leases");
      await Bun.sleep(1_000);
      await ensureStreams(access.manager, plan);
      for (const end = stopwatch() + 3_000; stopwatch() < end; await Bun.sleep(10)) most = Math.max(most, holders());
      await until(() => holders() === 1);
    }
    expect(most).toBe(1);
  });
});
