import { createLog } from "../../src/cli/log.ts";
import { readSettings } from "../../src/cli/read-settings.ts";
import { type RunningVyx, startVyx } from "../../src/cli/serve.ts";
import type { Settings } from "../../src/cli/settings.ts";
import type { Exchange } from "../../src/exchange/mod.ts";
import { until } from "./until.ts";

/** How long a market whose clock the test turns may stand still. */
const STANDS_STILL_SECONDS = "3600";

/** A server on a stand-in, as `vyx serve` puts it together, on a port of its own; keeps nothing on disk unless it is told to. */
export async function startOn(
  exchange: Exchange,
  flags: Partial<Record<keyof Settings, string>> = {},
): Promise<RunningVyx> {
  const addresses = { exchangeRest: exchange.url, exchangeWs: exchange.url.replace("http", "ws") };
  // Such a market stands still between two turns of the test's clock, which on a slow machine would look like silence.
  const patience = "passDuring" in exchange ? { staleAfter: STANDS_STILL_SECONDS } : {};
  const { settings } = readSettings(
    { port: "0", logLevel: "error", symbols: "*", dataDir: "none", ...addresses, ...patience, ...flags },
    {},
  );
  return await startVyx(settings, createLog(settings.logLevel));
}

/** Reads a JSON answer that must be good. */
export async function getJson<T>(vyx: RunningVyx, path: string): Promise<T> {
  const response = await fetch(`${vyx.url}${path}`);
  if (!response.ok) throw new Error(`${path}: ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** Waits until every series was read and the feed is live. */
export async function untilReady(vyx: RunningVyx): Promise<void> {
  let isReady = false;
  while (!isReady) {
    isReady = await fetch(`${vyx.url}/ready`).then((response) => response.ok);
    if (!isReady) await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A WebSocket that keeps what it hears, subscribed to channels. */
export async function subscribe(
  vyx: RunningVyx,
  channels: readonly string[],
): Promise<{ heard: Record<string, unknown>[]; socket: WebSocket }> {
  const socket = new WebSocket(`${vyx.url.replace("http", "ws")}/ws`);
  const heard: Record<string, unknown>[] = [];
  socket.onmessage = ({ data }) => heard.push(JSON.parse(data));
  await until(() => heard.length > 0);
  socket.send(JSON.stringify({ op: "subscribe", channels }));
  await until(() => heard.some(({ type }) => type === "ack"));
  return { heard, socket };
}
