import { BodyTooLarge, boundedBody } from "../core/mod.ts";
import type { TraderClose } from "./execution.ts";

/** How long an answer may take, in milliseconds: the function answers when the traders have run. */
const ANSWER_WITHIN_MS = 60_000;

/** So much of an answer is read, in bytes: of a good one nothing is needed, of a bad one its first words. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** Where closes are told to: a trigger-executions that is hosted elsewhere. */
export interface WebhookAddress {
  readonly url: string;
  /** The service key that opens it. */
  readonly key: string;
}

/** Tells a close over HTTP. Rejects unless the answer is a good one. */
export async function tellClose({ url, key }: WebhookAddress, close: TraderClose): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify({
      trigger: "close",
      market: close.market,
      interval: close.interval,
      closeTime: close.closeTime,
    }),
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  const text = await textOf(response);
  if (!response.ok) throw new Error(`${new URL(url).origin} answered ${response.status}: ${text.slice(0, 200)}`);
}

/** What an answer says. One that goes on past the bound is cut off, and its status counts all the same. */
async function textOf({ body }: Response): Promise<string> {
  try {
    return new TextDecoder().decode(await boundedBody(body, MAX_ANSWER_BYTES));
  } catch (cause) {
    if (cause instanceof BodyTooLarge) return cause.message;
    throw cause;
  }
}
