import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/cli/clock.ts";
import { type Kline, type OpenTimeRange, openTimeOf, type UnixMs } from "../../src/core/mod.ts";
import { createExchange, type Exchange, parseFaults } from "../../src/exchange/mod.ts";
import { HoldableClock } from "../helpers/holdable-clock.ts";
import { sized } from "../helpers/size.ts";
import { startTurnedExchange } from "../helpers/turned-exchange.ts";

const ROOT = join(import.meta.dir, "../..");
const MINUTE = 60_000;
const START = Date.UTC(2026, 1, 10, 12) as UnixMs;

type Command = Bun.Subprocess<"ignore", "pipe", "inherit" | "ignore">;

let folder: string;
const exchanges: Exchange[] = [];
const servers: Command[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vyx-faults-"));
});

afterEach(async () => {
  for (const server of servers.splice(0)) await killed(server);
  for (const exchange of exchanges.splice(0)) await exchange.stop();
  rmSync(folder, { recursive: true });
});

function start(options: Partial<Parameters<typeof createExchange>[0]>): Exchange {
  const exchange = createExchange({ port: 0, clock: systemClock, start: START, ...options });
  exchanges.push(exchange);
  return exchange;
}

/** A server in a process of its own, on what the test's exchange tells. */
async function serve(exchange: Exchange, ...args: string[]): Promise<{ url: string; process: Command }> {
  const url = String(exchange.url);
  const process = Bun.spawn(
    [
      globalThis.process.execPath,
      "--no-orphans",
      join(ROOT, "src/cli/main.ts"),
      "serve",
      ...["--port", "0", "--data-dir", folder, "--log-level", "error"],
      ...["--exchange-rest", url, "--exchange-ws", url.replace("http", "ws"), ...args],
    ],
    { stdin: "ignore", stdout: "pipe", stderr: "inherit" },
  );
  servers.push(process);
  const { value } = await process.stdout.getReader().read();
  return { url: JSON.parse(new TextDecoder().decode(value)).listening, process };
}

/** The names of the checkpoints in the folder; each new one has the next number. */
function checkpoints(): string[] {
  return readdirSync(folder).filter((name) => /^checkpoint-\d+\.vyx$/.test(name));
}

async function killed(process: Command): Promise<void> {
  process.kill("SIGKILL");
  await process.exited;
}

async function read<T>(url: string, path: string): Promise<T> {
  return (await (await fetch(`${url}${path}`)).json()) as T;
}

async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await Bun.sleep(100);
}

describe("a server in a process of its own", () => {
  test("through cuts, stalls, lost closes, garbage and 429 every kline comes right, and no hole is left", async () => {
    const SYMBOLS = sized(4, 7);
    const exchange = start({
      symbols: SYMBOLS,
      speed: 90,
      seed: 11,
      faults: parseFaults("disconnect=20/h,stall=6/h,no-close=0.03,garbage=0.01,http-429=6/h"),
    });
    const { url } = await serve(exchange, "--intervals", "1m,5m", "--capacity", "500");
    await eventually(() => exchange.now() >= START + sized(15, 30) * MINUTE);
    exchange.calm();
    const to = openTimeOf("1m", exchange.now()) - MINUTE;
    const from = START - 10 * MINUTE;
    const isComplete = async (symbol: string): Promise<boolean> => {
      const answer = await read<{ complete: boolean; count: number }>(
        url,
        `/klines/${symbol}/1m?startTime=${from}&endTime=${to}&closed=true&limit=500`,
      );
      return answer.complete && answer.count === (to - from) / MINUTE + 1;
    };
    for (const symbol of exchange.symbols) await eventually(() => isComplete(symbol));
    for (const symbol of exchange.symbols) {
      const path = `/klines/${symbol}/1m?startTime=${from}&endTime=${to}&limit=500`;
      const { klines } = await read<{ klines: Kline[] }>(url, path);
      expect(klines).toEqual([...exchange.truth(symbol, from, to)]);
      const coverage = await read<{ holes: OpenTimeRange[]; sources: { rest: number } }>(url, `/coverage/${symbol}/1m`);
      expect(coverage.holes).toEqual([]);
    }
    const happened = exchange.faults();
    for (const kind of ["disconnect", "no-close", "garbage"] as const) expect(happened[kind]).toBeGreaterThan(0);
    expect(exchange.callsWhileBanned()).toBe(0);
  });

  test("under a ban it asks nothing, however often it is restarted", async () => {
    // The ban comes with the first call after 30 s of market time, and lasts 2 to 5 market minutes: 8 to 20 s.
    // Market time stands still until a checkpoint holds the candles, however slow the machine is.
    const clock = new HoldableClock();
    clock.hold();
    const exchange = start({ clock, symbols: 3, speed: 15, seed: 3, faults: parseFaults("http-418@30s") });
    const args = ["--intervals", "1m", "--capacity", "60", "--audit-every", "0.2", "--checkpoint-every", "0.5"];
    let { url, process } = await serve(exchange, ...args);
    const hasCandles = async (): Promise<boolean> =>
      (await read<{ count?: number }>(url, "/klines/BTCUSDT/1m?limit=20")).count === 20;
    await eventually(hasCandles);
    const earlier = checkpoints();
    await eventually(() => checkpoints().some((name) => !earlier.includes(name)));
    clock.release();
    await eventually(() => exchange.faults()["http-418"] === 1);
    const bannedAt = exchange.now();
    await eventually(() => existsSync(join(folder, "bans.json")));
    // Each restart takes a second or so; on a machine that is busy, fewer than five fit into the ban.
    let restarts = 0;
    for (; restarts < 5 && exchange.now() - bannedAt < 100_000; restarts += 1) {
      await killed(process);
      ({ url, process } = await serve(exchange, ...args));
      // It serves what its checkpoint holds, without having asked anybody.
      expect(await hasCandles()).toBe(true);
    }
    expect(restarts).toBeGreaterThan(0);
    expect(exchange.callsWhileBanned()).toBe(0);
    await eventually(async () => (await fetch(`${url}/ready`)).ok);
    expect(exchange.now() - bannedAt).toBeGreaterThanOrEqual(120_000);
    expect(exchange.callsWhileBanned()).toBe(0);
  });

  test("what was delisted while it was down stays readable after a restart, and holds up neither the others nor the start", async () => {
    const exchange = startTurnedExchange({ symbols: 4, start: START, seed: 5, faults: parseFaults("delist@25m") });
    exchanges.push(exchange);
    const args = ["--intervals", "1m", "--capacity", "60", "--symbols", exchange.symbols.join()];
    const first = await serve(exchange, ...args);
    await exchange.passUntil(async () => {
      const counts = exchange.symbols.map((symbol) => read<{ count: number }>(first.url, `/klines/${symbol}/1m`));
      return (await Promise.all(counts)).every(({ count }) => count >= 30);
    });
    expect(exchange.now()).toBeLessThan(START + 25 * MINUTE);
    first.process.kill("SIGTERM");
    await first.process.exited;
    const listed = async (): Promise<number> =>
      (await read<{ symbols: unknown[] }>(String(exchange.url), "/api/v3/exchangeInfo")).symbols.length;
    await exchange.pass(START + 26 * MINUTE - exchange.now());
    await exchange.passUntil(async () => (await listed()) < 4);
    const { url } = await serve(exchange, ...args);
    type Symbols = { symbols: { symbol: string; status: string }[] };
    await exchange.passUntil(async () => {
      const { symbols } = await read<Symbols>(url, "/symbols");
      return symbols.some(({ status }) => status === "DELISTED");
    });
    const { symbols } = await read<Symbols>(url, "/symbols");
    const gone = symbols.find(({ status }) => status === "DELISTED")?.symbol;
    expect(symbols).toHaveLength(4);
    expect((await read<{ count: number }>(url, `/klines/${gone}/1m?limit=20`)).count).toBe(20);
    await exchange.passUntil(async () => (await read<{ status: string }>(url, "/health")).status === "ok");
  });
});
