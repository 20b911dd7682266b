import type { ComparisonAnswer, ComparisonRequest } from "../wire/mod.ts";
import type { CallOptions } from "./asker.ts";
import { computed } from "./computed.ts";
import type { ClientOptions } from "./options.ts";
import { rare } from "./reader.ts";

/** How much longer than a read it may take, in milliseconds. */
const COMPARISON_MS = 60_000;

/**
 * Compares the returns after signals with those after all closes of the same symbols, as `client.traders.performance` does for stored
 * signals. `options`: as of a client. It is retried like a read. Times are Unix milliseconds, or ISO 8601 with a zone; returns are in percent.
 * May take a minute; the time limit of a try is that much longer.
 *
 * @throws ClientError `invalid_parameter` where there is no history of the symbols, or closes are too many; the signal's reason when that is aborted
 * @example
 * const closes = [["2026-02-01T00:59:59.999Z", "2026-02-10T23:59:59.999Z"]] as const;
 * const signals = [{ closeTime: "2026-02-03T08:59:59.999Z", returns: [0.2, 0.4, -0.1, null] }];
 * const request = { market: "binance", interval: "1h", symbols: ["BTCUSDT"], closes, signals, feesPercent: 0.2 } as const;
 * const { outcomes } = await comparison({ url: "http://127.0.0.1:8080" }, request);
 * for (const { horizon, edge } of outcomes) console.log(horizon, edge.says);
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
