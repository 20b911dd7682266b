import type { BacktestLine, BacktestRequest } from "../wire/mod.ts";
import type { CallOptions } from "./asker.ts";
import { ClientError } from "./client-error.ts";
import { load } from "./load.ts";
import { keyOf, problemIn, wordsFor } from "./one-try.ts";
import { type ClientOptions, settingsOf } from "./options.ts";
import { retryAfterMs } from "./retry-after.ts";

/**
 * What a filter would have signalled at each close of a range, as an async iterable of lines: `progress`, a `signal` each, and at the end the
 * `result`. `options`: as of a client. Leaving the loop stops the backtest. Isn't retried. Throws ClientError, and the signal's reason when that is
 * aborted. A function and no method, so that pages without backtests don't carry it.
 *
 * @example
 * for await (const { signal, result } of backtest({ url, apiKey }, { code, from: "2026-08-01T00:00Z" })) {
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
