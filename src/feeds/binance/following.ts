import {
  type Clock,
  millis,
  type Random,
  type Symbol,
  type SymbolInfo,
  type Ticker,
  type UnixMs,
} from "../../core/mod.ts";
import { Backoff } from "./backoff.ts";
import { Followed } from "./followed.ts";
import { words } from "./one-line.ts";
import { type BinanceRest, ExchangeError } from "./rest.ts";
import { followOn, type SymbolSelection, selectSymbols } from "./selection.ts";

/** Waits between attempts to learn the exchange's symbols at the start. */
const START_RETRY = { firstMs: 500, longestMs: 30_000 } as const;

/** How often the exchange's symbols are read again, in local milliseconds. */
const SYMBOLS_EVERY_MS = 600_000;

/** The least time between two readings of the symbols, however often one is found to be unknown, in local milliseconds. */
const SYMBOLS_SOONEST_MS = 60_000;

/** How long the klines of a delisted symbol stay readable unless set: a week. */
const KEEP_DELISTED_MS = 7 * 86_400_000;

/** What following needs of the feed that it works for. */
export interface FollowingContext {
  readonly rest: BinanceRest;
  readonly selection: SymbolSelection;
  readonly quote: string;
  /** The symbols that are held from an earlier run. */
  remembered(): readonly SymbolInfo[];
  /** Whether each symbol's 1s stream is wanted too. */
  readonly withSeconds: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly keepDelistedMs?: number | undefined;
  readonly onWarmUp?: ((done: number, total: number) => void) | undefined;
  learnTime(serverTime: UnixMs): void;
  /** These are followed now, as the store is to hear it; the streams of `fresh` are wanted from now on. */
  follows(infos: readonly SymbolInfo[], fresh: readonly Followed[]): void;
  /** Nothing more is wanted of this symbol. */
  leaves(followed: Followed): void;
  note(message: string): void;
  warn(message: string): void;
}

/**
 * Which symbols are followed, and how each of them stands: asked of the exchange at the start, read again every ten minutes,
 * and sooner when REST doesn't know one of them.
 */
export class Following {
  readonly #context: FollowingContext;
  readonly #followed: Map<Symbol, Followed> = new Map();
  readonly #names: Map<string, Symbol> = new Map();
  #warm = 0;
  #wasWarm = false;
  #wake: () => void = () => {};

  constructor(context: FollowingContext) {
    this.#context = context;
  }

  /** The symbols by the exchange's names, for whoever reads its frames. */
  get names(): ReadonlyMap<string, Symbol> {
    return this.#names;
  }

  /** Whether the histories of all symbols of the start were read; what is listed later doesn't make the whole feed cold again. */
  get wasWarm(): boolean {
    return this.#wasWarm;
  }

  get(symbol: Symbol): Followed | undefined {
    return this.#followed.get(symbol);
  }

  all(): Followed[] {
    return [...this.#followed.values()];
  }

  /**
   * Asks what trades, until the exchange answers, and gives its tickers; undefined when the signal was aborted before.
   * Rejects where asking again can't help: a selection that names nothing.
   */
  async begin(signal: AbortSignal): Promise<readonly Ticker[] | undefined> {
    const { selection, quote, remembered, clock, random, warn } = this.#context;
    const backoff = new Backoff(START_RETRY, random);
    while (!signal.aborted) {
      try {
        const { symbols, tickers } = await this.#ask(true, signal);
        const selected = selectSymbols(selection, quote, symbols, tickers, remembered());
        if (selected.length > 0) {
          this.#follow(selected);
          return tickers;
        }
        // The whole exchange may be halted, for its maintenance.
        warn(`nothing trades against ${quote} now; asking again`);
      } catch (cause) {
        if (signal.aborted) return undefined;
        if (!(cause instanceof ExchangeError)) throw cause;
        warn(`${cause.message}; asking again`);
      }
      await clock.sleep(backoff.next(), signal).catch(() => {});
    }
    return undefined;
  }

  /** Follows what is listed, halted and delisted until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { selection, quote, warn } = this.#context;
    while (!signal.aborted) {
      await this.#sleepUntilDue(signal);
      if (signal.aborted) return;
      try {
        const { symbols, tickers } = await this.#ask(selection.kind === "top", signal);
        const followed = this.all().map(({ info }) => info);
        this.#follow(this.#withoutLongDelisted(followOn(selection, quote, symbols, tickers, followed)));
      } catch (cause) {
        if (signal.aborted) return;
        warn(`the exchange's symbols weren't read again: ${words(cause)}`);
      }
    }
  }

  /** REST doesn't know a symbol that is followed: the list is due. */
  readAgainSoon(): void {
    this.#wake();
  }

  /** A symbol's history was read. */
  warmed(symbol: Symbol): void {
    const followed = this.#followed.get(symbol);
    if (followed !== undefined) this.#countWarm(followed);
  }

  async #ask(
    withTickers: boolean,
    signal: AbortSignal,
  ): Promise<{ symbols: readonly SymbolInfo[]; tickers: readonly Ticker[] }> {
    const { rest, learnTime } = this.#context;
    const { serverTime, symbols } = await rest.exchangeInfo("user", signal);
    const tickers = withTickers ? await rest.tickers("user", signal) : [];
    learnTime(serverTime);
    return { symbols, tickers };
  }

  async #sleepUntilDue(signal: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    const due = new AbortController();
    this.#wake = () => due.abort();
    signal.addEventListener("abort", this.#wake, { once: true });
    const soonest = clock.sleep(millis(SYMBOLS_SOONEST_MS), signal).catch(() => {});
    await clock.sleep(millis(SYMBOLS_EVERY_MS), due.signal).catch(() => {});
    await soonest;
    signal.removeEventListener("abort", this.#wake);
  }

  #withoutLongDelisted(infos: readonly SymbolInfo[]): SymbolInfo[] {
    const { clock, keepDelistedMs = KEEP_DELISTED_MS } = this.#context;
    return infos.filter((info) => {
      if (info.status !== "DELISTED") return true;
      const since = this.#followed.get(info.symbol)?.delistedAt ?? clock.now();
      return clock.now() - since < keepDelistedMs;
    });
  }

  /** From now on these symbols are followed, and no others. */
  #follow(infos: readonly SymbolInfo[]): void {
    const { follows, note } = this.#context;
    const isStart = this.#followed.size === 0;
    const changes: string[] = [];
    const fresh: Followed[] = [];
    const names = new Set<string>(infos.map(({ symbol }) => symbol));
    for (const followed of this.all()) {
      if (names.has(followed.symbol)) continue;
      this.#unfollow(followed);
      changes.push(`${followed.symbol} isn't followed any more`);
    }
    for (const info of infos) {
      const had = this.#followed.get(info.symbol);
      if (had === undefined) {
        const added = this.#add(info);
        if (added.delistedAt !== undefined) changes.push(`${info.symbol} was delisted while nobody looked`);
        else fresh.push(added);
        if (!isStart) changes.push(`${info.symbol} is followed now`);
        continue;
      }
      if (had.info.status !== info.status) changes.push(`${info.symbol}: ${had.info.status} → ${info.status}`);
      if (this.#update(had, info)) fresh.push(had);
    }
    for (const followed of this.all()) if (followed.delistedAt !== undefined) this.#countWarm(followed);
    follows(infos, fresh);
    for (const change of changes) note(change);
  }

  #add(info: SymbolInfo): Followed {
    const followed = new Followed(info, this.#context.withSeconds);
    if (info.status === "DELISTED") followed.delistedAt = this.#context.clock.now();
    this.#followed.set(info.symbol, followed);
    this.#names.set(info.symbol, info.symbol);
    return followed;
  }

  /** Takes over what the exchange says of a symbol now. Gives back whether it is listed again, and so wanted again. */
  #update(had: Followed, info: SymbolInfo): boolean {
    had.info = info;
    const wasDelisted = had.delistedAt !== undefined;
    if (info.status !== "DELISTED") {
      had.delistedAt = undefined;
      return wasDelisted;
    }
    if (!wasDelisted) {
      had.delistedAt = this.#context.clock.now();
      this.#context.leaves(had);
      this.#countWarm(had);
    }
    return false;
  }

  #unfollow(followed: Followed): void {
    this.#context.leaves(followed);
    this.#followed.delete(followed.symbol);
    this.#names.delete(followed.symbol);
    if (followed.isWarm) this.#warm -= 1;
  }

  #countWarm(followed: Followed): void {
    if (followed.isWarm) return;
    followed.isWarm = true;
    this.#warm += 1;
    if (this.#warm === this.#followed.size) this.#wasWarm = true;
    this.#context.onWarmUp?.(this.#warm, this.#followed.size);
  }
}
