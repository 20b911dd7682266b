import type { SMTPTransportOptions } from "nodemailer/lib/smtp-transport";
import { reasonOf } from "../core/mod.ts";
import { WITHIN_MS } from "./guarded-post.ts";
import type { Mail, MailSettings } from "./mail.ts";
import { printable, type Sent } from "./sent.ts";
import type { SmtpServer } from "./smtp-server.ts";

/** Answers to these commands are about this recipient or this message; to others, about the server and its settings. */
const ABOUT_THE_MESSAGE: readonly string[] = ["RCPT TO", "DATA"];

/** What is known of an error of nodemailer. */
interface MailError {
  readonly code?: string;
  /** The SMTP status. */
  readonly responseCode?: number;
  readonly response?: string;
  /** What the server answered to. */
  readonly command?: string;
}

/** Sends an e-mail by the operator's server. Never rejects; takes {@link WITHIN_MS} at most. */
export async function sendMail(mail: Mail, { server, from }: MailSettings): Promise<Sent> {
  const transport = await transportOf(server);
  try {
    const { response = "" } = await transport.sendMail({
      ...{ from, to: { name: "", address: mail.to }, subject: mail.subject, text: mail.text },
      ...{ messageId: mail.messageId, headers: mail.headers, signal: AbortSignal.timeout(WITHIN_MS) },
    });
    return { outcome: "accepted", answer: printable(response) };
  } catch (cause) {
    return failureOf(cause);
  } finally {
    transport.close();
  }
}

/** Connects and logs in, and sends nothing. Gives back what is wrong with the server or its settings, in words; undefined where nothing is. */
export async function mailFault(server: SmtpServer): Promise<string | undefined> {
  const transport = await transportOf(server);
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${WITHIN_MS / 1_000} s`)), WITHIN_MS);
  try {
    await Promise.race([transport.verify(), late.promise]);
    return undefined;
  } catch (cause) {
    return failureOf(cause).fault ?? reasonOf(cause);
  } finally {
    clearTimeout(timer);
    transport.close();
  }
}

/** A connection for one e-mail, so that one that breaks affects no other. The library is loaded for the first one. */
async function transportOf({ host, port, user, password, tls }: SmtpServer) {
  const { createTransport } = await import("nodemailer");
  const options: SMTPTransportOptions = {
    ...{ host, port, secure: tls === "always", requireTLS: tls === "required", opportunisticTLS: tls === "optional" },
    ...(tls === "optional" ? { tls: { rejectUnauthorized: false } } : {}),
    ...(user === undefined || password === undefined ? {} : { auth: { user, pass: password } }),
    ...{ connectionTimeout: WITHIN_MS, greetingTimeout: WITHIN_MS, socketTimeout: WITHIN_MS, dnsTimeout: WITHIN_MS },
    ...{ socketCloseTimeout: 0, disableFileAccess: true, disableUrlAccess: true },
  };
  return createTransport(options);
}

/** Users learn what was said about their message, and nothing about the operator's server. */
function failureOf(cause: unknown): Sent {
  const { code = "", responseCode = 0, response = "", command = "" } = cause as MailError;
  const answer = printable(response);
  if (responseCode >= 400 && ABOUT_THE_MESSAGE.includes(command)) {
    return { outcome: responseCode >= 500 ? "refused" : "failed", answer };
  }
  const fault = `the mail server ${code === "EAUTH" ? "refuses the login" : "can't be used"}: ${reasonOf(cause)}`;
  return { outcome: "failed", answer: "this server's e-mail doesn't work now, as its operator can see", fault };
}
