import { isIP } from "node:net";
import { isNodeName } from "../cluster/mod.ts";
import { type Interval, InvalidInput, isInterval, parseInterval } from "../core/mod.ts";
import { isOrigin, MIN_TICKET_SECRET_BYTES, PROXY_HEADERS, type ProxyHeader } from "../server/mod.ts";
import { LOG_LEVELS, type LogLevel } from "../wire/mod.ts";
import { readAddress } from "./address.ts";
import { ROLES, type Role } from "./settings.ts";

/** Reads a whole number in a range. Throws InvalidInput. */
export function wholeNumber(text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw new InvalidInput(`"${text}" is not possible: expected a whole number from ${least} to ${most}`);
  }
  return value;
}

/** Reads a number above 0. Throws InvalidInput. */
export function positive(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value > 0 && Number.isFinite(value)) return value;
  throw new InvalidInput(`"${text}" is not possible: expected a number above 0`);
}

/** Reads the name of a quote asset, in either case; undefined for any. Throws InvalidInput. */
export function quote(text: string): string | undefined {
  if (text === "any") return undefined;
  if (/^[\p{L}\p{N}]+$/u.test(text)) return text.toUpperCase();
  throw new InvalidInput(`"${text}" is not an asset: expected letters and digits such as USDT`);
}

/** Reads a secret for tickets; undefined for none. Throws InvalidInput for a short one: it could be guessed from a ticket. */
export function ticketSecret(text: string): string | undefined {
  if (text === "") return undefined;
  const bytes = Buffer.byteLength(text);
  if (bytes >= MIN_TICKET_SECRET_BYTES) return text;
  throw new InvalidInput(
    `it has ${bytes} bytes: expected at least ${MIN_TICKET_SECRET_BYTES}, for example from \`openssl rand -base64 32\``,
  );
}

/** Reads an HTTP address that the page gets to know. Throws InvalidInput for one with a password, which every visitor could read. */
export function publicAddress(text: string): string {
  const { username, password } = new URL(readAddress(text, ["http:", "https:"]));
  if (username === "" && password === "") return text;
  throw new InvalidInput(
    "it holds a user's name or password, which isn't used, and everyone who opens the page would get to see it: expected https://host/… alone",
  );
}

/** Reads the publishable key of a project. Throws InvalidInput for a secret one: every visitor of the page can read this key. */
export function publishableKey(text: string): string {
  if (!/^[\w.-]+$/.test(text)) throw new InvalidInput("it is not a key: expected one word, sb_publishable_… or eyJ…");
  if (text.startsWith("sb_secret_") || roleOf(text) === "service_role") {
    throw new InvalidInput(
      "it is a key that opens everything, and everyone would get to see it: expected the publishable (anon) key. " +
        "If it was in force anywhere, make a new one",
    );
  }
  return text;
}

/** The role in a key that is a token, as older projects have them; undefined for what isn't one. */
function roleOf(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text.split(".")[1] ?? "", "base64url").toString()).role;
  } catch {
    return undefined;
  }
}

/** Reads a list of intervals, each once. Throws InvalidInput. */
export function intervals(text: string): readonly Interval[] {
  const names = text.split(",").map((name) => name.trim());
  const wrong = names.find((name) => !isInterval(name));
  if (wrong !== undefined) parseInterval(wrong);
  return [...new Set(names)] as Interval[];
}

/** Reads an address to listen on. Throws InvalidInput. */
export function host(text: string): string {
  if (isIP(text) !== 0 || /^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?$/.test(text)) return text;
  throw new InvalidInput(`"${text}" is not an address to listen on: expected for example 127.0.0.1, 0.0.0.0 or ::`);
}

/** Reads what a server does; undefined where other settings say. Throws InvalidInput. */
export function role(text: string): Role | undefined {
  const known = ROLES.find((name) => name === text);
  if (known !== undefined || text === "auto") return known;
  throw new InvalidInput(`"${text}" is not a role: expected ${ROLES.join(", ")} or auto`);
}

/** Reads the address of another server, without slashes at its end; undefined for none. Throws InvalidInput. */
export function upstreamAddress(text: string): string | undefined {
  if (text === "") return undefined;
  const { username, password } = new URL(readAddress(text, ["http:", "https:"]));
  if (username === "" && password === "") return text.replace(/\/+$/, "");
  throw new InvalidInput(
    "it holds a user's name or password, which isn't used: expected https://host, and --upstream-key",
  );
}

/** Reads addresses of NATS servers; undefined for none. Throws InvalidInput. */
export function natsServers(text: string): readonly string[] | undefined {
  if (text === "") return undefined;
  return text.split(",").map((one) => {
    const address = readAddress(one.trim(), ["nats:", "tls:"]);
    const { username, password } = new URL(address);
    if (username === "" && password === "") return address;
    throw new InvalidInput("it holds a user's name or password: expected --nats-credentials or --nats-token");
  });
}

/** Reads the name of a node; undefined for none. Throws InvalidInput. */
export function nodeName(text: string): string | undefined {
  if (text === "") return undefined;
  if (isNodeName(text)) return text;
  throw new InvalidInput(`"${text}" is not a node's name: expected 1 to 40 letters, digits, "_" and "-"`);
}

/** Reads the key that nodes share; undefined for none. Throws InvalidInput. */
export function peerKey(text: string): string | undefined {
  if (text === "") return undefined;
  const { byteLength } = new TextEncoder().encode(text);
  if (byteLength >= MIN_TICKET_SECRET_BYTES && text.length <= 256) return text;
  throw new InvalidInput(`it has ${byteLength} bytes: expected a random text of ${MIN_TICKET_SECRET_BYTES} to 256`);
}

/** Reads true or false. Throws InvalidInput. */
export function flag(text: string): boolean {
  if (text === "true" || text === "false") return text === "true";
  throw new InvalidInput(`"${text}" is not possible: expected true or false`);
}

/** Reads a list of headers in which proxies name their clients. Throws InvalidInput. */
export function proxyHeaders(text: string): ProxyHeader[] {
  const names = text.split(",").map((name) => name.trim().toLowerCase());
  const wrong = names.find((name) => !(PROXY_HEADERS as readonly string[]).includes(name));
  if (wrong !== undefined) {
    throw new InvalidInput(`"${wrong}" is not a header that is known: expected some of ${PROXY_HEADERS.join(", ")}`);
  }
  return names as ProxyHeader[];
}

/** Reads a list of web origins, or `*`. Throws InvalidInput. */
export function origins(text: string): string[] {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
  const wrong = names.find((name) => name !== "*" && !isOrigin(name));
  if (wrong !== undefined) {
    throw new InvalidInput(`"${wrong}" is not an origin: expected for example https://example.org, or *`);
  }
  return names;
}

/** Reads a level of logging. Throws InvalidInput that lists the right ones. */
export function logLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((name) => name === text);
  if (level === undefined) throw new InvalidInput(`"${text}" is not a level: expected ${LOG_LEVELS.join(", ")}`);
  return level;
}
