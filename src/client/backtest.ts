import { type BacktestLine, type BacktestRequest, backtestLineSchema, NDJSON_TYPE, readAnswer } from "../wire/mod.ts";
import type { CallOptions } from "./asker.ts";
import { ClientError, isProblemCode } from "./client-error.ts";
import { keyOf, problemIn, wordsFor } from "./one-try.ts";
import { type ClientOptions, type ClientSettings, settingsOf } from "./options.ts";
import { retryAfterMs } from "./retry-after.ts";

const NAME = "POST /backtest";

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
  { signal }: CallOptions = {},
): AsyncGenerator<BacktestLine, void> {
  const settings = settingsOf(options);
  try {
    let hasResult = false;
    for await (const text of textsOf(await received(settings, request, signal))) {
      const line = lineIn(text);
      yield line;
      hasResult = line.result !== undefined;
    }
    // The answer ends once the server has given the backtest's place back: the next one may begin.
    if (hasResult) return;
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    if (cause instanceof ClientError) throw cause;
    throw new ClientError("network", `${NAME}: the connection was cut before the result: ${wordsFor(cause)}`, {
      cause,
    });
  }
  throw new ClientError("network", `${NAME}: the answer ended before its result`);
}

async function received(
  settings: ClientSettings,
  request: BacktestRequest,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const { url, fetch, clock } = settings;
  const apiKey = await keyOf(settings, NAME);
  const headers: Record<string, string> = { accept: NDJSON_TYPE, "content-type": "application/json" };
  if (apiKey !== undefined) headers.authorization = `Bearer ${apiKey}`;
  const address = `${url.origin}${url.pathname.replace(/\/$/, "")}/backtest`;
  const init = { method: "POST", headers, body: JSON.stringify(request), ...(signal === undefined ? {} : { signal }) };
  const response = await fetch(address, init).catch((cause: unknown) => {
    if (signal?.aborted) throw signal.reason;
    throw new ClientError("network", `${NAME}: the server can't be reached: ${wordsFor(cause)}`, { cause });
  });
  if (response.ok) return response;
  const details = { status: response.status, requestId: response.headers.get("x-request-id") ?? undefined };
  const waitMs = retryAfterMs(response.headers, clock.now());
  throw problemIn(NAME, await response.text(), { ...details, retryAfterMs: waitMs });
}

function lineIn(text: string): BacktestLine {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ClientError("bad_answer", `${NAME}: a line of the answer is not JSON`, { cause });
  }
  const read = readAnswer(backtestLineSchema, value);
  if ("fault" in read) throw new ClientError("bad_answer", `${NAME}: the answer is not as agreed: ${read.fault}`);
  const { problem } = read.answer;
  if (problem === undefined) return read.answer;
  throw new ClientError(isProblemCode(problem.code) ? problem.code : "http_error", `${NAME}: ${problem.detail}`);
}

/** The lines of a body that aren't empty. Ends the connection when its reader leaves. */
async function* textsOf({ body }: Response): AsyncGenerator<string, void> {
  const reader = body?.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = (await reader?.read()) ?? { done: true as const, value: undefined };
      if (done) return;
      const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line !== "") yield line;
    }
  } finally {
    await reader?.cancel().catch(() => {});
  }
}
