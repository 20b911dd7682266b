import { createLog } from "../../src/cli/log.ts";
import { readSettings } from "../../src/cli/read-settings.ts";
import { type RunningVyx, startVyx } from "../../src/cli/serve.ts";
import type { Settings } from "../../src/cli/settings.ts";
import { type Interval, type Kline, openTimeOf, type UnixMs } from "../../src/core/mod.ts";
import type { Exchange } from "../../src/exchange/mod.ts";
import type { KlinesAnswer } from "../../src/wire/mod.ts";

/** A server that follows another one, as `vyx serve --upstream` puts it together, on a port of its own. */
export async function startFollower(
  upstream: string,
  flags: Partial<Record<keyof Settings, string>> = {},
): Promise<RunningVyx> {
  const { settings } = readSettings({ port: "0", logLevel: "error", dataDir: "none", upstream, ...flags }, {});
  return await startVyx(settings, createLog(settings.logLevel));
}

/** The closed klines that a server has in a range of open times; undefined while it isn't certain of them. */
export async function closedKlines(
  url: string,
  symbol: string,
  interval: Interval,
  range: { readonly from: UnixMs; readonly to: UnixMs },
): Promise<readonly Kline[] | undefined> {
  const query = `startTime=${range.from}&endTime=${range.to}&closed=true&limit=200`;
  const answer = await fetch(`${url}/klines/${encodeURIComponent(symbol)}/${interval}?${query}`);
  if (!answer.ok) return undefined;
  const { klines, settled } = (await answer.json()) as KlinesAnswer;
  return settled ? (klines as readonly Kline[]) : undefined;
}

/** The candles that opened from `from` on and are over at the exchange. */
export function overRange(exchange: Exchange, interval: Interval, from: UnixMs): { from: UnixMs; to: UnixMs } {
  const to = (openTimeOf(interval, exchange.now()) - 1) as UnixMs;
  return { from: openTimeOf(interval, from), to: openTimeOf(interval, to) };
}
