import { isIP } from "node:net";
import { InvalidInput } from "../core/mod.ts";
import { isMailAddress } from "../wire/mod.ts";

/** The usual ports: of connections that are encrypted at once, and of those that become so. */
const PORTS = { "smtps:": 465, "smtp:": 587 } as const;

/** The server that e-mail goes out by. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** `always`: from the first byte. `required`: after STARTTLS, or nothing is sent. `optional`: where the server offers it, with any certificate. */
  readonly tls: "always" | "required" | "optional";
}

/** Who e-mail comes from. */
export interface MailSender {
  /** Empty for none. */
  readonly name: string;
  readonly address: string;
}

/**
 * Reads `smtps://user:password@host:port`, or `smtp://…`, which is encrypted by STARTTLS: that may only be missing on this machine, or where
 * `?tls=optional` says so. Throws InvalidInput that doesn't repeat the text: it has a password.
 */
export function readSmtpUrl(text: string): SmtpServer {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === "" || (url.protocol !== "smtp:" && url.protocol !== "smtps:")) {
    throw new InvalidInput(
      "it is not an address: expected smtps://user:password@host:465 or smtp://user:password@host:587",
    );
  }
  const [name, ...others] = [...url.searchParams.keys()];
  const tls = url.searchParams.get("tls");
  if (others.length > 0 || (name !== undefined && tls !== "optional") || !["", "/"].includes(url.pathname)) {
    throw new InvalidInput("it has something behind the host: expected nothing, or ?tls=optional");
  }
  if (url.protocol === "smtps:" && tls !== null) {
    throw new InvalidInput("smtps:// is always encrypted: expected it without ?tls=optional, or smtp://");
  }
  if ((url.username === "") !== (url.password === "")) {
    throw new InvalidInput("it has a user's name or a password alone: expected both or neither");
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const isOptional = tls !== null || isLoopback(host);
  return {
    host,
    port: url.port === "" ? PORTS[url.protocol] : Number(url.port),
    user: decoded(url.username),
    password: decoded(url.password),
    tls: url.protocol === "smtps:" ? "always" : isOptional ? "optional" : "required",
  };
}

/** Reads `Vyx <vyx@example.org>`, or the address alone. Throws InvalidInput. */
export function readMailSender(text: string): MailSender {
  const [, name = "", address = text] = /^([^<>"\p{C}]{0,100}?)\s*<([^<>]+)>$/u.exec(text.trim()) ?? [];
  if (isMailAddress(address)) return { name: name.trim(), address };
  throw new InvalidInput(`"${text}" is not a sender: expected vyx@example.org or Vyx <vyx@example.org>`);
}

function decoded(part: string): string | undefined {
  try {
    return part === "" ? undefined : decodeURIComponent(part);
  } catch (cause) {
    throw new InvalidInput("its user's name or password has a % that begins no character: expected % written as %25", {
      cause,
    });
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}
