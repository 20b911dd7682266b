import { batch, type Signal as Live, signal } from "@preact/signals";
import type { Client } from "../../src/client/mod.ts";
import type { ListedSignal, Signal, SignalsAnswer } from "../../src/wire/mod.ts";
import { detailOf } from "../traders/trader-book.ts";
import type { SignalFeed } from "./signal-feed.ts";

/** Rows that one question asks for. */
const ROWS = 100;

/** The most rows that are kept; past it the oldest go, and can be asked for again. */
export const MOST_ROWS = 5_000;

/**
 * Pages that one reading asks for: to close a gap, or past pages on which a filter finds nothing. What lies behind them
 * is left to "older".
 */
const MOST_PAGES = 10;

/** Which signals; all when nothing is given. */
export interface SignalFilter {
  readonly traderId?: string | undefined;
  readonly symbol?: string | undefined;
  /** Parts of which the symbol's or the trader's name has one. */
  readonly search?: readonly string[] | undefined;
}

/** How far a list is to be trusted. */
export type ListState =
  | { readonly kind: "loading" }
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly detail: string };

/** Dependencies of a list. */
export interface SignalListParts {
  readonly client: Pick<Client, "signals">;
  readonly feed: Pick<SignalFeed, "listen">;
  readonly filter: SignalFilter;
  /** A trader's name, for a search. */
  readonly nameOf?: ((traderId: string) => string) | undefined;
}

/** The newest signals that were read. */
interface Newest {
  readonly fresh: readonly ListedSignal[];
  /** Whether none is missing between them and those that were known before. */
  readonly isWhole: boolean;
  /** Where older ones begin; undefined when there are none. */
  readonly cursor: string | undefined;
}

/**
 * Signals, newest first: those that were stored, and from then on each as it comes. After a gap it asks for what it
 * missed, so none is absent between two that are there.
 */
export class SignalList {
  readonly rows: Live<readonly ListedSignal[]> = signal([]);
  readonly state: Live<ListState> = signal({ kind: "loading" });
  /** Whether older ones may be asked for. */
  readonly hasOlder: Live<boolean> = signal(false);
  readonly #parts: SignalListParts;
  readonly #ending: AbortController = new AbortController();
  readonly #unlisten: () => void;
  /** There may be some unheard with ids above this one; undefined while there are none. Not the newest row: that may have come after them. */
  #gapAbove: number | undefined;
  /** Where "older" goes on. A page may be empty, so that isn't always the oldest row. Undefined where only that is known. */
  #cursor: string | undefined;
  #isLoaded = false;
  /** One reading at a time: the order of the rows depends on it. */
  #reading: Promise<void> = Promise.resolve();

  constructor(parts: SignalListParts) {
    this.#parts = parts;
    this.#unlisten = parts.feed.listen((news) => {
      if ("signal" in news) this.#take(news.signal);
      else {
        this.#lacksAbove(this.rows.peek()[0]?.id);
        void this.load();
      }
    });
    void this.load();
  }

  /** Reads the newest, down to those that are there already. */
  load(): Promise<void> {
    return this.#read(async (signal) => {
      const known = this.#isLoaded ? (this.#gapAbove ?? this.rows.peek()[0]?.id) : undefined;
      this.#gapAbove = undefined;
      try {
        this.#join(await this.#downTo(known, signal), known);
        this.#isLoaded = true;
      } catch (cause) {
        this.#lacksAbove(known);
        throw cause;
      }
    });
  }

  /** Reads on behind the oldest. */
  older(): Promise<void> {
    return this.#read(async (signal) => {
      const oldest = this.rows.peek().at(-1)?.id;
      const answer = await this.#pageWithSignals(
        this.#cursor ?? (oldest === undefined ? undefined : String(oldest)),
        signal,
      );
      // Rows between those that are left and the answer may have been dropped meanwhile: then it would leave a hole.
      if (oldest !== this.rows.peek().at(-1)?.id && this.rows.peek().length >= MOST_ROWS) return;
      batch(() => {
        this.#cursor = answer.cursor ?? undefined;
        this.rows.value = merged(this.rows.peek(), answer.signals);
        this.hasOlder.value = answer.cursor !== null && this.rows.value.length < MOST_ROWS;
      });
    });
  }

  /** Takes the newest page anew, if it reaches rows that are there: their outcomes may have come. Rejects as the client does. */
  async readOutcomes(): Promise<void> {
    const { signals } = await this.#ask(undefined, this.#ending.signal);
    const rows = this.rows.peek();
    const known = new Set(rows.map(({ id }) => id));
    if (signals.some(({ id }) => known.has(id))) this.rows.value = merged(rows, signals).slice(0, MOST_ROWS);
  }

  close(): void {
    this.#ending.abort();
    this.#unlisten();
  }

  /** The newest, page by page, until one that is known; without one, the first page with signals. */
  async #downTo(known: number | undefined, signal: AbortSignal): Promise<Newest> {
    if (known === undefined) {
      const { signals, cursor } = await this.#pageWithSignals(undefined, signal);
      return { fresh: signals, isWhole: false, cursor: cursor ?? undefined };
    }
    const fresh: ListedSignal[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const answer = await this.#ask(cursor, signal);
      fresh.push(...answer.signals);
      cursor = answer.cursor ?? undefined;
      if (cursor === undefined || answer.signals.some(({ id }) => id <= known)) return { fresh, isWhole: true, cursor };
    }
    return { fresh, isWhole: false, cursor };
  }

  /** The first page from a cursor on that isn't empty; the last one that was asked for where all are. */
  async #pageWithSignals(from: string | undefined, signal: AbortSignal): Promise<SignalsAnswer> {
    let answer = await this.#ask(from, signal);
    for (let page = 1; page < MOST_PAGES && answer.signals.length === 0 && answer.cursor !== null; page += 1) {
      answer = await this.#ask(answer.cursor, signal);
    }
    return answer;
  }

  /** Drops older rows behind an unread range, rather than show a list with a hole. */
  #join({ fresh, isWhole, cursor }: Newest, known: number | undefined): void {
    batch(() => {
      const rows = this.rows.peek();
      this.rows.value = merged(isWhole ? rows : rows.filter(({ id }) => known === undefined || id > known), fresh);
      if (isWhole) return;
      this.#cursor = cursor;
      this.hasOlder.value = cursor !== undefined;
    });
  }

  #lacksAbove(id: number | undefined): void {
    if (id !== undefined) this.#gapAbove = Math.min(id, this.#gapAbove ?? id);
  }

  #read(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.#ending;
    this.#reading = this.#reading.then(async () => {
      if (signal.aborted) return;
      try {
        await work(signal);
        this.state.value = { kind: "ready" };
      } catch (cause) {
        if (!signal.aborted) this.state.value = { kind: "failed", detail: detailOf(cause) };
      }
    });
    return this.#reading;
  }

  #ask(cursor: string | undefined, signal: AbortSignal): Promise<SignalsAnswer> {
    const { search, ...filter } = this.#parts.filter;
    return this.#parts.client.signals.list({ ...filter, search: search?.join(","), cursor, limit: ROWS, signal });
  }

  #take(one: Signal): void {
    const { traderId, symbol, search } = this.#parts.filter;
    if (traderId !== undefined && one.traderId !== traderId) return;
    if (symbol !== undefined && one.symbol !== symbol) return;
    if (search !== undefined && !hasPart([one.symbol, this.#parts.nameOf?.(one.traderId) ?? ""], search)) return;
    const rows = this.rows.peek();
    // One that was listed already may have outcomes.
    if (rows.some(({ id }) => id === one.id)) return;
    this.rows.value = merged(rows, [{ ...one, outcomes: [] }]).slice(0, MOST_ROWS);
    if (rows.length < MOST_ROWS) return;
    this.#cursor = undefined;
    this.hasOlder.value = true;
  }
}

/** Whether one of the names has one of the parts, as the server looks for them. */
function hasPart(names: readonly string[], parts: readonly string[]): boolean {
  return parts.some((part) => names.some((name) => name.toLowerCase().includes(part.toLowerCase())));
}

/** Each once, newest first. They may come in another order than they were stored in. */
function merged(some: readonly ListedSignal[], others: readonly ListedSignal[]): readonly ListedSignal[] {
  const byId = new Map([...some, ...others].map((one) => [one.id, one]));
  return [...byId.values()].sort((a, b) => b.id - a.id);
}
