import { expect, test } from "bun:test";
import { hasNats, natsAccess, startNats } from "../../../tests/helpers/nats.ts";
import { minuteKlines } from "../../../tests/helpers/truth.ts";
import { until } from "../../../tests/helpers/until.ts";
import { systemClock } from "../../client/mod.ts";
import { parseSymbol, type UnixMs } from "../../core/mod.ts";
import { MarketStore } from "../../store/mod.ts";
import { StreamKeeper } from "./keeper.ts";
import { NatsLink } from "./link.ts";
import { Publisher } from "./publisher.ts";
import { infoOf } from "./streams.ts";

const START = Date.UTC(2026, 1, 10) as UnixMs;
const STREAM = "vyx-kline-binance";
const MINUTES = 100;
const SYMBOLS = Array.from({ length: 200 }, (_, index) => parseSymbol(`S${index}USDT`));

test.skipIf(!hasNats)(
  "a stream that is deleted while it is filled is made again by the node that fills it, and filled",
  async () => {
    const nats = await startNats();
    const access = await natsAccess([nats]);
    const ending = new AbortController();
    const log = { info: () => {}, warn: () => {} };
    const link = new NatsLink({ address: { servers: [nats.url] }, name: "test", clock: systemClock, log });
    const store = new MarketStore({ intervals: ["1m"], capacity: 500 });
    const symbols = SYMBOLS.map((symbol) => ({
      ...{ symbol, base: "A", quote: "USDT", status: "TRADING" as const, priceDecimals: 2, quantityDecimals: 2 },
    }));
    store.apply({ type: "symbols", symbols });
    for (const kline of minuteKlines(START, MINUTES, 1, () => false)) {
      for (const symbol of SYMBOLS) {
        store.apply({ type: "kline", symbol, interval: "1m", kline, eventTime: (kline.closeTime + 1) as UnixMs });
      }
    }
    const parts = { link, clock: systemClock, stopwatch: () => performance.now(), log };
    const publisher = new Publisher({
      ...{ ...parts, store, node: "one", source: () => "binance" },
      dropped: () => {},
    });
    const keeper = new StreamKeeper({
      ...{ ...parts, publishers: [publisher], plan: { markets: ["binance"], capacity: 500 } },
      ...{ mayFill: () => true, isWhole: () => true },
    });
    const messages = async (): Promise<number> => (await infoOf(access.manager, STREAM))?.state.messages ?? 0;
    const running = [link.run(ending.signal), publisher.run(ending.signal), keeper.run(ending.signal)];
    try {
      await until(async () => (await messages()) > 100);
      expect(await access.manager.streams.delete(STREAM)).toBe(true);
      expect(keeper.counts.filled).toBe(0);
      await until(async () => (await messages()) === SYMBOLS.length * MINUTES);
    } finally {
      ending.abort();
      await Promise.all(running);
      await access.connection.close();
      await nats.stop();
    }
  },
);
