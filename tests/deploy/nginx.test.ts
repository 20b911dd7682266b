import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createClient, type Subscription } from "../../src/client/mod.ts";
import { millis } from "../../src/core/mod.ts";
import { KeyRing, parseProxies } from "../../src/server/mod.ts";
import { CuttableProxy } from "../helpers/cuttable-proxy.ts";
import { freePort } from "../helpers/free-port.ts";
import { keyAccess, keyRecord } from "../helpers/keys.ts";
import { type ServedMarket, serveMarket } from "../helpers/served-market.ts";
import { connected, endOf } from "../helpers/subscriptions.ts";
import { until } from "../helpers/until.ts";
import { hasNginx, type RunningProxy, startNginx } from "./proxies.ts";

const PATH = "/klines/BTCUSDT/1m?limit=5";

describe.skipIf(!hasNginx)("two servers behind nginx, by the kit's file", () => {
  let markets: [ServedMarket, ServedMarket];
  let proxy: RunningProxy;
  /** In front of the first server, to kill it. */
  let line: CuttableProxy;

  beforeAll(async () => {
    markets = [versioned("one"), versioned("two")];
    line = await CuttableProxy.start(markets[0].server.url);
    proxy = await startNginx([line.url, markets[1].server.url]);
  });
  afterAll(async () => {
    await proxy?.stop();
    await line?.stop();
    for (const { server } of markets ?? []) await server.stop();
  });

  const versioned = (version: string, port = 0): ServedMarket => {
    const access = keyAccess(new KeyRing([keyRecord("k")]), {
      ticketSecret: "a-secret-of-at-least-thirty-two-bytes",
      trustedProxies: parseProxies("127.0.0.1"),
    });
    return serveMarket({ port, with: { version, access, sockets: { total: 1_000, perCaller: 1_000 } } });
  };
  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    proxy.trusting.fetch(`${proxy.url}${path}`, {
      ...init,
      headers: { connection: "close", "x-api-key": "k", ...init.headers },
    });
  const versions = async (): Promise<string[]> => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask("/health")));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const all = await Promise.all(
      answers.map(async (answer) => ((await answer.json()) as { version: string }).version),
    );
    return [...new Set(all)].sort();
  };
  const allAre = async (...expected: string[]): Promise<void> =>
    await until(async () => String(await versions()) === String(expected));
  const sockets = (): number[] => markets.map(({ server }) => server.hub.sockets);
  const subscribed = async (count: number): Promise<Subscription[]> => {
    const client = createClient({ url: proxy.url, apiKey: "k", ...proxy.trusting });
    const all = Array.from({ length: count }, () => client.subscribe(["tickers"]));
    await connected(all);
    return all;
  };

  test("requests are spread, the figures stay inside, and browsers are told to use HTTPS only", async () => {
    await allAre("one", "two");
    expect((await ask(PATH)).status).toBe(200);
    for (const [path, status] of [
      ["/metrics", 404],
      ["/nowhere", 404],
      ["/health", 200],
    ] as const) {
      const { status: got, headers } = await ask(path);
      expect([path, got, headers.get("strict-transport-security")]).toEqual([path, status, "max-age=31536000"]);
    }
  });

  test("connections of the SDK are spread evenly, by tickets that either server issued", async () => {
    const all = await subscribed(20);
    await until(() => sockets().reduce((sum, count) => sum + count) === 20);
    expect(Math.min(...sockets())).toBeGreaterThanOrEqual(8);
    for (const one of all) one.close();
    await until(() => sockets().every((count) => count === 0));
  });

  test("the access log has who asked for what, but no key and no ticket", async () => {
    await ask("/ws?ticket=t-secret", { headers: { authorization: "Bearer k-secret", "user-agent": "logged" } });
    await until(() => proxy.log().includes("logged"));
    const logged = /^127\.0\.0\.1 \[[^\]]+\] "GET \/ws" 4\d\d \d+ [\d.]+ 127\.0\.0\.1:\d+ "logged"$/m;
    expect(proxy.log()).toMatch(logged);
    const plain = await fetch(`${proxy.plainUrl}/ws?ticket=t-secret`, { redirect: "manual" });
    expect(plain.status).toBe(301);
    await until(() => proxy.log().includes('"GET /ws" 301'));
    expect(proxy.log()).not.toMatch(/secret|ticket=/);
  });

  test("requests that no server could answer are logged without tickets, too", async () => {
    const alone = await startNginx([freePort(), freePort()].map((port) => `http://127.0.0.1:${port}`));
    try {
      const get = (path: string): Promise<Response> => alone.trusting.fetch(`${alone.url}${path}`, {});
      expect((await get("/ws?ticket=t-secret")).status).toBe(502);
      expect((await get("/health")).status).toBe(502);
      await until(() => alone.errors().includes("GET /health") && alone.log().includes("GET /ws"));
      expect(alone.errors()).not.toMatch(/secret|ticket=/);
    } finally {
      await alone.stop();
    }
  });

  test("while the exchange is silent, both servers answer, marked", async () => {
    for (const { clock } of markets) await clock.turn(60_000);
    await allAre("one", "two");
    for (let round = 0; round < 4; round += 1) {
      const answer = await ask(PATH);
      expect([answer.status, answer.headers.get("vyx-stale")]).toEqual([200, "60"]);
    }
    for (const { feed, clock } of markets) feed.lastEventAt = clock.now();
  });

  test("a restart with a drain fails no request, and every follower goes on at the other server", async () => {
    const all = await subscribed(20);
    const heard = all.map((one) => endOf(one));
    const traffic = asking();
    const { server, clock } = markets[0];
    const draining = server.drain(millis(4_000));
    for (let slice = 0; slice < 40; slice += 1) await clock.turn(100);
    await draining;
    await until(() => sockets()[1] === 20);
    await server.stop();
    await allAre("two");
    markets[0] = versioned("one", Number(new URL(server.url).port));
    // Tickets are good for a while by the clocks of both.
    await markets[0].clock.turn(markets[1].clock.now() - markets[0].clock.now());
    for (const market of markets) market.feed.lastEventAt = market.clock.now();
    await allAre("one", "two");
    expect(await traffic.stop()).toEqual([]);
    for (const one of all) one.close();
    expect(await Promise.all(heard)).toEqual(all.map(() => undefined));
  });

  test("a server that is killed fails no request, and its sockets move; it gets requests again when it is back", async () => {
    const all = await subscribed(20);
    const heard = all.map((one) => endOf(one));
    const traffic = asking();
    line.refuse(true);
    line.drop();
    await until(() => sockets()[1] === 20);
    await allAre("two");
    line.refuse(false);
    await allAre("one", "two");
    expect(await traffic.stop()).toEqual([]);
    for (const one of all) one.close();
    expect(await Promise.all(heard)).toEqual(all.map(() => undefined));
  });

  /** Asks one question after another until it is stopped; gives the statuses that weren't 200. */
  const asking = (): { stop(): Promise<number[]> } => {
    let isOver = false;
    const statuses: number[] = [];
    const running = (async (): Promise<void> => {
      while (!isOver) {
        const answer = await ask(PATH).catch(() => undefined);
        statuses.push(answer?.status ?? 0);
        await answer?.text();
        await Bun.sleep(10);
      }
    })();
    return {
      stop: async () => {
        isOver = true;
        await running;
        return statuses.filter((status) => status !== 200);
      },
    };
  };
});
