import type { BacktestLine, BacktestRequest } from "../wire/mod.ts";
import type { CallOptions } from "./asker.ts";
import { ClientError } from "./client-error.ts";
import { load } from "./load.ts";
import { keyOf, problemIn, wordsFor } from "./one-try.ts";
import { type ClientOptions, settingsOf } from "./options.ts";
import { retryAfterMs } from "./retry-after.ts";

/**
 * What a filter would have signalled at each close of a range, as an async iterable of lines: `progress`, a `signal` each, and at the end the
 * `result`. `options`: as of a client. Leaving the loop stops the backtest. It isn't retried. Times are Unix milliseconds, or ISO 8601 with a zone.
 *
 * @throws ClientError, for example `invalid_parameter` for a filter that can't run; the signal's reason when that is aborted
 * @example
 * const code = 'return rsi(candles("1h").close, 14).at(-1) < 30;';
 * for await (const { result } of backtest({ url: "http://127.0.0.1:8080" }, { code, from: "2026-08-01T00:00Z" })) {
 *   if (result !== undefined) console.log(result.outcomes);
 * }
 */
export async function* backtest(
  options: ClientOptions,
  request: BacktestRequest,
  call: CallOptions = {},
): AsyncGenerator<BacktestLine, void> {
  const tools = { ClientError, settings: settingsOf(options), keyOf, problemIn, wordsFor, retryAfterMs };
  const { backtestLines } = await load(() => import("./backtest-lines.ts"));
  yield* backtestLines(tools, request, call);
}
