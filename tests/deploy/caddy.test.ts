import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createClient, type Subscription } from "../../src/client/mod.ts";
import { millis } from "../../src/core/mod.ts";
import { KeyRing } from "../../src/server/mod.ts";
import { freePort } from "../helpers/free-port.ts";
import { keyAccess, keyRecord } from "../helpers/keys.ts";
import { type ServedMarket, serveMarket } from "../helpers/served-market.ts";
import { connected, endOf } from "../helpers/subscriptions.ts";
import { until } from "../helpers/until.ts";
import { hasCaddy, type RunningProxy, startCaddy } from "./proxies.ts";

describe.skipIf(!hasCaddy)("two servers behind Caddy", () => {
  let url: string;
  let markets: [ServedMarket, ServedMarket];
  let proxy: RunningProxy;

  beforeAll(async () => {
    markets = [versioned("one"), versioned("two")];
    proxy = await startCaddy(markets.map(({ server }) => server.url));
    ({ url } = proxy);
    await until(async () => (await ask("/health").catch(() => undefined))?.status === 200);
  });
  afterAll(async () => {
    await proxy?.stop();
    for (const { server } of markets ?? []) await server.stop();
  });

  const versioned = (version: string, port = 0): ServedMarket => {
    const access = keyAccess(new KeyRing([keyRecord("k")]), { ticketSecret: "a-secret-of-at-least-thirty-two-bytes" });
    const sockets = { total: 1_000, perCaller: 1_000 };
    return serveMarket({ port, with: { version, access, sockets } });
  };
  const ask = (path: string): Promise<Response> =>
    fetch(`${url}${path}`, { headers: { connection: "close", "x-api-key": "k" } });
  const versions = async (): Promise<Set<string>> => {
    // As many at once as there are sockets at most on a server: each next one goes to the server with fewer connections.
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask("/health")));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    return new Set(
      await Promise.all(answers.map(async (answer) => ((await answer.json()) as { version: string }).version)),
    );
  };
  const allAre = async (...expected: string[]): Promise<void> =>
    await until(async () => String([...(await versions())].sort()) === String(expected));
  const sockets = (): number[] => markets.map(({ server }) => server.hub.sockets);
  /** Subscriptions of the SDK, each of which is connected. */
  const subscribed = async (count: number): Promise<Subscription[]> => {
    const client = createClient({ url, apiKey: "k" });
    const all = Array.from({ length: count }, () => client.subscribe(["tickers"]));
    await connected(all);
    return all;
  };

  test("requests are spread, and the figures stay inside", async () => {
    await allAre("one", "two");
    expect((await ask("/klines/BTCUSDT/1m?limit=5")).status).toBe(200);
    expect((await ask("/metrics")).status).toBe(404);
  });

  test("the first 100 connections of the SDK succeed, by tickets that either server issued", async () => {
    const all = await subscribed(100);
    await until(() => sockets().reduce((sum, count) => sum + count) === 100);
    for (const count of sockets()) expect(count).toBeGreaterThan(20);
    for (const one of all) one.close();
    await until(() => sockets().every((count) => count === 0));
  });

  test("browsers are told to use HTTPS only, also with what Caddy answers itself", async () => {
    for (const path of ["/health", "/metrics", "/nowhere"]) {
      const hsts = (await ask(path)).headers.get("strict-transport-security");
      expect([path, hsts]).toEqual([path, "max-age=31536000"]);
    }
    const local = await fetch(`${url}/health`, { headers: { host: "localhost" } });
    expect(local.headers.get("strict-transport-security")).toBeNull();
  });

  test("the access log has who asked for what, but no key and no ticket", async () => {
    const headers = { authorization: "Bearer k", "x-api-key": "k-secret", cookie: "c-secret" };
    await fetch(`${url}/ws?ticket=t-secret&other=1`, { headers });
    let line: Record<string, unknown> | undefined;
    await until(() => {
      const lines = proxy.log().split("\n").filter(Boolean);
      line = lines.map((one) => JSON.parse(one)).find(({ request }) => request.uri.includes("other"));
      return line !== undefined;
    });
    expect(line).toMatchObject({
      logger: expect.stringMatching(/^http\.log\.access/),
      status: expect.any(Number),
      request: { remote_ip: "127.0.0.1", method: "GET", uri: "/ws?other=1" },
    });
    expect(proxy.log()).not.toMatch(/secret|ticket=/);
  });

  test("requests that no server could answer are logged without keys and tickets, too", async () => {
    const alone = await startCaddy([`http://127.0.0.1:${freePort()}`]);
    try {
      // Before its first look at the server, Caddy tries it, and says 502.
      await until(async () => (await fetch(`${alone.url}/live`)).status === 503);
      const headers = { "x-api-key": "k-secret", cookie: "c-secret" };
      expect((await fetch(`${alone.url}/ws?ticket=t-secret&other=1`, { headers })).status).toBe(503);
      await until(() => [alone.errors(), alone.log()].every((log) => log.includes("other=1")));
      expect(alone.errors()).not.toMatch(/secret|ticket=/);
    } finally {
      await alone.stop();
    }
  });

  test("a tag of one server is good for the other", async () => {
    const path = "/klines/BTCUSDT/1m?limit=5";
    const etag = (await ask(path)).headers.get("etag") ?? "";
    for (let round = 0; round < 10; round += 1) {
      const headers = { connection: "close", "x-api-key": "k", "if-none-match": etag };
      expect((await fetch(`${url}${path}`, { headers })).status).toBe(304);
    }
  });

  test("a server that isn't ready gets no requests while the other is, and comes back when it is", async () => {
    markets[0].feed.state = "warming";
    await allAre("two");
    markets[0].feed.state = "live";
    await allAre("one", "two");
  });

  test("while the exchange is silent, everything is answered by both servers, and marked", async () => {
    for (const { clock } of markets) await clock.turn(60_000);
    await until(async () => (await ask("/ready")).status === 503);
    await allAre("one", "two");
    expect((await ask("/")).status).toBe(200);
    for (const path of ["/tickers", "/klines/BTCUSDT/1m?limit=5", "/klines?symbols=*&intervals=1m"]) {
      const answer = await ask(path);
      expect([path, answer.status, answer.headers.get("vyx-stale")]).toEqual([path, 200, "60"]);
    }
    expect(await (await ask("/serving")).json()).toEqual({ serving: true, staleSeconds: 60 });
    expect((await ask("/ready")).status).toBe(503);
    for (const one of await subscribed(10)) one.close();
    markets[1].feed.lastEventAt = markets[1].clock.now();
    await allAre("two");
    markets[0].feed.lastEventAt = markets[0].clock.now();
    await allAre("one", "two");
  });

  test("servers are restarted one after another without a failed request, and every follower goes on", async () => {
    const all = await subscribed(20);
    const heard = all.map((one) => endOf(one));
    let isOver = false;
    const statuses: number[] = [];
    const requests = (async (): Promise<void> => {
      while (!isOver) {
        const answer = await ask("/klines/BTCUSDT/1m?limit=5").catch(() => undefined);
        statuses.push(answer?.status ?? 0);
        await answer?.text();
        await Bun.sleep(10);
      }
    })();
    for (const index of [0, 1] as const) {
      const { server, clock } = markets[index];
      const draining = server.drain(millis(4_000));
      const other = index === 0 ? "two" : "one";
      await allAre(other);
      for (let slice = 0; slice < 40; slice += 1) await clock.turn(100);
      await draining;
      await server.stop();
      await until(() => sockets()[1 - index] === 20);
      markets[index] = versioned(index === 0 ? "one" : "two", Number(new URL(server.url).port));
      await allAre("one", "two");
    }
    isOver = true;
    await requests;
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    expect(statuses.length).toBeGreaterThan(20);
    for (const one of all) one.close();
    expect(await Promise.all(heard)).toEqual(all.map(() => undefined));
  });
});
