import {
  BodyTooLarge,
  boundedBody,
  type Clock,
  closeTimeOf,
  type Interval,
  type MarketSource,
  millis,
  type OpenTimeRange,
  oneLine,
  type Random,
  Refusals,
  readRetryAfter,
  reasonOf,
  type Symbol,
  type Ticker,
  type UnixMs,
  VyxError,
} from "../../core/mod.ts";
import { Backoff } from "./backoff.ts";
import type { BanMemory } from "./ban-file.ts";
import { type ExchangeInfo, readExchangeInfo } from "./exchange-info.ts";
import { type Lane, WeightGovernor } from "./governor.ts";
import { type KlineRows, readKlineRows } from "./kline-rows.ts";
import { readTickers, readTime } from "./rows.ts";

/** The most rows that one `/api/v3/klines` gives. */
export const MAX_ROWS = 1_000;

/** How long one call may take, in milliseconds. */
const CALL_TIMEOUT_MS = 10_000;

/** Waits after calls that failed without the exchange's saying how long: no answer, or 5xx. */
const TROUBLE = { firstMs: 500, longestMs: 30_000 } as const;

/** How long nobody asks where the exchange doesn't serve us (451, 403): asking again soon can't help. */
const REFUSED_FOR_MS = 300_000;

/** The exchange's code for a symbol that it doesn't have (Binance spot API, 2026-07). */
const INVALID_SYMBOL = -1121;

/** How long to stay away when a 429 or 418 doesn't say, in milliseconds. */
const DEFAULT_RETRY_AFTER_MS = 60_000;

/** A shorter wait than this can't be meant by a 429 or 418, in milliseconds: it counts as not told. */
const LEAST_RETRY_AFTER_MS = 1_000;

/** What one call costs, and how long its answer may be. */
interface Endpoint {
  /** Request weight. Source: Binance spot API, 2026-07. */
  readonly weight: number;
  /** The most bytes of its body that are read, after decompression; a longer answer is cut off, and asked for again later. */
  readonly maxBytes: number;
}

const MB = 1_048_576;

/** Of 3,000 symbols, exchangeInfo has about 20 MB and the tickers 1.5 MB; 1,000 klines have 0.2 MB (Binance, 2026-07). */
export const ENDPOINTS: Readonly<Record<"klines" | "exchangeInfo" | "tickers" | "time", Endpoint>> = {
  klines: { weight: 2, maxBytes: 2 * MB },
  exchangeInfo: { weight: 20, maxBytes: 48 * MB },
  tickers: { weight: 80, maxBytes: 16 * MB },
  time: { weight: 1, maxBytes: MB },
};

/** The longest part of an error answer that is repeated, in characters. */
const SAID_CHARACTERS = 300;

/** The most bytes of an error's text that are read. */
const MAX_ERROR_BYTES = MB;

/** A REST call that brought no usable answer. `status` is the HTTP status, or undefined when there was none. */
export class ExchangeError extends VyxError {
  readonly code = "exchange_error";
  readonly retryable: boolean;
  readonly status: number | undefined;
  /** The exchange's own code, if it told one. */
  readonly exchangeCode: number | undefined;
  /** The exchange answered, and what it answered can't be read: that says nothing about other calls. */
  readonly isUnreadable: boolean;

  constructor(
    message: string,
    status: number | undefined,
    retryable: boolean,
    {
      cause,
      exchangeCode,
      isUnreadable = false,
    }: {
      readonly cause?: unknown;
      readonly exchangeCode?: number | undefined;
      readonly isUnreadable?: boolean;
    } = {},
  ) {
    super(oneLine(message), { cause });
    this.status = status;
    this.retryable = retryable;
    this.exchangeCode = exchangeCode;
    this.isUnreadable = isUnreadable;
  }

  /** The failure in a few words for people who can't see this machine: no addresses, no texts of the system. */
  get says(): string {
    if (this.isUnreadable) return "the exchange's answer can't be read";
    switch (this.status) {
      case undefined:
        return "the exchange doesn't answer";
      case 429:
      case 418:
        return "the exchange takes no requests from this server for a while";
      case 403:
      case 451:
        return "the exchange refuses requests from this server's address";
      default:
        return this.isUnknownSymbol
          ? "the exchange doesn't know it"
          : `the exchange answers with status ${this.status}`;
    }
  }

  /** Whether the exchange doesn't know the symbol that was asked for. */
  get isUnknownSymbol(): boolean {
    return this.exchangeCode === INVALID_SYMBOL;
  }
}

/** When a question went out, in local time: what the exchange says of its clock was true between then and the answer. */
export interface Asked {
  readonly askedAt: UnixMs;
}

/** How REST is set up. */
export interface BinanceRestOptions {
  readonly baseUrl: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly fetch?: typeof fetch | undefined;
  /** The share of the exchange's weight limit that may be spent, 0 to 1. */
  readonly weightShare?: number | undefined;
  readonly bans?: BanMemory | undefined;
  /** Where rows that aren't believed are noted. */
  readonly refusals?: Refusals | undefined;
}

/** The REST calls that the feed makes, each through the weight governor. */
export class BinanceRest {
  readonly governor: WeightGovernor;
  readonly #base: string;
  readonly #fetch: typeof fetch;
  readonly #clock: Clock;
  readonly #trouble: Backoff;
  readonly #refusals: Refusals;
  #troubleSince = Number.NEGATIVE_INFINITY;
  #source: MarketSource;

  constructor(options: BinanceRestOptions) {
    const { baseUrl, clock, random, fetch: fetcher = fetch, weightShare, bans, refusals = new Refusals() } = options;
    this.#refusals = refusals;
    this.#base = baseUrl.replace(/\/+$/, "");
    this.#fetch = fetcher;
    this.#clock = clock;
    this.#trouble = new Backoff(TROUBLE, random);
    this.governor = new WeightGovernor(clock, weightShare, bans);
    this.#source = isBinanceHost(this.#base) ? "binance" : "simulated";
  }

  /** Whose data this is: the exchange's own hosts are real; any other host is simulated until it says that it is recorded. */
  get source(): MarketSource {
    return this.#source;
  }

  async exchangeInfo(lane: Lane, signal: AbortSignal): Promise<ExchangeInfo & Asked> {
    const info = await this.#read("/api/v3/exchangeInfo", ENDPOINTS.exchangeInfo, lane, signal, (body, askedAt) => ({
      ...readExchangeInfo(body),
      askedAt,
    }));
    this.governor.limitPerMinute = info.weightPerMinute;
    return info;
  }

  async tickers(lane: Lane, signal: AbortSignal): Promise<Ticker[]> {
    return await this.#read("/api/v3/ticker/24hr", ENDPOINTS.tickers, lane, signal, readTickers);
  }

  /** The exchange's clock. */
  async time(lane: Lane, signal: AbortSignal): Promise<{ readonly serverTime: UnixMs } & Asked> {
    return await this.#read("/api/v3/time", ENDPOINTS.time, lane, signal, (body, askedAt) => ({
      serverTime: readTime(body),
      askedAt,
    }));
  }

  /** At most {@link MAX_ROWS} klines that open in the range, oldest first; the last one may be open. With the rows that were refused. */
  async klines(
    symbol: Symbol,
    interval: Interval,
    range: OpenTimeRange,
    marketTime: UnixMs,
    lane: Lane,
    signal: AbortSignal,
  ): Promise<KlineRows> {
    const query = new URLSearchParams({
      symbol,
      interval,
      startTime: String(range.from),
      endTime: String(closeTimeOf(interval, range.to)),
      limit: String(MAX_ROWS),
    });
    const path = `/api/v3/klines?${query}`;
    const question = { interval, range, marketTime };
    const rows = await this.#read(path, ENDPOINTS.klines, lane, signal, (body) => readKlineRows(body, question));
    for (const { reason, row } of rows.refused) {
      this.#refusals.note("rest", reason, () => `${symbol} ${interval}: ${JSON.stringify(row)}`);
    }
    return rows;
  }

  /** Asks and reads; an answer that can't be read is as good as none, and asked for again. */
  async #read<T>(
    path: string,
    endpoint: Endpoint,
    lane: Lane,
    signal: AbortSignal,
    read: (body: unknown, askedAt: UnixMs) => T,
  ): Promise<T> {
    await this.governor.leave(endpoint.weight, lane, signal);
    const askedAt = this.#clock.now();
    let isWell = false;
    try {
      const told = await withTimeout(this.#clock, CALL_TIMEOUT_MS, signal, (both) =>
        this.#get(path, endpoint, both, (body) => read(body, askedAt)),
      );
      this.#trouble.reset();
      isWell = true;
      return told;
    } catch (cause) {
      signal.throwIfAborted();
      const failure =
        cause instanceof ExchangeError
          ? cause
          : new ExchangeError(`${path}: ${failureInWords(cause)}`, undefined, true, { cause });
      isWell = !this.#holdBack(failure, askedAt);
      throw failure;
    } finally {
      this.governor.answered(askedAt, isWell);
    }
  }

  async #get<T>(path: string, { maxBytes }: Endpoint, signal: AbortSignal, read: (body: unknown) => T): Promise<T> {
    const response = await this.#fetch(`${this.#base}${path}`, { signal, redirect: "manual" });
    const used = Number(response.headers.get("x-mbx-used-weight-1m"));
    if (used > 0 && used < Number.POSITIVE_INFINITY) this.governor.observe(used);
    this.#learnSource(response.headers.get("x-vyx-exchange"));
    if (!response.ok) throw await this.#failure(path, response, signal);
    const text = textOf(await boundedBody(response.body, maxBytes, signal));
    const body = parsed(path, response, text);
    try {
      return read(body);
    } catch (cause) {
      throw new ExchangeError(`${path}: ${reasonOf(cause)}`, response.status, true, { cause, isUnreadable: true });
    }
  }

  /**
   * Calls that are of no use now aren't made: those that wait wait on, longer each time that it fails again. Tells whether
   * the failure is the exchange's or the way's, rather than the question's.
   */
  #holdBack({ status, retryable, isUnreadable }: ExchangeError, askedAt: number): boolean {
    if (isUnreadable) return false;
    const isRefused = status === 451 || status === 403;
    if (isRefused) this.governor.pause(millis(REFUSED_FOR_MS));
    if (!retryable || status === 429 || status === 418) return retryable || isRefused;
    // Of many that fail together, each asked before the first failure was known, one counts.
    if (askedAt < this.#troubleSince) return true;
    this.governor.pause(this.#trouble.next());
    this.#troubleSince = this.#clock.now();
    return true;
  }

  async #failure(path: string, response: Response, signal: AbortSignal): Promise<ExchangeError> {
    const { status, headers } = response;
    const text = await boundedBody(response.body, MAX_ERROR_BYTES, signal).then(textOf, () => "");
    const said = oneLine(text, SAID_CHARACTERS);
    if (status === 429 || status === 418) {
      const told = readRetryAfter(headers.get("retry-after"), headers.get("date"), this.#clock.now());
      // A wait of zero would lead straight into the next refusal.
      const wait = told === undefined || told < LEAST_RETRY_AFTER_MS ? DEFAULT_RETRY_AFTER_MS : told;
      this.governor.stop(millis(wait));
      const what = status === 418 ? "this address is banned for a while" : "too much request weight";
      const asked = told === wait ? "asked to wait" : "not told how long, waiting";
      return new ExchangeError(`${path}: ${what}, ${asked} ${Math.ceil(wait / 1_000)} s: ${said}`, status, true);
    }
    if (status >= 300 && status < 400) {
      const target = headers.get("location") ?? "nowhere";
      return new ExchangeError(
        `${path}: the answer is a redirect (${status}) to ${target}: expected the exchange itself at ${this.#base}`,
        status,
        true,
      );
    }
    if (status === 451) {
      return new ExchangeError(`${path}: the exchange doesn't serve this place (451): ${said}`, status, false);
    }
    if (status === 403) {
      return new ExchangeError(`${path}: the exchange's firewall refuses this address (403): ${said}`, status, false);
    }
    const exchangeCode = codeIn(said);
    return new ExchangeError(`${path}: ${status}: ${said}`, status, status >= 500, { exchangeCode });
  }

  #learnSource(said: string | null): void {
    if (this.#source === "binance") return;
    if (said === "recorded" || said === "simulated") this.#source = said;
  }
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Whether the address is one of the exchange's own. */
function isBinanceHost(base: string): boolean {
  const host = new URL(base).hostname;
  return ["binance.com", "binance.vision", "binance.us"].some((own) => host === own || host.endsWith(`.${own}`));
}

/** The `code` of an error answer such as {"code":-1121,"msg":"Invalid symbol."}. */
function codeIn(said: string): number | undefined {
  const code = /"code"\s*:\s*(-?\d+)/.exec(said)?.[1];
  return code === undefined ? undefined : Number(code);
}

/** Does the work with a signal that is aborted when the outer one is, or when the time is over by this clock. */
async function withTimeout<T>(
  clock: Clock,
  spanMs: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeout = new AbortController();
  const done = new AbortController();
  const stop = (): void => timeout.abort(outer.reason);
  outer.addEventListener("abort", stop, { once: true });
  clock.sleep(millis(spanMs), done.signal).then(
    () => timeout.abort(new Error(`nothing came for ${spanMs / 1_000} s`)),
    () => {},
  );
  try {
    return await work(timeout.signal);
  } finally {
    done.abort(new Error("done"));
    outer.removeEventListener("abort", stop);
  }
}

/** The JSON of an answer. Throws ExchangeError that says what came in its place. */
function parsed(path: string, { status, headers }: Response, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const isPage = /^\s*</.test(text) || (headers.get("content-type") ?? "").includes("html");
    const what = isPage
      ? `a page (HTML) came in place of JSON: does something between us and the exchange answer for it? It begins with ${text.slice(0, 60)}`
      : `the answer isn't JSON: ${reasonOf(cause)}`;
    throw new ExchangeError(`${path}: ${what}`, status, true, { cause });
  }
}

/** Why nothing came back, in words; what TLS is unhappy with gets a sentence of its own. */
function failureInWords(cause: unknown): string {
  if (cause instanceof BodyTooLarge) return cause.message;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (/CERT|TLS|SSL/i.test(code)) {
    return `no answer: its TLS certificate isn't accepted (${code}: ${reasonOf(cause)}): is the address right, and this machine's clock?`;
  }
  return `no answer: ${reasonOf(cause)}`;
}
