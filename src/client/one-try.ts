import { checkProblem, checkUnavailable, isProblemCode, readChecked } from "../wire/mod.ts";
import { ClientError, type ClientErrorDetails } from "./client-error.ts";
import type { ClientSettings } from "./options.ts";
import type { Reader, ReaderSource } from "./reader.ts";
import { retryAfterMs } from "./retry-after.ts";
import { TIME_IS_UP, within } from "./time-limit.ts";

/** A question to a server. */
export interface Question<T> {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** With its query. */
  readonly path: string;
  readonly body?: unknown;
  readonly reader: ReaderSource<T>;
  /** Whether the answer is plain text, which the reader takes, and not JSON. */
  readonly isText?: boolean;
  /** An error status whose body is an answer all the same, if it reads as one. */
  readonly alsoAnswers?: number;
  /** How long the server may compute before it answers, in milliseconds: a try may take so much longer. */
  readonly computesMs?: number;
  /** Whether doing it twice would be wrong: then it is only tried again where the server said that it did nothing. */
  readonly isOnce?: boolean;
}

/** Asks once. Rejects with ClientError, or with the signal's reason when that is aborted. */
export async function tryOnce<T>(
  settings: ClientSettings,
  question: Question<T>,
  limitMs: number,
  signal: AbortSignal | undefined,
): Promise<T> {
  const name = `${question.method} ${question.path}`;
  const [{ response, text }, reader] = await within({ clock: settings.clock, limitMs, signal }, (stop) =>
    Promise.all([received(settings, question, name, stop), question.reader()]),
  ).catch((cause: unknown) => {
    if (signal?.aborted) throw signal.reason;
    if (cause instanceof ClientError) throw cause;
    if (cause === TIME_IS_UP) throw new ClientError("timeout", `${name}: no whole answer within ${limitMs} ms`);
    throw new ClientError("network", `${name}: the server can't be reached: ${wordsFor(cause)}`, { cause });
  });
  const details = { status: response.status, requestId: response.headers.get("x-request-id") ?? undefined };
  if (response.ok) return answerIn(reader, question.isText, name, text, details);
  if (response.status === question.alsoAnswers) {
    const read = reader(jsonOf(text));
    if ("answer" in read) return read.answer;
  }
  throw problemIn(name, text, { ...details, retryAfterMs: retryAfterMs(response.headers, settings.clock.now()) });
}

async function received<T>(
  settings: ClientSettings,
  { method, path, body }: Question<T>,
  name: string,
  signal: AbortSignal,
): Promise<{ response: Response; text: string }> {
  const { url, fetch } = settings;
  const apiKey = await keyOf(settings, name);
  const headers: Record<string, string> = { accept: "application/json" };
  // Not X-API-Key: this one isn't sent on to another host that a redirect names.
  if (apiKey !== undefined) headers.authorization = `Bearer ${apiKey}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${url.origin}${url.pathname.replace(/\/$/, "")}${path}`, {
    method,
    headers,
    signal,
    ...init,
  });
  return { response, text: await response.text() };
}

/** The key that is good now, for what is named. Rejects with ClientError when it can't be had. */
export async function keyOf({ apiKey }: ClientSettings, name: string): Promise<string | undefined> {
  try {
    return await apiKey?.();
  } catch (cause) {
    if (cause instanceof ClientError) throw cause;
    throw new ClientError("network", `${name}: the key can't be had: ${wordsFor(cause)}`, { cause });
  }
}

function answerIn<T>(
  reader: Reader<T>,
  isText: boolean | undefined,
  name: string,
  text: string,
  details: ClientErrorDetails,
): T {
  const value = isText ? text : details.status === 204 ? null : jsonOf(text);
  if (value === undefined)
    throw new ClientError("bad_answer", `${name}: the answer is not JSON: ${shown(text)}`, details);
  const read = reader(value);
  if ("answer" in read) return read.answer;
  throw new ClientError("bad_answer", `${name}: the answer is not as agreed: ${read.fault}`, details);
}

/** The error that an error answer tells. */
export function problemIn(name: string, text: string, details: ClientErrorDetails): ClientError {
  const value = jsonOf(text);
  const unavailable = readChecked(checkUnavailable, value);
  if ("answer" in unavailable) return new ClientError("not_ready", `${name}: ${unavailable.answer.error}`, details);
  const read = readChecked(checkProblem, value);
  if ("fault" in read) return new ClientError("http_error", `${name}: the answer is ${details.status}`, details);
  const { code, detail, requestId } = read.answer;
  return new ClientError(isProblemCode(code) ? code : "http_error", `${name}: ${detail}`, {
    ...details,
    requestId: details.requestId ?? requestId,
  });
}

/** Undefined stands for what isn't JSON; no JSON text reads as that. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function shown(text: string): string {
  if (text === "") return "it is empty";
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** Runtimes tell the real reason at different depths. */
export function wordsFor(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error && cause.cause.message !== "" ? cause.cause.message : cause.message;
}
