import type { ExplainAnswer, ExplainRequest } from "../wire/mod.ts";
import { Asker, type CallOptions } from "./asker.ts";
import { type ClientOptions, settingsOf } from "./options.ts";
import { rare } from "./reader.ts";

/** How much longer than a read an explanation may take, in milliseconds. */
const EXPLAIN_MS = 2_000;

/**
 * Why a filter matched, or didn't, for one symbol at one close: each condition with its values. `options`: as of a client. It changes nothing on
 * the server, so it is retried like a read. Throws ClientError, and the signal's reason when that is aborted. A function and no method, so that
 * pages without explanations don't carry it.
 *
 * @example
 * const { match, conditions } = await explain({ url, apiKey }, { code, symbol: "BTCUSDT" });
 * for (const { text, verdict, values } of conditions) console.log(text, verdict, values);
 */
export async function explain(
  options: ClientOptions,
  request: ExplainRequest,
  call?: CallOptions,
): Promise<ExplainAnswer> {
  const question = {
    method: "POST",
    path: "/explain",
    body: request,
    reader: rare((all) => all.explainSchema()),
  } as const;
  return await new Asker(settingsOf(options)).ask({ ...question, computesMs: EXPLAIN_MS }, call);
}
