import type { ComparisonAnswer, ComparisonRequest } from "../wire/mod.ts";
import type { CallOptions } from "./asker.ts";
import { computed } from "./computed.ts";
import type { ClientOptions } from "./options.ts";
import { rare } from "./reader.ts";

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
  return await computed(
    options,
    { path: "/performance", body: request, reader: rare((all) => all.comparisonSchema), computesMs: COMPARISON_MS },
    call,
  );
}
