import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ServedMarket, serveMarket } from "../helpers/served-market.ts";
import { until } from "../helpers/until.ts";

const CADDYFILE = join(import.meta.dir, "../../deploy/caddy/Caddyfile");
const caddy = Bun.which("caddy");

/** A port that was free a moment ago: Caddy can't be asked which one it took. */
function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

describe.skipIf(caddy === null)("two servers behind Caddy", () => {
  const folder = mkdtempSync(join(tmpdir(), "vyx-caddy-"));
  const url = `http://127.0.0.1:${freePort()}`;
  let markets: readonly [ServedMarket, ServedMarket];
  let proxy: Bun.Subprocess;

  beforeAll(async () => {
    markets = [versioned("one"), versioned("two")];
    proxy = Bun.spawn([caddy ?? "", "run", "--config", CADDYFILE, "--adapter", "caddyfile"], {
      env: {
        PATH: process.env.PATH ?? "",
        HOME: folder,
        XDG_DATA_HOME: folder,
        VYX_SITE: url,
        VYX_SERVERS: markets.map(({ server }) => new URL(server.url).host).join(" "),
      },
      stdout: "ignore",
      stderr: "ignore",
    });
    await until(async () => (await ask("/health").catch(() => undefined))?.status === 200);
  });
  afterAll(async () => {
    proxy?.kill("SIGKILL");
    await proxy?.exited;
    for (const { server } of markets ?? []) await server.stop();
    rmSync(folder, { recursive: true });
  });

  const versioned = (version: string): ServedMarket => serveMarket({ with: { version } });
  const ask = (path: string): Promise<Response> => fetch(`${url}${path}`, { headers: { connection: "close" } });
  const versions = async (): Promise<Set<string>> => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask("/health")));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    return new Set(
      await Promise.all(answers.map(async (answer) => ((await answer.json()) as { version: string }).version)),
    );
  };

  test("requests are spread, and the figures stay inside", async () => {
    await until(async () => (await versions()).size === 2);
    expect((await ask("/klines/BTCUSDT/1m?limit=5")).status).toBe(200);
    expect((await ask("/metrics")).status).toBe(404);
  });

  test("a WebSocket gets through", async () => {
    const socket = new WebSocket(`${url.replace("http", "ws")}/ws`);
    const hello = await new Promise<string>((resolve) => {
      socket.onmessage = ({ data }) => resolve(String(data));
    });
    expect(JSON.parse(hello)).toMatchObject({ type: "hello" });
    socket.close();
  });

  test("a server that isn't ready gets no more requests, and comes back when it is", async () => {
    markets[0].feed.state = "warming";
    await until(async () => (await versions()).size === 1);
    expect([...(await versions())]).toEqual(["two"]);
    markets[0].feed.state = "live";
    await until(async () => (await versions()).size === 2);
  });

  test("when a server goes, no request fails", async () => {
    const going = markets[0].server.stop();
    for (let round = 0; round < 5; round += 1) await versions();
    await going;
    expect([...(await versions())]).toEqual(["two"]);
  });
});
