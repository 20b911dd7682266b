import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keyHash } from "../../src/server/mod.ts";
import type { Scope } from "../../src/wire/mod.ts";
import { dataFolder } from "../helpers/made-database.ts";
import { listening, startVyxProcess } from "../helpers/vyx-process.ts";
import { attackerKey, HEALTHY_KEY, OPERATOR_KEY } from "./keys.ts";

/** What an ordinary user may do, and how often without being given more. */
const ORDINARY: readonly Scope[] = ["read", "stream", "screen", "trade"];
const ORDINARY_RATE = "600/min";

/** How large a market, and how fast it moves. */
export interface MarketSize {
  readonly symbols: number;
  /** Market seconds a second. */
  readonly speed: number;
}

/** A server on a stand-in exchange, each a process of its own. */
export interface Target {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts both, with a key for each attacker, and waits until the server has its whole market. */
export async function startTarget({ symbols, speed }: MarketSize, attackers: readonly string[]): Promise<Target> {
  const folder = await dataFolder();
  const keysFile = join(folder, "keys.json");
  const keys = [
    { name: "healthy", hash: keyHash(HEALTHY_KEY), scopes: ORDINARY, rate: "60000/min" },
    { name: "operator", hash: keyHash(OPERATOR_KEY), scopes: ["metrics"], rate: ORDINARY_RATE },
    ...attackers.map((name) => {
      return { name, hash: keyHash(attackerKey(name)), scopes: ORDINARY, rate: ORDINARY_RATE };
    }),
  ].map((key) => ({ ...key, origins: [], createdAt: 0 }));
  writeFileSync(keysFile, JSON.stringify({ version: 1, keys }), { mode: 0o600 });
  const exchange = startVyxProcess(["exchange", "--port", "0", "--symbols", String(symbols), "--speed", String(speed)]);
  const exchangeUrl = await listening(exchange);
  const server = startVyxProcess([
    ...["serve", "--port", "0", "--symbols", "*", "--quote", "USDT", "--data-dir", folder, "--keys-file", keysFile],
    ...["--exchange-rest", exchangeUrl, "--exchange-ws", exchangeUrl.replace("http", "ws"), "--weight-share", "100"],
    ...["--trusted-proxies", "127.0.0.1", "--log-level", "error"],
  ]);
  const stop = async (): Promise<void> => {
    for (const one of [server, exchange]) one.kill("SIGTERM");
    await Promise.all([server.exited, exchange.exited]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const url = await listening(server);
    while (!(await fetch(`${url}/ready`)).ok) await Bun.sleep(200);
    return { url, pid: server.pid, stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}
