import { afterEach, describe, expect, test } from "bun:test";
import { systemClock } from "../../src/cli/clock.ts";
import type { UnixMs } from "../../src/core/mod.ts";
import { createExchange } from "../../src/exchange/mod.ts";
import { hasNats, startNats } from "../helpers/nats.ts";
import { until } from "../helpers/until.ts";
import { nodeFlags, ready, sameAsTruth, startNode } from "./nats-cluster.ts";

const START = Date.UTC(2026, 1, 10, 12) as UnixMs;
const SPEED = 60;

const stops: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

describe.skipIf(!hasNats)("ingest nodes of two exchanges", () => {
  test("have nothing of each other, each serve node has one exchange's figures under its label, and all say what is wrong", async () => {
    const nats = await startNats();
    stops.push(nats.stop);
    const made = [5, 6].map((seed) => {
      const exchange = createExchange({ symbols: 4, seed, start: START, speed: SPEED, port: 0, clock: systemClock });
      stops.push(() => exchange.stop());
      return exchange;
    });
    const [simulated, recorded] = made as [(typeof made)[0], (typeof made)[0]];
    // The same exchange under another label.
    const relabelled = Bun.serve({
      port: 0,
      fetch: async (request) => {
        const { pathname, search } = new URL(request.url);
        const answer = await fetch(new URL(pathname + search, String(recorded.url)));
        const headers = new Headers(answer.headers);
        headers.set("x-vyx-exchange", "recorded");
        headers.delete("content-encoding");
        return new Response(await answer.arrayBuffer(), { status: answer.status, headers });
      },
    });
    stops.push(() => relabelled.stop(true));
    const one = await startNode({ ...nodeFlags("ingest", [nats], simulated, SPEED), nodeName: "in-1" });
    stops.push(one.stop);
    await ready(one.url);
    const other = await startNode({
      ...{ ...nodeFlags("ingest", [nats], recorded, SPEED), nodeName: "in-2" },
      exchangeRest: String(relabelled.url).replace(/\/$/, ""),
    });
    stops.push(other.stop);
    const serve = await startNode({ ...nodeFlags("serve", [nats], simulated, SPEED), nodeName: "out-1" });
    stops.push(serve.stop);
    const urls = [one.url, other.url, serve.url];
    for (const url of urls) await ready(url);
    await Bun.sleep(5_000);
    const sourceOf = async (url: string): Promise<string | undefined> => {
      const { markets } = (await (await fetch(`${url}/health`)).json()) as { markets: { source: string }[] };
      return markets[0]?.source;
    };
    expect([await sourceOf(one.url), await sourceOf(other.url)]).toEqual(["simulated", "recorded"]);
    const from = (START - 20 * 60_000) as UnixMs;
    for (const url of urls) {
      await sameAsTruth(url, (await sourceOf(url)) === "recorded" ? recorded : simulated, from);
      await until(async () => {
        const { reasons } = (await (await fetch(`${url}/health`)).json()) as { reasons: string[] };
        return reasons.some((reason) => reason.includes("expected one exchange for all"));
      });
    }
  });
});
