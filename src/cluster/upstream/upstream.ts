import {
  boundedBody,
  type Clock,
  countOf,
  InvalidInput,
  type MarketId,
  millis,
  oneLine,
  reasonOf,
  type StopSignal,
  withoutAddresses,
} from "../../core/mod.ts";
import { type HealthAnswer, healthSchema, readAnswer } from "../../wire/mod.ts";
import type { UpstreamLine } from "./line.ts";
import { lackOf, type WantedMarket } from "./serves.ts";

/** How long one answer may take, and how many bytes of it are read: a list of all symbols is the largest. */
const ANSWER_WITHIN_MS = 10_000;
const MAX_BYTES = 16_777_216;

/** An answer that is quoted in the log is cut after so many characters. */
const MAX_QUOTED_CHARACTERS = 200;

/** Between two looks at an upstream that doesn't answer: so long at first, then twice as long each time. */
const RETRY = { firstMs: 500, longestMs: 10_000 } as const;

/** Between two looks at one that does. */
const LOOK_EVERY_MS = 10_000;

/** What an upstream is made of. */
export interface UpstreamOptions {
  readonly url: string;
  readonly line: Pick<UpstreamLine, "fetch">;
  /** The settings that name it and its key, for messages; --upstream and --upstream-key unless said. */
  readonly flags?: { readonly server: string; readonly key: string };
  /** The name of this run of our server. */
  readonly node: string;
  readonly clock: Clock;
  /** Called after each look at it. */
  readonly onLook?: () => void;
  readonly log: { info(message: string): void; warn(message: string): void };
}

/** Something answers that isn't a Vyx: a proxy that doesn't know where to pass requests yet, or the wrong address. */
class ForeignAnswer extends Error {}

/** The server that is followed: whether it serves what is wanted, and which nodes its data has passed. */
export class Upstream {
  /** Host and port, for those who may know it. */
  readonly host: string;
  readonly #options: UpstreamOptions;
  #path: readonly string[] = [];
  #epochs: ReadonlyMap<MarketId, string> = new Map();
  #hasOpened = false;

  constructor(options: UpstreamOptions) {
    this.#options = options;
    this.host = new URL(options.url).host;
  }

  /** The nodes that the data passed, the upstream first; empty until it answered. */
  path(): readonly string[] {
    return this.#path;
  }

  /** Names the market that it has, as it last said; undefined where it hasn't. */
  epochOf(market: MarketId): string | undefined {
    return this.#epochs.get(market);
  }

  /**
   * Resolves once it has answered, and serves what is wanted of each market; waits for one that doesn't answer. Rejects with InvalidInput
   * where waiting can't help: it serves something else, refuses the key, or follows us.
   */
  async serves(wanted: readonly WantedMarket[], signal: StopSignal): Promise<void> {
    const { clock, log } = this.#options;
    let waitMs: number = RETRY.firstMs;
    let said = "";
    while (!signal.aborted) {
      try {
        const health = await this.#look();
        this.#refuseLoop();
        for (const one of wanted) {
          const lack = lackOf(health, one);
          if (lack !== undefined) throw this.#refusal(lack);
        }
        await this.#knock();
        log.info(`following ${this.host}, which serves ${health.markets.map(({ market }) => market).join(", ")}`);
        return;
      } catch (cause) {
        if (cause instanceof InvalidInput) throw cause;
        const reason = withoutAddresses(reasonOf(cause));
        const what =
          cause instanceof ForeignAnswer
            ? `the upstream ${this.host} answers, but not as a Vyx does, waiting for one there: ${reason}: expected ${this.#flags.server} with the address of a Vyx`
            : `the upstream ${this.host} doesn't answer yet, waiting for it: ${reason}`;
        if (reason !== said) log.warn(what);
        said = reason;
      }
      await clock.sleep(millis(waitMs), signal).catch(() => {});
      waitMs = Math.min(RETRY.longestMs, waitMs * 2);
    }
  }

  /**
   * Looks now and then which nodes it follows by now, until the signal is aborted. Rejects with InvalidInput where we are one of them. All
   * else may pass: a server that has a market to serve doesn't end because a proxy refuses a request, or an older version is put back.
   */
  async watch(signal: StopSignal): Promise<void> {
    const { clock, log } = this.#options;
    let said = "";
    while (!signal.aborted) {
      await clock.sleep(millis(LOOK_EVERY_MS), signal).catch(() => {});
      if (signal.aborted) return;
      try {
        await this.#look();
        said = "";
      } catch (cause) {
        // That it is away is the feed's to notice.
        if (!(cause instanceof InvalidInput) || cause.message === said) continue;
        said = cause.message;
        log.warn(said);
      }
      this.#refuseLoop();
    }
  }

  async #look(): Promise<HealthAnswer> {
    const answer = await this.#ask("/health");
    const body = parsed(answer);
    if (body === undefined) throw new ForeignAnswer(`/health: expected JSON, got ${quoted(answer)}`);
    const read = readAnswer(healthSchema, body);
    if ("fault" in read) throw new ForeignAnswer(`/health: ${read.fault}`);
    const { node, following } = read.answer;
    // A server from before there were followers has no name.
    if (node === "") throw this.#refusal("it is an older Vyx, which can't be followed: expected one of this version");
    this.#path = [node, ...(following?.path ?? [])];
    this.#epochs = new Map(
      read.answer.markets.flatMap(({ market, epoch }) => (epoch === "" ? [] : [[market, epoch] as const])),
    );
    this.#options.onLook?.();
    return read.answer;
  }

  #refuseLoop(): void {
    const path = this.#path;
    if (!path.includes(this.#options.node)) return;
    throw this.#refusal(
      path[0] === this.#options.node
        ? "it is this server itself: expected the address of another one"
        : `it follows this server, over ${countOf(path.length - 1, "other")}: expected one that gets its market elsewhere`,
    );
  }

  /** Finds out once whether the key opens both ways: rejects with InvalidInput where it doesn't. */
  async #knock(): Promise<void> {
    if (this.#hasOpened) return;
    await this.#ask("/symbols?market=all");
    await this.#ask("/tickets", "POST");
    this.#hasOpened = true;
  }

  async #ask(path: string, method = "GET"): Promise<string> {
    const { url, line } = this.#options;
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const response = await line.fetch(`${url}${path}`, { method, redirect: "manual", signal });
    const text = new TextDecoder().decode(await boundedBody(response.body, MAX_BYTES, signal));
    if (response.ok) return text;
    const { status } = response;
    if (status === 401 || status === 403) {
      throw this.#refusal(
        `it refuses ${path} with ${status}: expected ${this.#flags.key} with a key that has the scopes read and stream`,
      );
    }
    const reason = `${path}: ${status}: ${quoted(text)}`;
    // Proxies answer 5xx while the server behind them is away, and 429 is another Vyx's as well.
    const isForeign = path === "/health" && status < 500 && status !== 429 && status !== 408;
    throw isForeign ? new ForeignAnswer(reason) : new Error(reason);
  }

  get #flags(): { readonly server: string; readonly key: string } {
    return this.#options.flags ?? { server: "--upstream", key: "--upstream-key" };
  }

  #refusal(what: string): InvalidInput {
    return new InvalidInput(`${this.#flags.server} ${this.host} can't be followed: ${what}`);
  }
}

/** JSON's value; undefined where the text is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The beginning of an answer, for a line of the log. */
function quoted(text: string): string {
  return oneLine(text.replaceAll(/\s+/g, " ").trim().slice(0, MAX_QUOTED_CHARACTERS)) || "an empty answer";
}
