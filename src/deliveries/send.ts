import { VyxError } from "../core/mod.ts";
import type { DestinationAddress } from "../wire/mod.ts";
import { askedWait } from "./asked-wait.ts";
import { allowedAddress, guardedPost, type Posted, type PostingRules, RefusedAddress } from "./guarded-post.ts";
import { type MailSettings, mailOf } from "./mail.ts";
import type { Message } from "./message.ts";
import { type PostParts, postOf } from "./posts.ts";
import { sendMail } from "./send-mail.ts";
import { printable, type Sent } from "./sent.ts";

/** Time for finding out where an address leads, in milliseconds. */
const ADDRESS_WITHIN_MS = 5_000;

/** Why an e-mail address is no destination, where the operator has set no mail server. */
const NO_MAIL = "this server sends no e-mail: its operator hasn't set --smtp-url";

/** How messages are sent. */
export interface SendingParts extends PostParts, PostingRules {
  /** Undefined: no e-mail is sent. */
  readonly mail?: MailSettings | undefined;
}

/** Sends a message. Never rejects. */
export async function send(address: DestinationAddress, message: Message, parts: SendingParts): Promise<Sent> {
  if (address.kind === "email") {
    if (parts.mail === undefined) return { outcome: "failed", answer: NO_MAIL };
    return await sendMail(mailOf(address, message, parts.mail), parts.mail);
  }
  // The operator names Telegram's address, and users don't.
  const rules = address.kind === "telegram" ? { ...parts, isAllowed: () => true } : parts;
  try {
    const post = await postOf(address, message, parts);
    const posted = await guardedPost(post, rules);
    const { ms, isGlobal } = askedWait({ kind: address.kind, url: post.url, posted, now: parts.now });
    return { ...outcomeOf(posted), retryAfterMs: ms, isGlobal };
  } catch (cause) {
    // The token is part of Telegram's address, which no message of ours repeats.
    const answer = cause instanceof VyxError ? cause.message : "the message can't be made for this address: change it";
    return { outcome: "failed", answer };
  }
}

/** Why nothing will ever be sent to an address as it is now, in words; undefined where it may be. */
export async function refusalOf(
  address: DestinationAddress,
  rules: Pick<SendingParts, keyof PostingRules | "mail">,
): Promise<string | undefined> {
  if (address.kind === "telegram") return undefined;
  if (address.kind === "email") return rules.mail === undefined ? NO_MAIL : undefined;
  try {
    await allowedAddress(address.url, rules, AbortSignal.timeout(ADDRESS_WITHIN_MS));
  } catch (cause) {
    if (cause instanceof RefusedAddress) return cause.message;
    // It may be there later.
    if (!(cause instanceof VyxError)) throw cause;
  }
  return undefined;
}

function outcomeOf({ status, text }: Posted): Sent {
  const answer = `${status}${text.trim() === "" ? "" : `: ${printable(text)}`}`;
  if (status >= 200 && status < 300) return { outcome: "accepted", answer };
  if (status === 410) return { outcome: "gone", answer };
  const says = status >= 300 && status < 400 ? `${status}: a redirect, which isn't followed` : answer;
  return { outcome: "failed", answer: says };
}
