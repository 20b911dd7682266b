import type { OutcomesAnswer, OutcomesRequest } from "../wire/mod.ts";
import type { CallOptions } from "./asker.ts";
import { computed } from "./computed.ts";
import type { ClientOptions } from "./options.ts";
import { rare } from "./reader.ts";

/** How much longer than a read it may take where the server reads its history, in milliseconds. */
const OUTCOMES_MS = 10_000;

/**
 * What became of the price after signals of yours, up to 500 at a time: after 1, 4, 16 and 96 candles of each one's interval, from closed candles
 * only. `options`: as of a client. It changes nothing on the server, so it is retried like a read. `closeTime` is Unix milliseconds, or ISO 8601
 * with a zone; returns are in percent. Signals that a server stored have their outcomes already: `client.signals.list()`.
 *
 * @throws ClientError `invalid_parameter` for a signal that can't be; the signal's reason when that is aborted
 * @example
 * const signal = { symbol: "BTCUSDT", interval: "1h", closeTime: "2026-02-10T00:59:59.999Z", price: 64_000 } as const;
 * const { outcomes: found } = await outcomes({ url: "http://127.0.0.1:8080" }, { signals: [signal] });
 * for (const { horizon, state, returnPercent } of found[0] ?? []) console.log(horizon, state, returnPercent);
 */
export async function outcomes(
  options: ClientOptions,
  request: OutcomesRequest,
  call?: CallOptions,
): Promise<OutcomesAnswer> {
  return await computed(
    options,
    { path: "/outcomes", body: request, reader: rare((all) => all.outcomesSchema), computesMs: OUTCOMES_MS },
    call,
  );
}
