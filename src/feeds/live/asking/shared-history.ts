import { type Clock, type Interval, millis, type OpenTimeRange, type Symbol, type UnixMs } from "../../../core/mod.ts";
import type { Exchange } from "../../exchange.ts";
import type { AnsweredRows } from "../reading/judged-rows.ts";
import type { Asker } from "./asker.ts";
import type { Lane } from "./governor.ts";

/** For how long peers are asked for one answer before the exchange is, and the wait between two tries, in milliseconds. */
const PEERS_WITHIN_MS = 5_000;
const AGAIN_AFTER_MS = 500;

/** What a feed asks for klines. */
export type HistoryAsker = Pick<Asker, "rowsOf" | "klines">;

/** Other servers that follow the same market, and share the exchange's request budget with this one. */
export interface Sharing {
  /** The market as they serve it. */
  readonly exchange: Pick<Exchange, "rest" | "facts">;
  /** Their address, for `fetch`. */
  readonly url: string;
  readonly fetch: typeof fetch;
  /** Whether there is a peer to ask now. */
  hasPeers(): boolean;
  /** Whether this server is the one that asks the exchange for history. The others ask their peers first, also to audit. */
  spends(): boolean;
}

/** What asking for klines in two places needs. */
export interface SharedHistoryParts {
  readonly exchange: HistoryAsker;
  readonly peers: HistoryAsker;
  readonly spends: () => boolean;
  readonly hasPeers: () => boolean;
  readonly clock: Pick<Clock, "sleep">;
}

/** Klines from peers while another server spends the exchange's budget, and from the exchange where no peer can answer. */
export class SharedHistory implements HistoryAsker {
  readonly #parts: SharedHistoryParts;
  /** Answers by who gave them. */
  readonly counts: { peers: number; exchange: number } = { peers: 0, exchange: 0 };

  constructor(parts: SharedHistoryParts) {
    this.#parts = parts;
  }

  rowsOf(interval: Interval): number {
    return this.#parts.exchange.rowsOf(interval);
  }

  async klines(
    symbol: Symbol,
    interval: Interval,
    range: OpenTimeRange,
    marketTime: UnixMs,
    lane: Lane,
    signal: AbortSignal,
  ): Promise<AnsweredRows> {
    const { exchange, spends, hasPeers } = this.#parts;
    if (!spends() && hasPeers()) {
      const rows = await this.#fromPeers(symbol, interval, range, marketTime, lane, signal);
      if (rows !== undefined) {
        this.counts.peers += 1;
        return rows;
      }
    }
    const rows = await exchange.klines(symbol, interval, range, marketTime, lane, signal);
    this.counts.exchange += 1;
    return rows;
  }

  /** Undefined where none can answer within some seconds. What a peer isn't certain of yet, it may be a moment later. */
  async #fromPeers(
    symbol: Symbol,
    interval: Interval,
    range: OpenTimeRange,
    marketTime: UnixMs,
    lane: Lane,
    signal: AbortSignal,
  ): Promise<AnsweredRows | undefined> {
    const { peers, spends, hasPeers, clock } = this.#parts;
    const ending = new AbortController();
    const both = AbortSignal.any([signal, ending.signal]);
    clock.sleep(millis(PEERS_WITHIN_MS), both).then(
      () => ending.abort(new Error("no peer answered in time")),
      () => {},
    );
    try {
      while (!both.aborted && !spends() && hasPeers()) {
        try {
          return await peers.klines(symbol, interval, range, marketTime, lane, both);
        } catch {
          signal.throwIfAborted();
        }
        await clock.sleep(millis(AGAIN_AFTER_MS), both).catch(() => {});
      }
      signal.throwIfAborted();
      return undefined;
    } finally {
      ending.abort(new Error("done"));
    }
  }
}
