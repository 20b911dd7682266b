import { type Signal, signal } from "@preact/signals";
import type { Interval, Kline } from "../../src/core/mod.ts";
import type { KlinesAnswer, SnapshotMessage } from "../../src/wire/mod.ts";
import type { Since } from "../link/connection.ts";
import type { Timers } from "../link/timers.ts";
import { type Ask, answerOf, Refusal } from "./answer.ts";
import { type Klines, lastClosed, leavesGap, withKline, withRecovered } from "./klines.ts";
import { type Route, sameRoute } from "./route.ts";

/** How many klines a chart begins with; a server that keeps fewer is asked for what it gives unasked. */
const FIRST_KLINES = 500;
/** While there are holes, or the server couldn't be asked, it is asked again after this time, in milliseconds. */
const ASK_AGAIN_MS = 5_000;

/** What the chart shows. */
export interface ChartState extends Route {
  readonly phase: "loading" | "ready" | "failed";
  readonly klines: Klines;
  /** False when the server says that klines are missing or in doubt. */
  readonly complete: boolean;
  /** Why it failed, in words. */
  readonly detail: string;
}

/** What a chart's market is made of. */
export interface ChartMarketParts {
  readonly ask: Ask;
  readonly timers: Timers;
  readonly connection: { subscribe(channel: string, since: Since): void; unsubscribe(channel: string): void };
}

/** The klines of the chosen symbol and interval: history first, then the channel from where history ends. */
export class ChartMarket {
  readonly state: Signal<ChartState | undefined> = signal(undefined);
  readonly #parts: ChartMarketParts;
  /** What came over the channel while history was being asked for. */
  #meanwhile: Kline[] = [];
  #isAsking = false;
  #isSubscribed = false;
  #askedSince = false;
  #cancel: () => void = () => {};

  constructor(parts: ChartMarketParts) {
    this.#parts = parts;
  }

  /** Shows another series; nothing of the former one is left. */
  choose({ symbol, interval }: Route): void {
    const before = this.state.peek();
    if (before !== undefined && sameRoute(before, { symbol, interval })) return;
    if (before !== undefined && this.#isSubscribed) this.#parts.connection.unsubscribe(channelOf(before));
    this.#isSubscribed = false;
    this.#isAsking = false;
    this.state.value = { symbol, interval, phase: "loading", klines: [], complete: true, detail: "" };
    void this.#load();
  }

  /** A state of a kline from the channel. */
  kline(channel: string, kline: Kline): void {
    const state = this.#stateOf(channel);
    if (state === undefined) return;
    if (this.#isAsking) this.#meanwhile.push(kline);
    const gap = leavesGap(state.klines, kline, state.interval as Interval);
    this.state.value = { ...state, klines: withKline(state.klines, kline) };
    if (gap) void this.#load();
  }

  /** What a subscription begins with. Unless it joins on to what we have, history is asked for anew and replaces all. */
  snapshot({ channel, klines, recovered }: SnapshotMessage): void {
    const state = this.#stateOf(channel);
    if (state === undefined) return;
    if (this.#isAsking) this.#meanwhile.push(...klines);
    if (this.#askedSince && !recovered) {
      void this.#load();
      return;
    }
    this.state.value = { ...state, klines: withRecovered(state.klines, klines) };
  }

  /** The server refused the channel. */
  refused(channel: string, detail: string): void {
    const state = this.#stateOf(channel);
    if (state === undefined) return;
    this.#isSubscribed = false;
    this.#failed(state, detail);
  }

  #stateOf(channel: string): ChartState | undefined {
    const state = this.state.peek();
    return state !== undefined && channelOf(state) === channel ? state : undefined;
  }

  async #load(): Promise<void> {
    const route = this.state.peek();
    if (route === undefined || this.#isAsking) return;
    this.#cancel();
    this.#isAsking = true;
    this.#meanwhile = [];
    try {
      this.#loaded(route, await this.#history(route));
    } catch (cause) {
      const state = this.state.peek();
      if (state !== undefined && sameRoute(state, route)) this.#failed(state, wordsFor(cause));
    }
  }

  #loaded(route: Route, { klines, complete }: KlinesAnswer): void {
    const state = this.state.peek();
    if (state === undefined || !sameRoute(state, route)) return;
    this.#isAsking = false;
    const merged = this.#meanwhile.reduce(withKline, klines as Klines);
    this.state.value = { ...state, phase: "ready", klines: merged, complete, detail: "" };
    if (!complete) this.#again();
    if (this.#isSubscribed) return;
    this.#isSubscribed = true;
    this.#parts.connection.subscribe(channelOf(route), () => {
      const since = lastClosed(this.state.peek()?.klines ?? []);
      this.#askedSince = since !== undefined;
      return since;
    });
  }

  #failed(state: ChartState, detail: string): void {
    this.#isAsking = false;
    // Klines that are there already stay: they are old, and the page says so.
    this.state.value = { ...state, phase: state.klines.length > 0 ? "ready" : "failed", detail };
    this.#again();
  }

  #again(): void {
    this.#cancel();
    this.#cancel = this.#parts.timers.after(ASK_AGAIN_MS, () => void this.#load());
  }

  async #history({ symbol, interval }: Route): Promise<KlinesAnswer> {
    const path = `/klines/${encodeURIComponent(symbol)}/${encodeURIComponent(interval)}`;
    try {
      return await answerOf<KlinesAnswer>(this.#parts.ask, `${path}?limit=${FIRST_KLINES}`);
    } catch (cause) {
      if (!(cause instanceof Refusal) || cause.status !== 400) throw cause;
      return await answerOf<KlinesAnswer>(this.#parts.ask, path);
    }
  }
}

function channelOf({ symbol, interval }: Route): string {
  return `kline:${symbol}:${interval}`;
}

function wordsFor(cause: unknown): string {
  return cause instanceof Refusal ? cause.message : "the server can't be reached";
}
