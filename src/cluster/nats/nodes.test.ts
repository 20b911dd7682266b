import { expect, test } from "bun:test";
import { hasNats, natsAccess, startNats } from "../../../tests/helpers/nats.ts";
import { until } from "../../../tests/helpers/until.ts";
import { systemClock } from "../../client/mod.ts";
import { bucket } from "./buckets.ts";
import { NatsLink } from "./link.ts";
import { Nodes } from "./nodes.ts";
import { createMissing } from "./streams.ts";

test.skipIf(!hasNats)(
  "nodes find each other, and two of one name say so; one that follows a dead one doesn't",
  async () => {
    const nats = await startNats();
    const access = await natsAccess([nats]);
    const stops: (() => Promise<void>)[] = [];
    try {
      await createMissing(access.manager, { markets: [], capacity: 1 });
      const entry = (name: string, run: string) => ({
        ...{ name, run, role: "serve" as const, url: `http://${name}.example`, version: "1" },
        ...{ isDraining: false, markets: {} },
      });
      const start = (name: string, run: string): Nodes => {
        const ending = new AbortController();
        const link = new NatsLink({
          ...{ address: { servers: [nats.url] }, name, clock: systemClock },
          log: { info: () => {}, warn: () => {} },
        });
        const nodes = new Nodes({
          ...{ link, clock: systemClock, stopwatch: () => performance.now(), name, run },
          own: () => entry(name, run),
        });
        const running = [link.run(ending.signal), nodes.run(ending.signal)];
        stops.push(async () => {
          ending.abort();
          await Promise.all(running);
        });
        return nodes;
      };
      const store = await bucket(access, "vyx-nodes");
      await store.put("one", JSON.stringify(entry("one", "died")));
      // Nobody speaks for another one.
      await store.put("liar", JSON.stringify(entry("two", "x")));
      const [one, two] = [start("one", "first"), start("two", "first")];
      await until(() => one.others().length === 1 && two.others().length === 1);
      await Bun.sleep(4_500);
      expect([one.hasTwin, two.hasTwin]).toEqual([false, false]);
      const again = start("one", "second");
      await until(() => one.hasTwin && again.hasTwin);
      expect([two.hasTwin, two.others().map(({ name }) => name)]).toEqual([false, ["one"]]);
    } finally {
      for (const stop of stops) await stop();
      await access.connection.close();
      await nats.stop();
    }
  },
);
