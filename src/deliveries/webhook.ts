import type { NamedSignal } from "../traders/mod.ts";
import { type DestinationAddress, SECRET_PREFIX } from "../wire/mod.ts";
import type { Post } from "./guarded-post.ts";
import type { Message } from "./message.ts";

/** Bytes of a secret that is made here. */
const SECRET_BYTES = 32;

/** A new secret for signatures: `whsec_` and 32 bytes in base64. */
export function newWebhookSecret(): string {
  return SECRET_PREFIX + crypto.getRandomValues(new Uint8Array(SECRET_BYTES)).toBase64();
}

/**
 * A message as a webhook, signed as https://www.standardwebhooks.com says: `webhook-signature` is `v1,` and the HMAC-SHA256 of
 * `id.timestamp.body` in base64. `webhook-id` and `Idempotency-Key` are the message's key.
 */
export async function webhookPost(
  { url, secret }: Extract<DestinationAddress, { kind: "webhook" }>,
  { key, kind, signals, alerts }: Message,
  now: number,
): Promise<Post> {
  const timestamp = String(Math.floor(now / 1_000));
  const about = alerts.length > 0 ? { alerts } : { signals: signals.map(signalOf) };
  const body = JSON.stringify({ type: kind, id: key, ...about });
  const headers: Record<string, string> = {
    "content-type": "application/json",
    "user-agent": "Vyx",
    "idempotency-key": key,
    "webhook-id": key,
    "webhook-timestamp": timestamp,
  };
  if (secret !== undefined)
    headers["webhook-signature"] = `v1,${await signatureOf(secret, `${key}.${timestamp}.${body}`)}`;
  return { url, headers, body };
}

function signalOf({ signal, traderName }: NamedSignal): object {
  return { ...signal, traderName };
}

async function signatureOf(secret: string, text: string): Promise<string> {
  const bytes = Uint8Array.fromBase64(secret.slice(SECRET_PREFIX.length));
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(text))).toBase64();
}
