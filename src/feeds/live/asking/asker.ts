import {
  BodyTooLarge,
  boundedBody,
  type Clock,
  type Interval,
  isLightJson,
  type JsonBounds,
  type MarketSource,
  millis,
  type OpenTimeRange,
  oneLine,
  type Random,
  Refusals,
  readRetryAfter,
  reasonOf,
  type Stopwatch,
  type Symbol,
  type Ticker,
  type UnixMs,
  VyxError,
} from "../../../core/mod.ts";
import type { Exchange, Listing, Question, RestProtocol } from "../../exchange.ts";
import { Backoff } from "../line/backoff.ts";
import { connectionFault, placeOf } from "../line/unreachable.ts";
import { judgeRows, type KlineRows } from "../reading/judged-rows.ts";
import type { BanMemory } from "./ban-file.ts";
import { type Lane, WeightGovernor } from "./governor.ts";

/** How long one call may take, in milliseconds. */
const CALL_TIMEOUT_MS = 10_000;

/** Waits after calls that failed without the exchange's saying how long: no answer, or 5xx. */
const TROUBLE = { firstMs: 500, longestMs: 30_000 } as const;

/** How long nobody asks where the exchange doesn't serve us (451, 403): asking again soon can't help. */
const REFUSED_FOR_MS = 300_000;

/** How long to stay away when a 429 or 418 doesn't say, in milliseconds. */
const DEFAULT_RETRY_AFTER_MS = 60_000;

/** A shorter wait than this can't be meant by a 429 or 418, in milliseconds: it counts as missing. */
const LEAST_RETRY_AFTER_MS = 1_000;

/** The longest part of an error answer that is repeated, in characters. */
const SAID_CHARACTERS = 300;

/** The most bytes of an error's text that are read. */
const MAX_ERROR_BYTES = 1_048_576;

/** A REST call that brought no usable answer. `status` is the HTTP status, or undefined when there was none. */
export class ExchangeError extends VyxError {
  readonly code = "exchange_error";
  readonly retryable: boolean;
  readonly status: number | undefined;
  /** The exchange doesn't know the symbol that was asked for. */
  readonly isUnknownSymbol: boolean;
  /** The exchange answered, and what it answered can't be read: that says nothing about other calls. */
  readonly isUnreadable: boolean;

  constructor(
    message: string,
    status: number | undefined,
    retryable: boolean,
    {
      cause,
      isUnknownSymbol = false,
      isUnreadable = false,
    }: {
      readonly cause?: unknown;
      readonly isUnknownSymbol?: boolean;
      readonly isUnreadable?: boolean;
    } = {},
  ) {
    super(oneLine(message), { cause });
    this.status = status;
    this.retryable = retryable;
    this.isUnknownSymbol = isUnknownSymbol;
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
}

/** When a question went out, by the stopwatch: what the exchange says of its clock was true between then and the answer. */
interface AskedAt {
  readonly askedAt: number;
}

/** How REST is set up. */
export interface AskerOptions {
  readonly exchange: Pick<Exchange, "rest" | "source">;
  /** The exchange's address, or that of a stand-in. */
  readonly baseUrl: string;
  readonly clock: Clock;
  readonly stopwatch: Stopwatch;
  readonly random: Random;
  readonly fetch?: typeof fetch | undefined;
  /** Host and port of the proxy that `fetch` uses, for messages. */
  readonly proxy?: string | undefined;
  /** The share of the exchange's weight limit that may be spent, 0 to 1. */
  readonly weightShare?: number | undefined;
  readonly bans?: BanMemory | undefined;
  /** Where rows that aren't believed are noted. */
  readonly refusals?: Refusals | undefined;
}

/**
 * What an answer may hold, and be parsed. The list of 3,500 symbols, with a hundred texts each, is the largest that is meant: it has
 * 60,000 lists and objects and a million values at most.
 */
export const ANSWER_BOUNDS: JsonBounds = { depth: 16, containers: 250_000, values: 2_500_000 };

/** Asks an exchange by REST what the feed needs, each time through the weight governor. */
export class Asker {
  readonly governor: WeightGovernor;
  readonly #protocol: RestProtocol;
  readonly #base: string;
  readonly #place: string;
  readonly #fetch: typeof fetch;
  readonly #clock: Clock;
  readonly #stopwatch: Stopwatch;
  readonly #trouble: Backoff;
  readonly #refusals: Refusals;
  #troubleSince = Number.NEGATIVE_INFINITY;
  /** What data of the exchange itself is called. */
  readonly #real: MarketSource;
  #source: MarketSource;

  constructor(options: AskerOptions) {
    const { exchange, baseUrl, clock, stopwatch, random, fetch: fetcher = fetch, weightShare, bans } = options;
    const { refusals = new Refusals() } = options;
    this.#refusals = refusals;
    this.#real = exchange.source;
    this.#protocol = exchange.rest;
    this.#base = baseUrl.replace(/\/+$/, "");
    this.#place = placeOf(this.#base, options.proxy);
    this.#fetch = fetcher;
    this.#clock = clock;
    this.#stopwatch = stopwatch;
    this.#trouble = new Backoff(TROUBLE, random);
    this.governor = new WeightGovernor(clock, stopwatch, weightShare, bans);
    this.#source = exchange.rest.isOwn(this.#base) ? exchange.source : "simulated";
  }

  /** Whose data this is: the exchange's own hosts are real; any other host is simulated until it says that it is recorded. */
  get source(): MarketSource {
    return this.#source;
  }

  /** How long a question for the list of symbols has to wait for request weight, in milliseconds. */
  get listWaitMs(): number {
    return this.governor.waitMs(this.#protocol.costs.exchangeInfo.weight);
  }

  /** How long the last of so many questions for klines has to wait for request weight, in milliseconds. */
  klinesWaitMs(questions: number): number {
    return questions === 0 ? 0 : this.governor.waitMs(questions * this.#protocol.costs.klines.weight);
  }

  /** The most klines in one answer. */
  get rows(): number {
    return this.#protocol.rows;
  }

  async listed(lane: Lane, signal: AbortSignal): Promise<Listing & AskedAt> {
    const { answer, askedAt } = await this.#ask(this.#protocol.listed(), lane, signal);
    this.governor.limitPerMinute = answer.weightPerMinute;
    return { ...answer, askedAt };
  }

  async tickers(lane: Lane, signal: AbortSignal): Promise<readonly Ticker[]> {
    return (await this.#ask(this.#protocol.tickers(), lane, signal)).answer;
  }

  /** The exchange's clock. */
  async time(lane: Lane, signal: AbortSignal): Promise<{ readonly serverTime: UnixMs } & AskedAt> {
    const { answer, askedAt } = await this.#ask(this.#protocol.time(), lane, signal);
    return { serverTime: answer, askedAt };
  }

  /** At most {@link Asker.rows} klines that open in the range, oldest first; the last one may be open. With the rows that were refused. */
  async klines(
    symbol: Symbol,
    interval: Interval,
    range: OpenTimeRange,
    marketTime: UnixMs,
    lane: Lane,
    signal: AbortSignal,
  ): Promise<KlineRows> {
    const { answer } = await this.#ask(this.#protocol.klines(symbol, interval, range), lane, signal);
    const rows = judgeRows(answer, { interval, range, marketTime });
    for (const { reason, row } of rows.refused) {
      this.#refusals.note("rest", reason, () => `${symbol} ${interval}: ${JSON.stringify(row)}`);
    }
    return rows;
  }

  /** Asks and reads; an answer that can't be read is as good as none, and asked for again. */
  async #ask<T>(question: Question<T>, lane: Lane, signal: AbortSignal): Promise<{ readonly answer: T } & AskedAt> {
    const { path } = question;
    await this.governor.acquire(this.#protocol.costs[question.about].weight, lane, signal);
    const askedAt = this.#stopwatch();
    let isWell = false;
    try {
      const answer = await withTimeout(this.#clock, CALL_TIMEOUT_MS, signal, (both) =>
        this.#get(question, askedAt, both),
      );
      this.#trouble.reset();
      isWell = true;
      return { answer, askedAt };
    } catch (cause) {
      signal.throwIfAborted();
      const failure =
        cause instanceof ExchangeError
          ? cause
          : new ExchangeError(`${this.#place}: ${failureInWords(path, cause)}`, undefined, true, { cause });
      isWell = !this.#holdBack(failure, askedAt);
      throw failure;
    } finally {
      this.governor.release(askedAt, isWell);
    }
  }

  async #get<T>({ about, path, read }: Question<T>, askedAt: number, signal: AbortSignal): Promise<T> {
    const response = await this.#fetch(`${this.#base}${path}`, { signal, redirect: "manual" });
    const used = this.#protocol.used(response.headers);
    if (used !== undefined) this.governor.observe(used, askedAt);
    this.#learnSource(response.headers.get("x-vyx-exchange"));
    if (!response.ok) throw await this.#failure(path, response, signal);
    const text = textOf(await boundedBody(response.body, this.#protocol.costs[about].maxBytes, signal));
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
    this.#troubleSince = this.#stopwatch();
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
    const isUnknownSymbol = this.#protocol.isUnknownSymbol(said);
    return new ExchangeError(`${path}: ${status}: ${said}`, status, status >= 500, { isUnknownSymbol });
  }

  #learnSource(said: string | null): void {
    if (this.#source === this.#real) return;
    if (said === "recorded" || said === "simulated") this.#source = said;
  }
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
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
  if (!isLightJson(text, ANSWER_BOUNDS)) {
    throw new ExchangeError(
      `${path}: the answer holds more lists, objects or values than any that is meant`,
      status,
      true,
    );
  }
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

/** Why nothing came back, in words. */
function failureInWords(path: string, cause: unknown): string {
  return cause instanceof BodyTooLarge
    ? `${path}: ${cause.message}`
    : `no answer to ${path}: ${connectionFault(cause)}`;
}
