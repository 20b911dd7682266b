import { afterEach, describe, expect, test } from "bun:test";
import { systemClock } from "../../src/cli/clock.ts";
import type { RunningVyx } from "../../src/cli/serve.ts";
import { readCluster } from "../../src/cluster/mod.ts";
import { type MarketId, openTimeOf, type UnixMs } from "../../src/core/mod.ts";
import { createExchange, type Exchange, parseFaults } from "../../src/exchange/mod.ts";
import type { HealthAnswer, SymbolsAnswer } from "../../src/wire/mod.ts";
import { hasNats, messagesOf, natsAccess, startNats } from "../helpers/nats.ts";
import { until } from "../helpers/until.ts";
import { runVyx } from "../helpers/vyx-command.ts";
import { INTERVALS, nodeFlags, ready, sameAsTruth, startNode } from "./nats-cluster.ts";

const START = Date.UTC(2026, 1, 10, 12) as UnixMs;
const SPEED = 60;

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

describe.skipIf(!hasNats)("a cluster", () => {
  test("of two ingest and two serve nodes has the exchange's klines on every node, each final once in the stream, and the same answers", async () => {
    const nats = await startNats();
    stops.push(nats.stop);
    const exchange = createExchange({
      ...{ symbols: 4, seed: 5, start: START, speed: SPEED, port: 0, clock: systemClock },
      faults: parseFaults("disconnect=10/h,no-close=0.02,drop=0.002,restate=0.01"),
    });
    stops.push(() => exchange.stop());
    const init = await runVyx(["cluster", "init", "--nats", nats.url, "--capacity", "200"]);
    expect(init.out).toContain("created vyx-kline-binance with 1 copy");
    const again = await runVyx(["cluster", "init", "--nats", nats.url, "--capacity", "200"]);
    expect(again.out).toContain("nothing to do");
    const node = async (role: "ingest" | "serve", nodeName: string): Promise<RunningVyx> => {
      const vyx = await startNode({ ...nodeFlags(role, [nats], exchange, SPEED), nodeName });
      stops.push(vyx.stop);
      return vyx;
    };
    const nodes = [
      await node("ingest", "in-1"),
      await node("ingest", "in-2"),
      await node("serve", "out-1"),
      await node("serve", "out-2"),
    ];
    for (const { url } of nodes) await ready(url);
    await Bun.sleep(5_000);
    exchange.calm();
    for (const { url } of nodes) await sameAsTruth(url, exchange, (START - 20 * 60_000) as UnixMs);

    const before = openTimeOf("1m", exchange.now()) - 60_000;
    for (const interval of INTERVALS) {
      const answers = (): Promise<{ tag: string | null; body: string }[]> =>
        Promise.all(
          nodes.map(async ({ url }) => {
            const answer = await fetch(`${url}/klines/BTCUSDT/${interval}?endTime=${before}&closed=true&limit=100`);
            return { tag: answer.headers.get("etag"), body: await answer.text() };
          }),
        );
      // A node that has all candles may still have to settle one.
      await until(async () => new Set((await answers()).map((answer) => JSON.stringify(answer))).size === 1);
    }

    // Clients may move between the nodes: all have one market.
    const epochs = (): Promise<string[]> =>
      Promise.all(
        nodes.map(
          async ({ url }) => ((await (await fetch(`${url}/health`)).json()) as HealthAnswer).markets[0]?.epoch ?? "",
        ),
      );
    await until(async () => new Set(await epochs()).size === 1);
    expect((await epochs())[0]).toMatch(/^simulated-/);

    const access = await natsAccess([nats]);
    stops.push(() => access.connection.close());
    const messages = await messagesOf(access, "vyx-kline-binance");
    const ids = messages.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    // Each minute of each symbol since the start, and those from before it that the holder of the lease filled in.
    for (const symbol of exchange.symbols) {
      const openTimes = messages
        .filter(({ id, text }) => id.startsWith(`binance|${symbol}|1m|`) && !text.includes('"restated":true'))
        .map(({ id }) => Number(id.split("|")[3]));
      const [first, last] = [Math.min(...openTimes), Math.max(...openTimes)];
      const truth = exchange.truth(symbol, first, last).map(({ openTime }) => openTime as number);
      expect(openTimes.toSorted((a, b) => a - b)).toEqual(truth);
      expect(openTimes.length).toBeGreaterThan(150);
    }

    const view = await readCluster(access, ["binance"]);
    expect(view.nodes.map(({ name, role }) => `${name} ${role}`)).toEqual([
      "in-1 ingest",
      "in-2 ingest",
      "out-1 serve",
      "out-2 serve",
    ]);
    expect(view.leases).toEqual({ "exchange.binance": "in-1" });
    const status = await runVyx(["cluster", "status", "--nats", nats.url]);
    expect(status.out).toContain("exchange.binance  in-1");

    const [first] = nodes;
    void first?.left?.then(() => first.stop());
    stops.splice(stops.indexOf(first?.stop as never), 1);
    const drained = await runVyx(["cluster", "drain", "in-1", "--nats", nats.url]);
    expect(drained.out).toContain("in-1 has left");
    await until(async () => (await readCluster(access, [])).leases["exchange.binance"] === "in-2");
  });

  test("of two markets keeps each for itself, whatever its symbols are called", async () => {
    const nats = await startNats();
    stops.push(nats.stop);
    const made = (as: MarketId): Exchange => {
      const exchange = createExchange({
        as,
        symbols: 3,
        seed: 7,
        start: START,
        speed: SPEED,
        port: 0,
        clock: systemClock,
      });
      stops.push(() => exchange.stop());
      return exchange;
    };
    const [spot, linear] = [made("binance"), made("bybit-linear")];
    const [first, second] = [spot, linear].map(({ url }) => String(url).replace(/\/$/, "")) as [string, string];
    const both = (one: string, other: string): string => `${one};bybit-linear=${other}`;
    const markets = "binance,bybit-linear";
    const ingest = await startNode({
      ...{ ...nodeFlags("ingest", [nats], spot, SPEED), markets, symbols: "*;bybit-linear=*" },
      exchangeRest: both(first, second),
      exchangeWs: both(first.replace("http", "ws"), second.replace("http", "ws")),
    });
    stops.push(ingest.stop);
    const serve = await startNode({ ...nodeFlags("serve", [nats], spot, SPEED), markets });
    stops.push(serve.stop);
    for (const { url } of [ingest, serve]) await ready(url);
    await Bun.sleep(2_500);
    await sameAsTruth(serve.url, spot, (START - 20 * 60_000) as UnixMs);
    const { symbols } = (await (await fetch(`${serve.url}/symbols?market=bybit-linear`)).json()) as SymbolsAnswer;
    expect(symbols.map(({ symbol }) => symbol)).toContain("BYBIT:BTCUSDT.P" as never);
    const end = openTimeOf("1m", linear.now()) - 1;
    for (const { symbol } of symbols) {
      const ask = async ({ url }: RunningVyx): Promise<string> =>
        await (await fetch(`${url}/klines/${symbol}/1m?endTime=${end}&closed=true&limit=150`)).text();
      await until(async () => {
        const answer = await ask(serve);
        return answer.includes('"complete":true') && answer === (await ask(ingest));
      });
    }
    const access = await natsAccess([nats]);
    stops.push(() => access.connection.close());
    const { streams, leases } = await readCluster(access, []);
    expect(Object.keys(leases).toSorted()).toEqual(["exchange.binance", "exchange.bybit-linear"]);
    expect(streams.filter(({ name, isThere }) => isThere && name.startsWith("vyx-kline-"))).toHaveLength(2);
    const ids = (await messagesOf(access, "vyx-kline-bybit-linear")).map(({ id }) => id);
    expect(ids.filter((id) => id.startsWith("bybit-linear|BYBIT=3ABTCUSDT=2EP|1m|")).length).toBeGreaterThan(2);
  });
});
