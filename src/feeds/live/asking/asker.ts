import {
  ANY_UNKNOWN,
  addCandles,
  assert,
  BodyTooLarge,
  boundedBody,
  CHILD_OF,
  type Clock,
  type Interval,
  isLightJson,
  isTickerSane,
  millis,
  type OpenTimeRange,
  type OptionalColumn,
  oneLine,
  openTimeOf,
  type Random,
  Refusals,
  readRetryAfter,
  reasonOf,
  type Stopwatch,
  type Symbol,
  type Ticker,
  type UnixMs,
} from "../../../core/mod.ts";
import type { Exchange, Listing, MarketFacts, Question, Realness, Refusal, RestProtocol } from "../../exchange.ts";
import { standInMarket } from "../../stand-in.ts";
import { Backoff } from "../line/backoff.ts";
import { connectionFault, placeOf } from "../line/unreachable.ts";
import { foldRows } from "../reading/folded-rows.ts";
import { type AnsweredRows, answeredPart, judgeRows } from "../reading/judged-rows.ts";
import { ANSWER_BOUNDS, jsonOrText } from "./answer-text.ts";
import type { BanMemory } from "./ban-file.ts";
import { ExchangeError } from "./exchange-error.ts";
import { type Lane, WeightGovernor } from "./governor.ts";
import { candlesIn, sourceInterval, sourceRange } from "./source-interval.ts";

/** How long one call may take, in milliseconds. */
const CALL_TIMEOUT_MS = 10_000;

/** Waits after calls that failed without the exchange's saying how long: no answer, or 5xx. */
const TROUBLE = { firstMs: 500, longestMs: 30_000 } as const;

/** How long nobody asks where the exchange doesn't serve us: asking again soon can't help. */
const REFUSED_FOR_MS = 300_000;

/** How long to stay away when neither the exchange nor what is known of it says, in milliseconds. */
const DEFAULT_RETRY_AFTER_MS = 60_000;

/** A shorter wait than this can't be meant by a refusal that makes us stop, in milliseconds: it counts as missing. */
const LEAST_RETRY_AFTER_MS = 1_000;

/** How long after its end a candle without a row may still come, where the exchange lists some late, in milliseconds of market time. */
const COMES_WITHIN_MS = 600_000;

/** Pages of an answer at most: a cursor that leads in circles leads nowhere. */
const MAX_PAGES = 50;

/** The longest part of an error answer that is repeated, in characters. */
const SAID_CHARACTERS = 300;

/** The most bytes of an error's text that are read. */
const MAX_ERROR_BYTES = 1_048_576;

/** When a question went out, by the stopwatch: what the exchange says of its clock was true between then and the answer. */
interface AskedAt {
  readonly askedAt: number;
}

/** How REST is set up. */
export interface AskerOptions {
  readonly exchange: Pick<Exchange, "rest" | "facts">;
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
  readonly #facts: MarketFacts;
  readonly #isOwn: boolean;
  /** What answers said that the data is; undefined before the first that did. */
  #said: Realness | undefined;
  #standIn: string | undefined;

  constructor(options: AskerOptions) {
    const { exchange, baseUrl, clock, stopwatch, random, fetch: fetcher = fetch, weightShare, bans } = options;
    const { refusals = new Refusals() } = options;
    this.#refusals = refusals;
    this.#facts = exchange.facts;
    this.#protocol = exchange.rest;
    this.#base = baseUrl.replace(/\/+$/, "");
    this.#place = placeOf(this.#base, options.proxy);
    this.#fetch = fetcher;
    this.#clock = clock;
    this.#stopwatch = stopwatch;
    this.#trouble = new Backoff(TROUBLE, random);
    this.governor = new WeightGovernor(clock, stopwatch, exchange.rest.budget, weightShare, bans);
    this.#isOwn = exchange.rest.isOwn(this.#base);
  }

  /**
   * The columns that may be unknown: those that the exchange doesn't send, and any where a stand-in plays a recording. From an exchange, null
   * is no figure.
   */
  get unknown(): ReadonlySet<OptionalColumn> {
    return this.realness === "recorded" ? ANY_UNKNOWN : this.#facts.unknown;
  }

  /** How the stand-in that answers names its market; undefined of an exchange. */
  get standIn(): string | undefined {
    return this.#standIn;
  }

  /** How real the data is: that of the exchange's own hosts is live; any other host is simulated until it says what it is. */
  get realness(): Realness {
    return this.#isOwn ? "live" : (this.#said ?? "simulated");
  }

  /** How often the list of symbols is to be read again, where the exchange's facts say. */
  get listedEveryMs(): number | undefined {
    return this.#protocol.listedEveryMs;
  }

  /** Whether the list names delisted symbols for as long as they are to be kept. */
  get listsDelisted(): boolean {
    return this.#protocol.listsDelisted === true;
  }

  /** How long a question for the list of symbols has to wait for request weight, in milliseconds. */
  get listWaitMs(): number {
    return this.governor.waitMs(this.#protocol.costs.symbols.weight);
  }

  /** How long the last of so many questions for klines has to wait for request weight, in milliseconds. */
  klinesWaitMs(questions: number): number {
    return questions === 0 ? 0 : this.governor.waitMs(questions * this.#protocol.costs.klines.weight);
  }

  /** The most klines of an interval in one answer. */
  rowsOf(interval: Interval): number {
    const source = sourceInterval(interval, this.#facts.history);
    return source === undefined ? 0 : Math.floor(this.#protocol.rows / candlesIn(interval, source));
  }

  async listed(lane: Lane, signal: AbortSignal): Promise<Listing & AskedAt> {
    const { answer, askedAt } = await this.#ask(this.#protocol.listed(), lane, signal);
    this.governor.most = answer.budget ?? this.#protocol.budget.most;
    return { ...answer, askedAt };
  }

  async tickers(lane: Lane, signal: AbortSignal): Promise<readonly Ticker[]> {
    const { answer } = await this.#ask(this.#protocol.tickers(), lane, signal);
    const { unknown } = this;
    return answer.filter((ticker) => isTickerSane(ticker, unknown));
  }

  /** The exchange's clock. */
  async time(lane: Lane, signal: AbortSignal): Promise<{ readonly serverTime: UnixMs } & AskedAt> {
    const { answer, askedAt } = await this.#ask(this.#protocol.time(), lane, signal);
    return { serverTime: answer, askedAt };
  }

  /**
   * The klines that open in the range, oldest first, or as many of them as one answer has; the last may be open. With the rows that
   * were refused, and for which part of the range this speaks. The exchange must have the interval, or one that it is folded from.
   */
  async klines(
    symbol: Symbol,
    interval: Interval,
    range: OpenTimeRange,
    marketTime: UnixMs,
    lane: Lane,
    signal: AbortSignal,
  ): Promise<AnsweredRows> {
    const { unknown, history } = this.#facts;
    const source = sourceInterval(interval, history);
    assert(source !== undefined, "the feed asks only for intervals that the exchange has");
    const { rows: most, keeps } = this.#protocol;
    const asked = source === interval ? range : partOf(interval, range, this.rowsOf(interval), keeps);
    const rangeOfSource = source === interval ? range : sourceRange(interval, source, asked);
    const { answer } = await this.#ask(this.#protocol.klines(symbol, source, rangeOfSource), lane, signal);
    const rows = judgeRows(answer, { interval: source, range: rangeOfSource, marketTime, unknown: this.unknown });
    for (const { reason, row } of rows.refused) {
      // Nothing is wrong with a row that only comes too early.
      if (reason === "not_final") continue;
      this.#refusals.note("rest", reason, () => `${symbol} ${source}: ${JSON.stringify(row)}`);
    }
    const mayComeSince = this.#mayComeSince(interval, marketTime);
    return source === interval
      ? { ...rows, answered: answeredPart(interval, range, rows, most, keeps), mayComeSince }
      : { ...foldRows(interval, rows, marketTime, unknown), answered: asked, mayComeSince };
  }

  /** Longer candles follow from their minutes, when those come. */
  #mayComeSince(interval: Interval, marketTime: UnixMs): UnixMs | undefined {
    const { absence, finalWithinMs } = this.#facts;
    if (absence === "settled" || CHILD_OF[interval] !== undefined) return undefined;
    return openTimeOf(interval, marketTime - (absence === "later" ? COMES_WITHIN_MS : finalWithinMs));
  }

  /** Asks and reads, page by page where there are several. */
  async #ask<T>(question: Question<T>, lane: Lane, signal: AbortSignal): Promise<{ readonly answer: T } & AskedAt> {
    let asked = await this.#askPage(question, lane, signal);
    let next = question.next?.(asked.answer);
    for (let page = 2; next !== undefined; page += 1) {
      if (page > MAX_PAGES) {
        const message = `${next.path}: the answer goes on past ${MAX_PAGES} pages`;
        throw new ExchangeError(message, undefined, true, { isUnreadable: true });
      }
      asked = await this.#askPage(next, lane, signal);
      next = next.next?.(asked.answer);
    }
    return asked;
  }

  /** An answer that can't be read is as good as none, and asked for again. */
  async #askPage<T>(question: Question<T>, lane: Lane, signal: AbortSignal): Promise<{ readonly answer: T } & AskedAt> {
    const { path, weight } = question;
    await this.governor.acquire(weight, lane, signal);
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
    this.#learnRealness(response.headers);
    if (!response.ok) throw await this.#failure(path, response, signal);
    const text = textOf(await boundedBody(response.body, this.#protocol.costs[about].maxBytes, signal));
    const body = parsed(path, response, text);
    const refusal = this.#protocol.refusal(response.status, response.headers, body);
    if (refusal !== undefined) throw this.#refused(path, response, refusal, oneLine(text, SAID_CHARACTERS));
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
  #holdBack({ refusal, retryable, isUnreadable }: ExchangeError, askedAt: number): boolean {
    if (isUnreadable || refusal === "unsettled") return false;
    if (refusal === "address") this.governor.pause(millis(REFUSED_FOR_MS));
    if (!retryable || refusal === "stop") return retryable || refusal === "address";
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
    if (status >= 300 && status < 400) {
      const target = headers.get("location") ?? "nowhere";
      return new ExchangeError(
        `${path}: the answer is a redirect (${status}) to ${target}: expected the exchange itself at ${this.#base}`,
        status,
        true,
      );
    }
    const refusal = this.#protocol.refusal(status, headers, jsonOrText(text));
    if (refusal !== undefined) return this.#refused(path, response, refusal, said);
    return new ExchangeError(`${path}: ${status}: ${said}`, status, status >= 500);
  }

  /** A refusal that the exchange's protocol knows, in words; where it makes us stop, we do. */
  #refused(path: string, { status, headers }: Response, { kind, says, waitMs }: Refusal, said: string): ExchangeError {
    if (kind !== "stop") {
      // An answer that isn't certain says nothing of why.
      const what = kind === "unsettled" && says !== undefined ? says : `${says ?? status}: ${said}`;
      const retryable = kind === "trouble" || kind === "unsettled";
      return new ExchangeError(`${path}: ${what}`, status, retryable, { refusal: kind });
    }
    const told = readRetryAfter(headers.get("retry-after"), headers.get("date"), this.#clock.now());
    // A wait of zero would lead straight into the next refusal.
    const wait = told === undefined || told < LEAST_RETRY_AFTER_MS ? (waitMs ?? DEFAULT_RETRY_AFTER_MS) : told;
    this.governor.stop(millis(wait));
    const asked = told === wait ? "asked to wait" : "not told how long, waiting";
    const what = `${says ?? String(status)}, ${asked} ${Math.ceil(wait / 1_000)} s`;
    return new ExchangeError(`${path}: ${what}: ${said}`, status, true, { refusal: kind });
  }

  /** What isn't real doesn't become so later: klines from before may be held still. */
  #learnRealness(headers: Headers): void {
    this.#standIn = standInMarket(headers) ?? this.#standIn;
    const said = this.#protocol.standIn(headers);
    if (said === undefined || (said === "live" && this.#said !== undefined)) return;
    this.#said = said;
  }
}

/** A part of a range, of so many candles, from the end that an answer keeps. */
function partOf(
  interval: Interval,
  { from, to }: OpenTimeRange,
  most: number,
  keeps: "oldest" | "newest",
): OpenTimeRange {
  return keeps === "oldest"
    ? { from, to: Math.min(to, addCandles(interval, from, most - 1)) as UnixMs }
    : { from: Math.max(from, addCandles(interval, to, 1 - most)) as UnixMs, to };
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
