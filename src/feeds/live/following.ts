import {
  type Clock,
  InvalidInput,
  millis,
  nameAt,
  oneLine,
  type Random,
  reasonOf,
  type Stopwatch,
  type Symbol,
  type SymbolInfo,
  type Ticker,
  type UnixMs,
} from "../../core/mod.ts";
import type { StreamProtocol } from "../exchange.ts";
import type { Asker } from "./asking/asker.ts";
import { ExchangeError } from "./asking/exchange-error.ts";
import { Followed } from "./followed.ts";
import { Backoff } from "./line/backoff.ts";
import { followOn, type SymbolSelection, selectSymbols } from "./selection.ts";

/** Waits between attempts to learn the exchange's symbols at the start. */
const START_RETRY = { firstMs: 500, longestMs: 30_000 } as const;

/** How often the exchange's symbols are read again, in local milliseconds. */
const SYMBOLS_EVERY_MS = 600_000;

/** The least time between two readings of the symbols, however often one is found to be unknown, in local milliseconds. */
const SYMBOLS_SOONEST_MS = 60_000;

/** A symbol that was heard within this much market time trades, even if the list says otherwise; in milliseconds. */
const HEARD_WITHIN_MS = 60_000;

/** How long the klines of a delisted symbol stay readable unless set: a week. */
const KEEP_DELISTED_MS = 7 * 86_400_000;

/** What following needs of the feed that it works for. */
export interface FollowingContext {
  readonly rest: Asker;
  readonly selection: SymbolSelection;
  readonly quote: string | undefined;
  /** The symbols that are held from an earlier run. */
  remembered(): readonly SymbolInfo[];
  /** The names of streams. */
  readonly streams: Pick<StreamProtocol, "of">;
  /** Whether each symbol's 1s stream is wanted too. */
  readonly withSeconds: boolean;
  readonly clock: Pick<Clock, "sleep">;
  readonly stopwatch: Stopwatch;
  readonly random: Random;
  readonly keepDelistedMs?: number | undefined;
  /** A symbol of the start was read. */
  onWarm(): void;
  /** The exchange's clock, as far as the feed knows. */
  marketTime(): UnixMs;
  /** The exchange said what time it is, in an answer that was asked for at this time of the stopwatch. */
  learnTime(serverTime: UnixMs, askedAt: number): void;
  /** These are followed now, as the store is to hear it; the streams of `fresh` are wanted from now on. */
  follows(infos: readonly SymbolInfo[], fresh: readonly Followed[]): void;
  /** Nothing more is wanted of this symbol. */
  unwanted(followed: Followed): void;
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
  readonly #byStream: Map<string, Followed> = new Map();
  #warm = 0;
  /** Symbols that aren't warm and that the start doesn't wait for. */
  readonly #excused: Set<Symbol> = new Set();
  #wasWarm = false;
  /** How often in a row the list didn't name a symbol that is followed; REST's not knowing it counts as once more. */
  readonly #missed: Map<Symbol, number> = new Map();
  /** Entries of the exchange's lists that named no symbol, since the start. */
  #refusedEntries = 0;
  #wake: () => void = () => {};

  constructor(context: FollowingContext) {
    this.#context = context;
  }

  /** The symbols by the exchange's names, for the reader of frames. */
  get names(): ReadonlyMap<string, Symbol> {
    return this.#names;
  }

  /** Whether the histories of all symbols of the start were read; what is listed later doesn't make the whole feed cold again. */
  get wasWarm(): boolean {
    return this.#wasWarm;
  }

  /** How many symbols were read, and how many there are. */
  get progress(): { readonly done: number; readonly total: number } {
    return { done: this.#warm, total: this.#followed.size };
  }

  /** How many entries of the exchange's lists named no symbol, since the start. */
  get refusedEntries(): number {
    return this.#refusedEntries;
  }

  get(symbol: Symbol): Followed | undefined {
    return this.#followed.get(symbol);
  }

  /** Whose stream this is. */
  ofStream(stream: string): Followed | undefined {
    return this.#byStream.get(stream);
  }

  all(): Followed[] {
    return [...this.#followed.values()];
  }

  /**
   * Asks what trades, until the exchange answers, and gives its tickers; undefined when the signal was aborted before.
   * Rejects where asking again can't help: a selection that names what isn't in two answers.
   */
  async begin(signal: AbortSignal): Promise<readonly Ticker[] | undefined> {
    const { selection, quote, remembered, clock, random, warn } = this.#context;
    const backoff = new Backoff(START_RETRY, random);
    let wasRefused = false;
    while (!signal.aborted) {
      try {
        const { symbols, tickers } = await this.#ask(true, signal);
        const had = remembered();
        this.#countMissed(had, symbols);
        const selected = selectSymbols(selection, quote, symbols, tickers, had, (symbol) => this.#isGone(symbol, had));
        if (selected.length > 0) {
          this.#follow(selected);
          return tickers;
        }
        // The whole exchange may be halted, for its maintenance.
        warn(`nothing trades${quote === undefined ? "" : ` against ${quote}`} now; asking again`);
      } catch (cause) {
        if (signal.aborted) return undefined;
        if (!(cause instanceof ExchangeError || (cause instanceof InvalidInput && !wasRefused))) throw cause;
        // One answer alone doesn't end a server.
        wasRefused ||= cause instanceof InvalidInput;
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
        this.#countMissed(followed, symbols);
        const chosen = followOn(selection, quote, symbols, tickers, followed, (symbol) =>
          this.#isGone(symbol, followed),
        );
        this.#follow(this.#kept(chosen, symbols));
      } catch (cause) {
        if (signal.aborted) return;
        warn(`the exchange's symbols weren't read again: ${reasonOf(cause)}`);
      }
    }
  }

  /**
   * REST doesn't know a symbol that is followed (any, where none is named): the list is due. Where the list didn't name it
   * either, it is gone.
   */
  readAgainSoon(symbol?: Symbol): void {
    const missed = symbol === undefined ? undefined : this.#missed.get(symbol);
    if (symbol === undefined || missed === undefined) {
      this.#wake();
      return;
    }
    this.#missed.set(symbol, missed + 1);
    const infos = this.all().map(({ info }) => info);
    if (this.#followed.get(symbol)?.delistedAt !== undefined || !this.#isGone(symbol, infos)) return;
    const present = infos.map((info) => (info.symbol === symbol ? ({ ...info, status: "DELISTED" } as const) : info));
    this.#follow(this.#kept(present, []));
  }

  /** A symbol's history was read. */
  warmed(symbol: Symbol): void {
    const followed = this.#followed.get(symbol);
    if (followed !== undefined) this.#countWarm(followed);
  }

  /** A symbol's history can't be read though others' can: the start doesn't wait for it. */
  excuse(symbol: Symbol): void {
    if (this.#followed.get(symbol)?.isWarm !== false) return;
    this.#excused.add(symbol);
    this.#lookWhetherWarm();
  }

  async #ask(
    withTickers: boolean,
    signal: AbortSignal,
  ): Promise<{ symbols: readonly SymbolInfo[]; tickers: readonly Ticker[] }> {
    const { rest, learnTime, warn } = this.#context;
    const { serverTime, symbols, refused, askedAt } = await rest.listed("user", signal);
    if (!Number.isNaN(serverTime)) learnTime(serverTime, askedAt);
    if (refused.count > 0) {
      if (this.#refusedEntries === 0) {
        warn(
          `${refused.count} entries of the exchange's list name no symbol and are left out: ${oneLine(refused.first ?? "")}`,
        );
      }
      this.#refusedEntries += refused.count;
    }
    const tickers = withTickers ? await rest.tickers("user", signal) : [];
    return { symbols, tickers };
  }

  /** Notes which of the symbols that we had the list doesn't name. */
  #countMissed(had: readonly SymbolInfo[], listed: readonly SymbolInfo[]): void {
    const names = new Set(listed.map(({ symbol }) => symbol));
    for (const { symbol } of had) {
      if (names.has(symbol)) this.#missed.delete(symbol);
      else this.#missed.set(symbol, (this.#missed.get(symbol) ?? 0) + 1);
    }
  }

  /**
   * Whether a symbol that the list doesn't name is gone: a second witness says so, be it the next list or REST, and nothing is
   * heard of it any more. One list may be cut short.
   */
  #isGone(symbol: Symbol, had: readonly SymbolInfo[]): boolean {
    if (had.find((info) => info.symbol === symbol)?.status === "DELISTED") return true;
    const followed = this.#followed.get(symbol);
    const heardAt = Math.max(followed?.heardAt ?? 0, followed?.tickedAt ?? 0);
    return (this.#missed.get(symbol) ?? 0) >= 2 && this.#context.marketTime() - heardAt > HEARD_WITHIN_MS;
  }

  async #sleepUntilDue(signal: AbortSignal): Promise<void> {
    const { clock, rest } = this.#context;
    const due = new AbortController();
    this.#wake = () => due.abort();
    signal.addEventListener("abort", this.#wake, { once: true });
    const soonest = clock.sleep(millis(SYMBOLS_SOONEST_MS), signal).catch(() => {});
    const isSuspect = this.all().some(
      (followed) => followed.delistedAt === undefined && this.#missed.has(followed.symbol),
    );
    await clock
      .sleep(millis(isSuspect ? SYMBOLS_SOONEST_MS : (rest.listedEveryMs ?? SYMBOLS_EVERY_MS)), due.signal)
      .catch(() => {});
    await soonest;
    signal.removeEventListener("abort", this.#wake);
  }

  /** Without the symbols that were delisted too long ago, or that a list which has such symbols doesn't name any more. */
  #kept(infos: readonly SymbolInfo[], listed: readonly SymbolInfo[]): SymbolInfo[] {
    const { rest, stopwatch, keepDelistedMs = KEEP_DELISTED_MS } = this.#context;
    const names = new Set(listed.map(({ symbol }) => symbol));
    return infos.filter((info) => {
      if (info.status !== "DELISTED") return true;
      if (rest.listsDelisted) return names.has(info.symbol);
      const since = this.#followed.get(info.symbol)?.delistedAt ?? stopwatch();
      return stopwatch() - since < keepDelistedMs;
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
      if (statusText(had.info) !== statusText(info)) {
        changes.push(`${info.symbol}: ${statusText(had.info)} → ${statusText(info)}`);
      }
      if (this.#update(had, info)) fresh.push(had);
    }
    for (const followed of this.all()) {
      // The start doesn't wait for what may be gone.
      if (followed.delistedAt !== undefined || this.#missed.has(followed.symbol)) this.#countWarm(followed);
    }
    follows(infos, fresh);
    for (const change of changes) note(change);
  }

  #add(info: SymbolInfo): Followed {
    const followed = new Followed(info, this.#context.streams, this.#context.withSeconds);
    if (info.status === "DELISTED") followed.delistedAt = this.#context.stopwatch();
    this.#followed.set(info.symbol, followed);
    this.#names.set(nameAt(info.symbol), info.symbol);
    for (const stream of followed.streams) this.#byStream.set(stream, followed);
    return followed;
  }

  /** Takes over what the exchange says of a symbol now. Returns whether it is listed again, and so wanted again. */
  #update(had: Followed, info: SymbolInfo): boolean {
    had.info = info;
    const wasDelisted = had.delistedAt !== undefined;
    if (info.status !== "DELISTED") {
      had.delistedAt = undefined;
      return wasDelisted;
    }
    if (!wasDelisted) {
      had.delistedAt = this.#context.stopwatch();
      this.#context.unwanted(had);
      this.#countWarm(had);
    }
    return false;
  }

  #unfollow(followed: Followed): void {
    this.#context.unwanted(followed);
    this.#followed.delete(followed.symbol);
    this.#names.delete(nameAt(followed.symbol));
    for (const stream of followed.streams) this.#byStream.delete(stream);
    this.#excused.delete(followed.symbol);
    this.#missed.delete(followed.symbol);
    if (followed.isWarm) this.#warm -= 1;
  }

  #countWarm(followed: Followed): void {
    if (followed.isWarm) return;
    followed.isWarm = true;
    this.#warm += 1;
    this.#excused.delete(followed.symbol);
    this.#lookWhetherWarm();
    this.#context.onWarm();
  }

  /** The start is over when all but the excused are warm, and those are the fewer. */
  #lookWhetherWarm(): void {
    const { size } = this.#followed;
    if (this.#warm + this.#excused.size >= size && 2 * this.#warm >= size) this.#wasWarm = true;
  }
}

/** A status for the log, in the exchange's own word where it isn't one that we know. */
function statusText({ status, exchangeStatus }: SymbolInfo): string {
  return exchangeStatus === undefined ? status : oneLine(exchangeStatus);
}
