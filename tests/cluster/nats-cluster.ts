import { createLog } from "../../src/cli/log.ts";
import { readSettings } from "../../src/cli/read-settings.ts";
import { type RunningVyx, startVyx } from "../../src/cli/serve.ts";
import type { Settings } from "../../src/cli/settings.ts";
import type { Interval, UnixMs } from "../../src/core/mod.ts";
import type { Exchange } from "../../src/exchange/mod.ts";
import type { RunningNats } from "../helpers/nats.ts";
import { until } from "../helpers/until.ts";
import { closedKlines, overRange } from "./chain.ts";

/** The intervals that the nodes of a test serve. */
export const INTERVALS: readonly Interval[] = ["1m", "5m", "15m"];

/** Klines of a series that they keep. */
export const CAPACITY = 200;

/** The flags of a node: without the market of `ingest` nodes, which is the exchange's. */
export function nodeFlags(
  role: "ingest" | "serve",
  nats: readonly Pick<RunningNats, "url">[],
  exchange: { readonly url: URL | string },
  speed: number,
): Partial<Record<keyof Settings, string>> {
  const url = String(exchange.url).replace(/\/$/, "");
  return {
    ...{ role, port: "0", logLevel: "error", dataDir: "none", nats: nats.map((one) => one.url).join() },
    ...{ intervals: INTERVALS.join(), capacity: String(CAPACITY), exchangeSpeed: String(speed), auditEvery: "0.2" },
    ...(role === "ingest" ? { symbols: "*", exchangeRest: url, exchangeWs: url.replace("http", "ws") } : {}),
  };
}

/** A node in this process. */
export async function startNode(flags: Partial<Record<keyof Settings, string>>): Promise<RunningVyx> {
  const { settings } = readSettings(flags, {});
  return await startVyx(settings, createLog(settings.logLevel));
}

/** Resolves once a node says that it is ready. */
export async function ready(url: string): Promise<void> {
  await until(async () => (await fetch(`${url}/ready`)).ok);
}

/** Resolves once a node has exactly the exchange's closed klines from an open time on. */
export async function sameAsTruth(url: string, exchange: Exchange, from: UnixMs): Promise<void> {
  for (const symbol of exchange.symbols) {
    for (const interval of INTERVALS) {
      const range = overRange(exchange, interval, from);
      await until(async () => {
        const truth = exchange.truth(symbol, range.from, range.to, interval);
        return Bun.deepEquals(await closedKlines(url, symbol, interval, range), truth);
      });
    }
  }
}
