import type { QueuedClose } from "./close-queue.ts";

/** How long an answer may take, in milliseconds: the function answers when the traders have run. */
const ANSWER_WITHIN_MS = 60_000;

/** Where closes are told to: a trigger-executions that is hosted elsewhere. */
export interface WebhookAddress {
  readonly url: string;
  /** The service key that opens it. */
  readonly key: string;
}

/** Tells a close over HTTP. Rejects unless the answer is a good one. */
export async function tellClose({ url, key }: WebhookAddress, close: QueuedClose): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify({ trigger: "close", interval: close.interval, closeTime: close.closeTime }),
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${new URL(url).origin} answered ${response.status}: ${text.slice(0, 200)}`);
}
