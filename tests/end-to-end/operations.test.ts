import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../helpers/until.ts";

const ROOT = join(import.meta.dir, "../..");
const MAIN = join(ROOT, "src/cli/main.ts");
const folder = mkdtempSync(join(tmpdir(), "vyx-operations-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

interface Running {
  readonly process: Bun.Subprocess;
  readonly url: string;
  /** All that it printed on stderr so far. */
  readonly log: () => string;
}

const running: Running[] = [];
afterEach(async () => {
  for (const { process } of running.splice(0)) {
    process.kill("SIGCONT");
    process.kill("SIGKILL");
    await process.exited;
  }
});

let logs = 0;

/** Starts `vyx …` in a process of its own, its log in a file. */
async function vyx(args: readonly string[], environment: Record<string, string> = {}): Promise<Running> {
  logs += 1;
  const file = join(folder, `${logs}.log`);
  const process_ = Bun.spawn([process.execPath, MAIN, ...args], {
    stdout: "pipe",
    stderr: Bun.file(file),
    env: { ...process.env, ...environment },
  });
  const log = (): string => readFileSync(file, "utf8");
  const reader = process_.stdout.getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`it ended: ${log()}`);
    text += new TextDecoder().decode(value);
  }
  const { listening } = JSON.parse(text) as { listening: string };
  const started = { process: process_, url: listening, log };
  running.push(started);
  return started;
}

async function startPair(...flags: string[]): Promise<{ exchange: Running; server: Running }> {
  const exchange = await vyx(["exchange", "--port", "0", "--symbols", "3"]);
  const to = ["--exchange-rest", exchange.url, "--exchange-ws", exchange.url.replace("http", "ws")];
  const server = await vyx(["serve", "--port", "0", "--symbols", "*", "--data-dir", "none", ...to, ...flags]);
  await until(async () => (await fetch(`${server.url}/ready`)).ok);
  return { exchange, server };
}

describe("an exchange that falls silent", () => {
  test("makes the stale-feed alert's condition true, /ready false and /health degraded, and all three end with it", async () => {
    const { exchange, server } = await startPair("--stale-after", "2");
    const lag = async (): Promise<number> => {
      const text = await (await fetch(`${server.url}/metrics`)).text();
      return Number(/^vyx_feed_lag_seconds\S* (\S+)$/m.exec(text)?.[1]);
    };
    // The alert's own threshold is 10 s; here it is what --stale-after says, so that the test needn't wait so long.
    const alerts = readFileSync(join(ROOT, "deploy/prometheus/alerts.yaml"), "utf8");
    expect(alerts).toContain("(vyx_feed_lag_seconds > 10 or ");
    await until(async () => (await lag()) < 2);
    exchange.process.kill("SIGSTOP");
    await until(async () => (await lag()) > 2);
    const ready = await fetch(`${server.url}/ready`);
    expect(ready.status).toBe(503);
    expect(String(((await ready.json()) as { reasons: string[] }).reasons)).toMatch(
      /the exchange has said nothing for \d+ s/,
    );
    const health = (await (await fetch(`${server.url}/health`)).json()) as { status: string };
    expect(health.status).toBe("degraded");
    expect(await (await fetch(`${server.url}/metrics`)).text()).toContain("\nvyx_ready 0\n");
    exchange.process.kill("SIGCONT");
    await until(async () => (await fetch(`${server.url}/ready`)).ok);
    await until(async () => (await lag()) < 2);
    expect(await (await fetch(`${server.url}/metrics`)).text()).toContain("\nvyx_ready 1\n");
  });
});

describe("secrets", () => {
  test("no key and no ticket that a run used is in its log, whatever was done with it, at the most talkative level", async () => {
    const file = join(folder, "keys.json");
    const made = (name: string): string => {
      const args = ["keys", "create", "--name", name, "--scopes", "read,stream,metrics,admin", "--keys-file", file];
      return Bun.spawnSync([process.execPath, MAIN, ...args])
        .stdout.toString()
        .trim();
    };
    const [key, other] = [made("one"), made("two")];
    const { server } = await startPair("--keys-file", file, "--log-level", "trace", "--request-log-rate", "1000000");
    const ask = async (path: string, headers: Record<string, string>, method = "GET"): Promise<Response> =>
      await fetch(server.url + path, { method, headers });
    const tickets: string[] = [];
    for (const headers of [{ "x-api-key": key }, { authorization: `Bearer ${other}` }] as Record<string, string>[]) {
      for (const path of ["/symbols", "/klines/BTCUSDT/1m", "/nothing", "/metrics", "/log-level", "/ws"]) {
        await (await ask(path, headers)).arrayBuffer();
      }
      const { ticket } = (await (await ask("/tickets", headers, "POST")).json()) as { ticket: string };
      tickets.push(ticket);
      // In places where they don't belong.
      await ask(`/klines/BTCUSDT/1m?key=${key}`, headers);
      await ask(`/${key}`, headers);
      await ask(`/ws?ticket=${ticket}`, headers);
      await ask("/symbols", { "x-api-key": `${key}x`, authorization: key });
    }
    for (const ticket of tickets) {
      const socket = new WebSocket(`${server.url.replace("http", "ws")}/ws?ticket=${ticket}`);
      await new Promise((resolve) => {
        socket.onclose = resolve;
        socket.onmessage = resolve;
      });
      socket.close();
    }
    server.process.kill("SIGTERM");
    await server.process.exited;
    const log = server.log();
    // It is the log of all that: every request has its line.
    expect(log.split("\n").filter((line) => line.includes('"msg":"request"')).length).toBeGreaterThan(20);
    expect(log).toContain('"key":"one"');
    for (const secret of [key, other, ...tickets]) {
      expect(secret.length).toBeGreaterThan(20);
      expect(log).not.toContain(secret);
    }
    expect(readFileSync(file, "utf8")).not.toContain(key);
  });
});
