import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import { dns } from "bun";
import { reasonOf, VyxError } from "../core/mod.ts";
import { isPublicAddress } from "./public-address.ts";

/** Time for finding the address, for a request and its answer together, in milliseconds. */
export const WITHIN_MS = 10_000;

/** Bytes of an answer that are read. */
const MAX_ANSWER_BYTES = 16 * 1024;

/** An address that nothing is sent to, and why. */
export class RefusedAddress extends VyxError {
  readonly code = "refused_address";
  readonly retryable = false;
}

/** The receiver couldn't be reached, or gave no answer in time. */
export class NotReached extends VyxError {
  readonly code = "not_reached";
  readonly retryable = true;
}

/** What is sent. */
export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What came back. */
export interface Posted {
  readonly status: number;
  /** Of the `Retry-After` and the `Date` header. */
  readonly retryAfter: string | null;
  /** Of Discord's `X-RateLimit-Reset-After`. */
  readonly resetAfter: string | null;
  readonly date: string | null;
  /** The first {@link MAX_ANSWER_BYTES}. */
  readonly text: string;
}

/** How receivers are reached. */
export interface PostingRules {
  /** Whether the operator allows an address that isn't public. */
  isAllowed(address: string): boolean;
  /** All addresses of a name; the system's unless given. */
  readonly addressesOf?: (name: string) => Promise<readonly string[]>;
}

/**
 * Sends a POST to an address that a user named. The name is resolved once; each of its addresses has to be public, or allowed, and the
 * connection goes to one of those, so a name can't mean another address a moment later. Redirects aren't followed. Rejects with
 * {@link RefusedAddress} and {@link NotReached}, within {@link WITHIN_MS}.
 */
export async function guardedPost(post: Post, rules: PostingRules): Promise<Posted> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), WITHIN_MS);
  try {
    const { url, address } = await allowedAddress(post.url, rules, late.signal);
    return await sent(url, address, post, late.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Where a URL leads to. Rejects with {@link RefusedAddress} where nothing is sent there, and {@link NotReached} where that isn't known. */
export async function allowedAddress(
  text: string,
  rules: PostingRules,
  late?: AbortSignal,
): Promise<{ url: URL; address: string }> {
  const url = checkedUrl(text);
  const name = url.hostname.replace(/^\[|\]$/g, "");
  const addresses = isIP(name) === 0 ? await resolved(name, rules, late) : [name];
  // Which address it is would tell a stranger what names mean inside.
  if (addresses.some((address) => !isPublicAddress(address) && !rules.isAllowed(address))) {
    throw new RefusedAddress(
      `${name} isn't at an address of the public internet: nothing is sent there unless the server's --webhook-networks has it`,
    );
  }
  if (url.protocol === "http:" && !addresses.every((address) => rules.isAllowed(address))) {
    throw new RefusedAddress(`${url.origin} isn't encrypted: expected https://`);
  }
  return { url, address: addresses[0] as string };
}

/** Throws {@link RefusedAddress}. */
function checkedUrl(text: string): URL {
  if (!URL.canParse(text)) throw new RefusedAddress("the address is no URL: expected https://…");
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new RefusedAddress(`${url.protocol} isn't a way to send: expected https://`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new RefusedAddress("the address has a user's name or password before its host: expected it without");
  }
  return url;
}

async function resolved(
  name: string,
  { addressesOf = systemAddresses }: PostingRules,
  late: AbortSignal | undefined,
): Promise<readonly string[]> {
  const { promise: given, reject } = Promise.withResolvers<never>();
  late?.addEventListener("abort", () => reject(new NotReached(`${name} can't be resolved: no name server answers`)));
  let addresses: readonly string[];
  try {
    addresses = await Promise.race([addressesOf(name), given]);
  } catch (cause) {
    if (cause instanceof NotReached) throw cause;
    throw new NotReached(`${name} can't be resolved: ${reasonOf(cause)}`, { cause });
  }
  if (addresses.length === 0) throw new NotReached(`${name} has no address`);
  return addresses;
}

/** By c-ares: the system's own way takes one of the few threads that reading files needs, too. */
async function systemAddresses(name: string): Promise<string[]> {
  return (await dns.lookup(name, { backend: "c-ares" })).map(({ address }) => address);
}

/** The name stays in the request and in what the certificate has to say; the connection goes to the address. */
function sent(url: URL, address: string, { headers, body }: Post, late: AbortSignal): Promise<Posted> {
  const { promise, resolve, reject } = Promise.withResolvers<Posted>();
  const family = isIP(address);
  const options = {
    method: "POST",
    agent: false,
    headers: { ...headers, "content-length": String(Buffer.byteLength(body)), connection: "close" },
    lookup: (
      _name: string,
      { all }: { readonly all?: boolean },
      answer: (fault: null, found: string | { address: string; family: number }[], family?: number) => void,
    ): void => (all === true ? answer(null, [{ address, family }]) : answer(null, address, family)),
  };
  const begin = url.protocol === "https:" ? httpsRequest : httpRequest;
  const fail = (why: string, cause?: unknown): void => {
    request.destroy();
    reject(new NotReached(`${url.host} ${why}`, { cause }));
  };
  const request = begin(url, options as never, (response: IncomingMessage) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    const done = (): void => {
      const { statusCode: status = 0, headers: answered } = response;
      const text = Buffer.concat(pieces).toString("utf8", 0, MAX_ANSWER_BYTES);
      const reset = answered["x-ratelimit-reset-after"];
      resolve({
        ...{ status, text, retryAfter: answered["retry-after"] ?? null, date: answered.date ?? null },
        resetAfter: typeof reset === "string" ? reset : null,
      });
    };
    response.on("data", (piece: Buffer) => {
      pieces.push(piece);
      bytes += piece.byteLength;
      if (bytes <= MAX_ANSWER_BYTES) return;
      done();
      request.destroy();
    });
    response.on("end", done);
    response.on("error", (cause: Error) => fail(`broke its answer off: ${reasonOf(cause)}`, cause));
  });
  late.addEventListener("abort", () => fail(`gave no answer within ${WITHIN_MS / 1_000} s`));
  request.on("error", (cause: Error) => fail(`can't be reached: ${reasonOf(cause)}`, cause));
  request.end(body);
  return promise;
}
