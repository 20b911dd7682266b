import { cutText } from "../core/mod.ts";
import type { DestinationAddress } from "../wire/mod.ts";
import { linesOf, type Message, titleOf } from "./message.ts";
import type { MailSender, SmtpServer } from "./smtp-server.ts";

/** The most characters of an e-mail: five hundred signals fit. */
const MAX_TEXT = 100_000;

/** The most characters of a subject. */
const MAX_SUBJECT = 200;

/** How e-mail is sent, as the operator has set it. */
export interface MailSettings {
  readonly server: SmtpServer;
  readonly from: MailSender;
  /** Where people reach this server, for the link that ends the messages; undefined: they write to the sender. */
  readonly publicUrl: string | undefined;
}

/** An e-mail. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly messageId: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A message as an e-mail. One that is sent again has the same `Message-ID`, so that mailboxes keep one of them. */
export function mailOf(
  { to, token = "" }: Extract<DestinationAddress, { kind: "email" }>,
  message: Message,
  { from, publicUrl }: MailSettings,
): Mail {
  const link = publicUrl === undefined ? undefined : `${publicUrl.replace(/\/$/, "")}/mail/${token}`;
  const end = link ?? `mailto:${from.address}?subject=unsubscribe%20${encodeURIComponent(to)}`;
  const ending =
    link === undefined
      ? `To get no more of these messages, write to ${from.address}.`
      : `To get no more of these messages: ${link}`;
  return {
    to,
    subject: subjectOf(message),
    text: `${titleOf(message)}\n${linesOf(message, MAX_TEXT)}\n\n-- \nSent by Vyx, because somebody who reads this mailbox asked for it.\n${ending}\n`,
    messageId: messageIdOf(`${message.key}.${to}`, from),
    headers: {
      "Idempotency-Key": message.key,
      "Auto-Submitted": "auto-generated",
      "List-Unsubscribe": `<${end}>`,
      // RFC 8058: a mail program may end them with one click.
      ...(link === undefined ? {} : { "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" }),
    },
  };
}

/** The e-mail with the code that confirms an address. It has nothing that its sender wrote. */
export function codeMailOf(to: string, code: string, id: string, { from, publicUrl }: MailSettings): Mail {
  const where = publicUrl === undefined ? "a Vyx server" : publicUrl;
  const spaced = code.replace(/^(\d{4})(\d{4})$/, "$1 $2");
  return {
    to,
    subject: `${spaced} is your code for messages from Vyx`,
    text: `Somebody wants messages about trading signals and price alerts of ${where} to be sent to this address.\n\nIf it was you, enter this code within an hour: ${spaced}\n\nIf it wasn't you, do nothing: without the code nothing is sent.\n`,
    messageId: messageIdOf(`code-${id}.${to}`, from),
    headers: { "Auto-Submitted": "auto-generated" },
  };
}

/** Trader, symbol and interval; of several signals, the interval that they share. */
function subjectOf(message: Message): string {
  const intervals = new Set(message.signals.map(({ signal }) => signal.interval));
  const [interval] = intervals;
  const shared = intervals.size === 1 ? `, ${interval}` : "";
  return cutText(titleOf(message).replace(/[\p{C}\s]+/gu, " "), MAX_SUBJECT) + shared;
}

/** A name for an e-mail in its sender's domain. It doesn't repeat the address. */
function messageIdOf(text: string, { address }: MailSender): string {
  const [key = ""] = text.split(".", 1);
  return `<${key}.${Bun.hash(text).toString(36)}@${address.split("@")[1]}>`;
}
