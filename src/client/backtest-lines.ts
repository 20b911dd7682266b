import {
  type BacktestLine,
  type BacktestRequest,
  backtestLineSchema,
  isProblemCode,
  NDJSON_TYPE,
  readAnswer,
} from "../wire/mod.ts";
import type { CallOptions } from "./asker.ts";
import type { ClientError } from "./client-error.ts";
import type { keyOf, problemIn, wordsFor } from "./one-try.ts";
import type { ClientSettings } from "./options.ts";
import type { retryAfterMs } from "./retry-after.ts";

const NAME = "POST /backtest";

/**
 * What this needs of the client, whose errors it throws. Passed in, as this file is loaded on its own once the client is built: what it
 * imported would be in it a second time.
 */
export interface BacktestTools {
  readonly ClientError: typeof ClientError;
  readonly settings: ClientSettings;
  readonly keyOf: typeof keyOf;
  readonly problemIn: typeof problemIn;
  readonly wordsFor: typeof wordsFor;
  readonly retryAfterMs: typeof retryAfterMs;
}

/** The lines of a backtest: see `backtest`. */
export async function* backtestLines(
  tools: BacktestTools,
  request: BacktestRequest,
  { signal }: CallOptions,
): AsyncGenerator<BacktestLine, void> {
  const { ClientError, wordsFor } = tools;
  try {
    let hasResult = false;
    for await (const text of textsOf(await received(tools, request, signal))) {
      const line = lineIn(tools, text);
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
  { ClientError, settings, keyOf, problemIn, wordsFor, retryAfterMs }: BacktestTools,
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
    throw new ClientError("network", `${NAME}: the server at ${url.origin} can't be reached: ${wordsFor(cause)}`, {
      cause,
    });
  });
  if (response.ok) return response;
  const details = { status: response.status, requestId: response.headers.get("x-request-id") ?? undefined };
  const waitMs = retryAfterMs(response.headers, clock.now());
  throw problemIn(NAME, await response.text(), { ...details, retryAfterMs: waitMs });
}

function lineIn({ ClientError }: BacktestTools, text: string): BacktestLine {
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
