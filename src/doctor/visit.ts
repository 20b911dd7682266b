import { type Client, ClientError, createClient } from "../client/mod.ts";
import { type Clock, type MarketSource, reasonOf } from "../core/mod.ts";
import type { HealthAnswer } from "../wire/mod.ts";
import type { ExchangesBeside } from "./exchange-beside.ts";

/** How long one question may take, in milliseconds. */
const TRY_TIMEOUT_MS = 8_000;

/** The deployment to check, and its expected state. */
export interface Deployment {
  /** Where the server is, as its users reach it. */
  readonly url: URL;
  /** A key of it with the scopes read and stream; undefined for none. */
  readonly apiKey: string | undefined;
  /** Where the functions are, …/functions/v1; undefined doesn't look at them. */
  readonly functionsUrl: URL | undefined;
  /** The key that opens all of them. */
  readonly serviceKey: string | undefined;
  /** Web origins whose pages must be let in; `*` for all. */
  readonly origins: readonly string[];
  /** Where its prices must come from; undefined, and the name of an exchange: from each market's exchange. */
  readonly source: MarketSource | undefined;
  /** Whether others than this machine can reach it, and so what they must not be able to do matters. */
  readonly isPublic: boolean;
  /** Certificates of authorities that are believed besides the usual ones, as PEM. */
  readonly authorities: string | undefined;
  readonly clock: Clock;
  /** Looks at the mail server: what is wrong with it, in words, or undefined. Undefined doesn't look at it. */
  readonly mailFault?: (() => Promise<string | undefined>) | undefined;
  /** The exchanges to compare klines with; undefined doesn't ask them. */
  readonly exchanges?: ExchangesBeside | undefined;
  /** What the doctor itself is; undefined doesn't compare it with the server. */
  readonly build: { readonly version: string; readonly commit: string } | undefined;
}

/** One examination: what the checks ask of a deployment, and what they share of its answers. */
export class Visit {
  readonly deployment: Deployment;
  readonly client: Client;
  /** Why no key may be sent, once that is known. */
  keysWithheld: string | undefined;
  #health: Promise<HealthAnswer> | undefined;

  constructor(deployment: Deployment) {
    this.deployment = deployment;
    this.client = createClient({
      url: deployment.url,
      apiKey: deployment.apiKey,
      fetch: (url, init) => this.#fetch(url, init),
      maxTries: 1,
      tryTimeoutMs: TRY_TIMEOUT_MS,
      // A broken deployment fails more than once, and each check is to say so for itself.
      breakAfterFailures: 1_000,
    });
  }

  /** Asked once; everyone may read it. */
  health(): Promise<HealthAnswer> {
    this.#health ??= this.client.health();
    return this.#health;
  }

  /** A path of the server's, without a key unless `headers` has one. */
  async ask(path: string, init: RequestInit = {}): Promise<Response> {
    return await this.askAt(this.deployment.url, path, init);
  }

  /** A path below a base. Rejects with {@link ClientError} when there is no answer. */
  async askAt(base: URL, path: string, init: RequestInit = {}): Promise<Response> {
    const url = `${base.href.replace(/\/$/, "")}${path}`;
    try {
      return await this.#fetch(url, { redirect: "manual", signal: AbortSignal.timeout(TRY_TIMEOUT_MS), ...init });
    } catch (cause) {
      throw new ClientError("network", `${url}: ${reasonOf(cause)}`, { cause });
    }
  }

  /** How sockets and requests are secured: with whose certificates. */
  get tls(): { readonly ca?: string } {
    const { authorities } = this.deployment;
    return authorities === undefined ? {} : { ca: authorities };
  }

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.keysWithheld !== undefined && new URL(url).origin === this.deployment.url.origin) {
      for (const name of ["authorization", "x-api-key"]) headers.delete(name);
    }
    return await fetch(url, { ...init, headers, tls: this.tls });
  }
}

/** Whether an address can only mean the machine that asks. */
export function isThisMachine(url: URL): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
}

/** What the runtime adds to the code of a connection that was refused. */
const RUNTIMES_ADVICE = ": Unable to connect. Is the computer able to access the url?";

/** The error, in words. */
export function wordsOf(cause: unknown): string {
  return reasonOf(cause).replace(RUNTIMES_ADVICE, "");
}
