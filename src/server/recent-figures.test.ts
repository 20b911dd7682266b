import { afterAll, beforeAll, expect, test } from "bun:test";
import { keyAccess, keyRecord } from "../../tests/helpers/keys.ts";
import { type ServedMarket, serveMarket } from "../../tests/helpers/served-market.ts";
import { type FiguresAnswer, KEPT_FIGURES } from "../wire/mod.ts";
import { KeyRing } from "./keys/key-ring.ts";
import { METRICS } from "./metric-table.ts";
import { MOST_SAMPLES, RecentFigures } from "./recent-figures.ts";

let market: ServedMarket;
beforeAll(() => {
  const ring = new KeyRing([
    keyRecord("reader", { scopes: ["read"] }),
    keyRecord("operator", { scopes: ["read", "metrics"] }),
    keyRecord("streamer", { scopes: ["stream"] }),
  ]);
  market = serveMarket({ with: { access: keyAccess(ring) } });
});
afterAll(() => market?.server.stop());

const ask = (key: string): Promise<Response> => market.get("/figures", { "x-api-key": key });

test("the first sample is there with the server; readers see the data's freshness, operators the process, too", async () => {
  const [reader, operator] = (await Promise.all(
    ["reader", "operator"].map(async (key) => (await ask(key)).json()),
  )) as [FiguresAnswer, FiguresAnswer];
  expect([reader.everySeconds, reader.at]).toEqual([10, [market.clock.now()]]);
  expect(Object.keys(reader.figures).toSorted()).toEqual([
    ...["vyx_feed_connections", "vyx_feed_lag_seconds", "vyx_incomplete_series"],
  ]);
  expect(reader.figures.vyx_feed_connections).toEqual([1]);
  expect(Object.keys(operator.figures)).toContain("vyx_resident_memory_bytes");
  expect(operator.figures.vyx_resident_memory_bytes?.[0]).toBeGreaterThan(1e6);
  expect((await ask("streamer")).status).toBe(403);
});

test("every kept figure is a metric", () => {
  const names: readonly string[] = METRICS.map(({ name }) => name);
  expect(Object.keys(KEPT_FIGURES).filter((name) => !names.includes(name))).toEqual([]);
});

test("an hour is kept and no more; several markets are added up, or the largest counts", () => {
  let now = 0;
  const feed = (lag: number) => ({
    ...{ now: () => now, startedAt: 0, isFollowed: false, isReady: () => true },
    store: { market: "binance" },
    feedStatus: () => ({ source: "recorded", connections: 2, silentForMs: lag, state: "live" }),
    ...{ feed: () => undefined, checkpoint: () => undefined, coverage: () => ({ total: 3, complete: 1 }) },
  });
  const figures = new RecentFigures({
    ...{ now: () => now, markets: [feed(1_000), feed(3_000)], requests: { all: [] }, memory: () => ({}) },
    ...{ hub: { sockets: 4, sent: 5 }, eventLoop: { lagSeconds: 0 } },
  } as never);
  for (; now < 4_000; now += 10) figures.note();
  const { at, figures: kept } = figures.answer(true);
  expect([at.length, at[0], at.at(-1)]).toEqual([MOST_SAMPLES, 400, 3_990] as never);
  expect([kept.vyx_feed_connections?.at(-1), kept.vyx_feed_lag_seconds?.at(-1), kept.vyx_sockets?.length]).toEqual([
    4, 3, 360,
  ]);
});
