import type { ExplainAnswer, ExplainRequest } from "../wire/mod.ts";
import type { CallOptions } from "./asker.ts";
import { computed } from "./computed.ts";
import type { ClientOptions } from "./options.ts";
import { rare } from "./reader.ts";

/** How much longer than a read an explanation may take, in milliseconds. */
const EXPLAIN_MS = 2_000;

/**
 * Why a filter matched, or didn't, for one symbol at one close: each condition with its values. `options`: as of a client. It changes nothing on
 * the server, so it is retried like a read. `closeTime` is Unix milliseconds; the last close unless said. May take two seconds; the time limit of a
 * try is that much longer.
 *
 * @throws ClientError `unknown_symbol`; `invalid_parameter` for a filter that can't run; the signal's reason when that is aborted
 * @example
 * const code = 'return rsi(candles("1h").close, 14).at(-1) < 30;';
 * const { match, conditions } = await explain({ url: "http://127.0.0.1:8080" }, { code, symbol: "BTCUSDT" });
 * console.log(match);
 * for (const { text, verdict, values } of conditions) console.log(text, verdict, values);
 */
export async function explain(
  options: ClientOptions,
  request: ExplainRequest,
  call?: CallOptions,
): Promise<ExplainAnswer> {
  return await computed(
    options,
    { path: "/explain", body: request, reader: rare((all) => all.explainSchema()), computesMs: EXPLAIN_MS },
    call,
  );
}
