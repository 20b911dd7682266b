import { expect, test } from "bun:test";
import { hasNats, natsAccess, startNats } from "../../../tests/helpers/nats.ts";
import { until } from "../../../tests/helpers/until.ts";
import { systemClock } from "../../client/mod.ts";
import { NatsLink } from "./link.ts";
import { createMissing, infoOf } from "./streams.ts";
import { claimTicket } from "./used-tickets.ts";

test.skipIf(!hasNats)(
  "a ticket is used once; where NATS can't store that it was used, it is accepted as by a server alone",
  async () => {
    const nats = await startNats();
    const ending = new AbortController();
    const link = new NatsLink({
      ...{ address: { servers: [nats.url] }, name: "test", clock: systemClock },
      log: { info: () => {}, warn: () => {} },
    });
    const claim = (id: string): Promise<boolean> => claimTicket(link, systemClock, id);
    const access = await natsAccess([nats]);
    try {
      expect(await claim("before")).toBe(true);
      await createMissing(access.manager, { markets: [], capacity: 1 });
      void link.run(ending.signal);
      await until(() => link.access !== undefined);
      expect([await claim("one"), await claim("one"), await claim("two")]).toEqual([true, false, true]);
      const info = await infoOf(access.manager, "KV_vyx-tickets");
      if (info === undefined) throw new Error("no bucket");
      await access.manager.streams.update("KV_vyx-tickets", { ...info.config, max_bytes: 10 });
      expect(await claim("three")).toBe(true);
      await access.manager.streams.delete("KV_vyx-tickets");
      expect(await claim("four")).toBe(true);
    } finally {
      ending.abort();
      await access.connection.close();
      await nats.stop();
    }
  },
);
