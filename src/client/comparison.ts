import { type ComparisonAnswer, type ComparisonRequest, comparisonSchema } from "../wire/mod.ts";
import { Asker, type CallOptions } from "./asker.ts";
import { type ClientOptions, settingsOf } from "./options.ts";

/** How much longer than a read it may take, in milliseconds. */
const COMPARISON_MS = 60_000;

/**
 * Compares the returns after signals with those after all closes of the same symbols, as `client.traders.performance` does for stored
 * signals. `options`: as of a client. It is retried like a read. Throws ClientError, and the signal's reason when that is aborted.
 *
 * @example
 * const closes = [[firstClose, lastClose]] as const;
 * const { outcomes } = await comparison({ url, apiKey }, { market: "binance", interval: "1h", symbols: null, closes, signals, feesPercent: 0 });
 * console.log(outcomes[0].edge.says);
 */
export async function comparison(
  options: ClientOptions,
  request: ComparisonRequest,
  call?: CallOptions,
): Promise<ComparisonAnswer> {
  const question = { method: "POST", path: "/performance", body: request, schema: comparisonSchema } as const;
  return await new Asker(settingsOf(options)).ask({ ...question, computesMs: COMPARISON_MS }, call);
}
