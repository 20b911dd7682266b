import { unreachable } from "../core/mod.ts";
import { SCOPES, type Scope } from "../wire/mod.ts";
import { AddressCallers } from "./address-callers.ts";
import { type AddressList, addressGroup, clientAddress, isOwnName, type ProxyHeader } from "./addresses.ts";
import { type CacheMeters, cacheMeters } from "./caches.ts";
import type { Caller } from "./caller.ts";
import type { KeyRing } from "./keys/key-ring.ts";
import { RequestProblem } from "./problem.ts";
import type { Rate } from "./rate.ts";
import { Tickets } from "./tickets.ts";
import { type UncheckedToken, UserCallers, type UserOptions } from "./user-callers.ts";

/** Who may do what, and how often. */
export interface AccessOptions {
  /** What servers share that accept each other's tickets, at least 32 bytes; undefined: only this process accepts its tickets. */
  readonly ticketSecret?: string | undefined;
  /** Whether a ticket is used for the first time at any server; unless given, each server knows its own only. */
  readonly claimTicket?: ((id: string) => Promise<boolean>) | undefined;
  /** Undefined where nobody needs one: then everyone who can reach the server may use it. */
  readonly keys: KeyRing | undefined;
  /** Users who may come with a token in place of a key; none unless said. */
  readonly users?: UserOptions | undefined;
  /** What whoever comes without a key may do, where no keys are configured. */
  readonly scopesWithoutKeys: readonly Scope[];
  /** How often an address may ask without a key. */
  readonly addressRate: Rate;
  readonly trustedProxies: AddressList;
  /** Headers in which a trusted proxy names the client: the first of these that it sends counts. */
  readonly proxyHeaders: readonly ProxyHeader[];
  /**
   * Whether only requests that name this machine are answered. A page anywhere can have its own name lead to this machine (DNS
   * rebinding), and then reads what needs no key; but its requests still carry that name.
   */
  readonly onlyOwnNames?: boolean;
}

/** Finds out who asks. */
export class Access {
  readonly tickets: Tickets;
  readonly #options: AccessOptions;
  readonly #addresses: AddressCallers;
  readonly #users: UserCallers | undefined;

  /** `stopwatch`: milliseconds on a clock that only goes forward, for rates. */
  constructor(options: AccessOptions, stopwatch: () => number, meters: CacheMeters = cacheMeters()) {
    this.#options = options;
    this.tickets = new Tickets(options.ticketSecret, meters.tickets);
    const open = options.keys === undefined ? options.scopesWithoutKeys : [];
    this.#addresses = new AddressCallers(new Set(open), options.addressRate, meters.addresses, stopwatch);
    this.#users = options.users === undefined ? undefined : new UserCallers(options.users, meters, stopwatch);
  }

  /** How many addresses are remembered. */
  get addresses(): number {
    return this.#addresses.size;
  }

  /** How many users are remembered. */
  get users(): number {
    return this.#users?.size ?? 0;
  }

  /** How many keys there are. */
  get keys(): number {
    return this.#options.keys?.size ?? 0;
  }

  /**
   * The key or token that a request carries, if any. An empty `X-API-Key` counts as none: proxies and shells send such. Binance's clients send
   * theirs as `X-MBX-APIKEY`.
   */
  keyOf(headers: Headers): string | undefined {
    const key = headers.get("x-api-key");
    if (key !== null && key.trim() !== "") return key;
    const authorization = headers.get("authorization");
    if (authorization === null || authorization.trim() === "") return headers.get("x-mbx-apikey")?.trim() || undefined;
    return /^bearer +(\S+) *$/i.exec(authorization)?.[1] ?? authorization;
  }

  /**
   * The holder of a key or token, or why it opens nothing. Only a token that is new here has to be waited for. Where no keys are
   * configured, none is looked at.
   */
  holderOf(key: string, now: number): Caller | RequestProblem | UncheckedToken | undefined {
    const { keys } = this.#options;
    if (keys === undefined) return undefined;
    // A key that somebody made up themselves may look like a token.
    const found =
      keys.find(key, now) ?? (this.#users?.isLikeToken(key) === true ? undefined : "this key is not known here");
    if (found === undefined) return this.#users?.find(key, now);
    if (typeof found !== "string") return found;
    return new RequestProblem("unauthorized", `${found}: send a good one in the header X-API-Key`);
  }

  /** Who a ticket lets in, or why it lets nobody in. `stranger` asks with it: a ticket without a credential is theirs. */
  holderOfTicket(ticket: string, stranger: Caller, now: number): Caller | RequestProblem | UncheckedToken {
    const credential = this.tickets.redeem(ticket, now);
    if (credential instanceof RequestProblem) return credential;
    switch (credential.kind) {
      case "key": {
        const found =
          this.#options.keys?.findByHash(credential.hash, now) ?? "this server doesn't have the ticket's key";
        return typeof found === "string" ? new RequestProblem("unauthorized", found) : found;
      }
      case "token":
        return this.#users?.find(credential.token, now) ?? new RequestProblem("unauthorized", "no users sign in here");
      case "none":
        return stranger;
      default:
        return unreachable(credential);
    }
  }

  /** Why a ticket that was used here for the first time isn't accepted; nothing needs to be waited for where the server is alone. */
  usedElsewhere(ticket: string): Promise<RequestProblem | undefined> | undefined {
    return this.#options
      .claimTicket?.(Tickets.idOf(ticket))
      .then((isFirst) =>
        isFirst
          ? undefined
          : new RequestProblem("unauthorized", "this ticket has been used: ask POST /tickets for another"),
      );
  }

  /** Why a caller may not have a route; undefined if it may. `fault`: what is wrong with the key or token that was sent. */
  refusalOf(caller: Caller, scope: Scope | undefined, fault: RequestProblem | undefined): RequestProblem | undefined {
    if (scope === undefined || caller.scopes.has(scope)) return undefined;
    if (fault !== undefined) return fault;
    if (caller.name === undefined && caller.scopes.size === 0) return this.#askForKey();
    const who = caller.name === undefined ? "without keys nobody has" : `${caller.title} doesn't have`;
    return new RequestProblem("forbidden", `${who} the scope ${scope}: it has ${[...caller.scopes].join(", ")}`);
  }

  /** The address that a request comes from, as trusted proxies name it. */
  addressOf(peer: string, headers: Headers): string {
    const { trustedProxies, proxyHeaders } = this.#options;
    return clientAddress(peer, headers, trustedProxies, proxyHeaders);
  }

  /** Somebody without a good key, by the address that they come from. */
  stranger(peer: string, headers: Headers): Caller {
    return this.#addresses.of(addressGroup(this.addressOf(peer, headers)));
  }

  /** Why a request isn't for this server, judged by the host that it names; undefined when it is. */
  strangeHost(headers: Headers): RequestProblem | undefined {
    if (this.#options.onlyOwnNames !== true) return undefined;
    const host = headers.get("host");
    if (host === null || isOwnName(host)) return undefined;
    return new RequestProblem(
      "forbidden",
      `this server has no API keys, so it answers only requests to localhost or 127.0.0.1, not to "${host.slice(0, 100)}": ` +
        "use one of these names, or start the server with --keys-file or --insecure-no-auth",
    );
  }

  /** The web origins that keys name. */
  keyOrigins(now: number): readonly string[] {
    return this.#options.keys?.origins(now) ?? [];
  }

  #askForKey(): RequestProblem {
    const words =
      this.#users === undefined
        ? "this needs a key: send one in the header X-API-Key, or as Authorization: Bearer …"
        : "this needs a key, or the token of a user who is signed in: send either as Authorization: Bearer …, or in the header X-API-Key";
    return new RequestProblem("unauthorized", words);
  }
}

/** All that a caller without a key may do on a server that only its own machine can reach. */
export const EVERY_SCOPE: readonly Scope[] = SCOPES;
