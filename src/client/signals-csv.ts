import type { ListedSignal } from "../wire/mod.ts";
import { load } from "./load.ts";

/**
 * Signals with their outcomes as comma-separated values, as `GET signals` answers with `Accept: text/csv`: a line each, ended by CRLF, times in
 * ISO 8601, returns in percent. A text that a spreadsheet would take for a formula gets an apostrophe in front. With `traderName` there is a column
 * `trader` for the name of each one's trader.
 *
 * @throws ClientError `network` where this part of the client can't be loaded
 * @example
 * const { signals } = await client.signals.list({ limit: 500 });
 * console.log(await signalsCsv(signals));
 */
export async function signalsCsv(
  signals: readonly ListedSignal[],
  traderName?: (traderId: string) => string,
): Promise<string> {
  return (await load(() => import("./rare-answers.ts"))).signalsCsv(signals, traderName);
}
