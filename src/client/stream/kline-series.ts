import type { Interval } from "../../core/mod.ts";
import type { KlinesAnswer, WireKline } from "../../wire/mod.ts";
import { ClientError } from "../client-error.ts";
import type { ClientSettings } from "../options.ts";
import { after } from "../time-limit.ts";
import { joined, withKline } from "./klines.ts";
import type { StreamMessage } from "./message.ts";
import type { Subscription } from "./subscription.ts";

/** Wait before the next request for history, while klines are missing or a request failed, in milliseconds. */
const ASK_AGAIN_MS = 5_000;

/** Maximum number of klines that arrive during a request for history. Older ones are in its answer anyway. */
const MAX_MEANWHILE = 10_000;

/** State of a series. `live`: its connection is up and it holds klines. `ended`: `error` has the reason. */
export type SeriesState = "loading" | "live" | "disconnected" | "ended";

/** Dependencies of a series. */
export interface KlineSeriesParts {
  readonly settings: ClientSettings;
  readonly symbol: string;
  readonly interval: Interval;
  readonly limit: number;
  readonly subscription: Subscription;
  readonly history: (limit: number, signal: AbortSignal) => Promise<KlinesAnswer>;
  /** How many klines the server keeps of a series; asked for only when it refused a request for history. */
  readonly capacity: (signal: AbortSignal) => Promise<number>;
}

/** What changed. */
interface News {
  readonly klines?: readonly WireKline[];
  readonly complete?: boolean;
  readonly settled?: boolean;
  readonly state?: SeriesState;
  readonly error?: ClientError;
}

/**
 * The newest klines of one series, kept up to date: the history first, then every change, and the history again after a gap.
 * `klines` is a new array after every change, so an array that you hold never changes.
 */
export class KlineSeries {
  /** The symbol that was asked for. */
  readonly symbol: string;
  /** The interval that was asked for. */
  readonly interval: Interval;
  readonly #parts: KlineSeriesParts;
  readonly #listeners: Set<() => void> = new Set();
  readonly #ending: AbortController = new AbortController();
  #klines: readonly WireKline[] = [];
  #version = 0;
  #limit: number;
  #isComplete = false;
  #isSettled = false;
  #state: SeriesState = "loading";
  #error: ClientError | undefined;
  /** Klines that arrived during a request for history; undefined otherwise. */
  #meanwhile: WireKline[] | undefined;
  #isCapped = false;
  #epoch: string | undefined;
  #asksAgain = false;
  /** Counts markets: an answer that was asked of one before isn't used. */
  #markets = 0;

  constructor(parts: KlineSeriesParts) {
    this.#parts = parts;
    this.symbol = parts.symbol;
    this.interval = parts.interval;
    this.#limit = parts.limit;
    void this.#run();
  }

  /** Oldest first, each open time once; the last one may be open. At most as many as were asked for. */
  get klines(): readonly WireKline[] {
    return this.#klines;
  }

  /** Moves whenever something changed. */
  get version(): number {
    return this.#version;
  }

  /** Whether the server vouches that nothing is missing among the klines. */
  get complete(): boolean {
    return this.#isComplete;
  }

  /** Whether nothing among them is in doubt: a kline that isn't there doesn't exist on the exchange. */
  get settled(): boolean {
    return this.#isSettled;
  }

  /** Whether history is being asked for: older klines may come. */
  get isLoading(): boolean {
    return this.#meanwhile !== undefined;
  }

  /** Names the market that the klines are of; undefined while the server hasn't said it. With another one the series begins anew, without klines. */
  get epoch(): string | undefined {
    return this.#epoch;
  }

  /** `loading`, `live`, `disconnected` or `ended`. */
  get state(): SeriesState {
    return this.#state;
  }

  /** Why the server ended it; undefined while it hasn't. */
  get error(): ClientError | undefined {
    return this.#error;
  }

  /**
   * Calls back after each change, at once. Returns a function that ends that.
   *
   * @throws nothing of its own; an error of the callback goes to the runtime
   * @example
   * const stop = series.listen(() => console.log(series.version, series.klines.at(-1)?.close));
   * stop();
   */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** How many klines it holds at most: as many as were asked for, or fewer where {@link isCapped}. */
  get limit(): number {
    return this.#limit;
  }

  /** Whether the server keeps fewer klines than were asked for, and has no older ones. `limit` is what it keeps then. */
  get isCapped(): boolean {
    return this.#isCapped;
  }

  /**
   * Holds as many klines from now on: older ones are asked for. Fewer than before are kept as they come.
   *
   * @throws nothing; `isCapped` says that the server doesn't have so many
   * @example
   * series.extend(1_000);
   */
  extend(limit: number): void {
    this.#limit = limit;
    this.#isCapped = false;
    void this.#load();
  }

  /**
   * Doesn't wait any longer for the next try to connect, for example because the network is back.
   *
   * @throws nothing
   * @example
   * globalThis.addEventListener?.("online", () => series.retry());
   */
  retry(): void {
    this.#parts.subscription.retry();
  }

  /**
   * Ends the series: its klines don't change any more.
   *
   * @throws nothing
   * @example
   * series.close();
   * console.log(series.state); // ended
   */
  close(): void {
    if (this.#ending.signal.aborted) return;
    // Its klines don't move any more: nobody is to take them for live ones.
    this.#state = "ended";
    this.#ending.abort();
    this.#parts.subscription.close();
    this.#listeners.clear();
  }

  async #run(): Promise<void> {
    try {
      for await (const message of this.#parts.subscription) this.#take(message);
      this.#changed({ state: "ended" });
    } catch (cause) {
      if (!(cause instanceof ClientError)) throw cause;
      this.#changed({ state: "ended", error: cause });
    }
    this.close();
  }

  #take(message: StreamMessage): void {
    switch (message.type) {
      case "connected":
        this.#epoch ??= message.epoch;
        this.#changed({ state: this.#klines.length > 0 ? "live" : "loading" });
        break;
      case "disconnected":
        this.#changed({ state: "disconnected" });
        break;
      case "epoch":
        this.#markets += 1;
        this.#epoch = message.epoch;
        this.#changed({ klines: [], complete: false, settled: false, state: "loading" });
        break;
      case "snapshot":
        this.#keep(...message.klines);
        this.#changed({ klines: joined(this.#klines, message.klines), state: "live" });
        void this.#load();
        break;
      case "kline":
        this.#keep(message.kline);
        this.#changed({ klines: withKline(this.#klines, message.kline), state: "live" });
        break;
      case "gap":
        this.#changed({ complete: false, settled: false });
        void this.#load();
        break;
    }
  }

  #keep(...klines: readonly WireKline[]): void {
    this.#meanwhile?.push(...klines);
    if ((this.#meanwhile?.length ?? 0) > MAX_MEANWHILE) this.#meanwhile?.splice(0, MAX_MEANWHILE / 2);
  }

  async #load(): Promise<void> {
    if (this.#meanwhile !== undefined) {
      this.#asksAgain = true;
      return;
    }
    this.#asksAgain = false;
    this.#meanwhile = [];
    const meanwhile = this.#meanwhile;
    const markets = this.#markets;
    const news = await this.#history().then(
      ({ klines, complete, settled }): News => ({ klines: meanwhile.reduce(withKline, klines), complete, settled }),
      // Told by nothing but `settled`: it is asked again, also where it was settled before older klines were asked for.
      (): News => ({ complete: false, settled: false }),
    );
    this.#meanwhile = undefined;
    if (markets === this.#markets) this.#changed(news);
    else this.#asksAgain = true;
    if (this.#asksAgain) void this.#load();
    else if (!this.#isSettled)
      after(this.#parts.settings.clock, ASK_AGAIN_MS, this.#ending.signal, () => void this.#load());
  }

  async #history(): Promise<KlinesAnswer> {
    const { history, capacity } = this.#parts;
    const { signal } = this.#ending;
    try {
      return await history(this.#limit, signal);
    } catch (cause) {
      if (!(cause instanceof ClientError) || cause.code !== "invalid_parameter") throw cause;
      const kept = await capacity(signal);
      if (kept >= this.#limit) throw cause;
      this.#limit = kept;
      this.#isCapped = true;
      return await history(kept, signal);
    }
  }

  #changed(news: News): void {
    if (this.#ending.signal.aborted) return;
    if (news.klines !== undefined) this.#klines = news.klines.slice(-this.#limit);
    this.#isComplete = news.complete ?? this.#isComplete;
    this.#isSettled = news.settled ?? this.#isSettled;
    this.#state = news.state ?? this.#state;
    this.#error = news.error ?? this.#error;
    this.#version += 1;
    for (const listener of [...this.#listeners]) listener();
  }
}
