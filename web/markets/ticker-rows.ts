import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type MarketId, marketOf, nameAt, type Symbol } from "../../src/core/mod.ts";
import type { WireTicker } from "../../src/wire/mod.ts";
import { shortMarketName } from "../market/market-names.ts";
import { type FactOf, FIRST_ORDER, matches, type Order, sorted, wordsOf } from "./order.ts";

/** A symbol of the table. Its view listens to its own signal, so a tick redraws one row. */
export interface TickerRow {
  readonly symbol: string;
  readonly ticker: Signal<WireTicker>;
  /** Local time at which the ticker last changed; estimated for what was there before we came. */
  receivedAt: number;
}

/** Other inputs that select rows, besides their tickers. Both run inside a computation and may read signals. */
export interface RowConditions {
  /** The quote asset of a symbol; empty while it isn't known. */
  readonly quoteOf: (symbol: string) => string;
  /** Whether a symbol is on the chosen list. */
  readonly isListed: (symbol: string) => boolean;
  /** The name of a symbol's asset; empty where it has none. */
  readonly assetNameOf: (symbol: string) => string;
  readonly factOf: FactOf;
}

/** All tickers, and those that the table shows in its order. */
export class TickerRows {
  readonly order: Signal<Order> = signal(FIRST_ORDER);
  /** The text in the search box. */
  readonly typed: Signal<string> = signal("");
  /** The one quote asset that is shown; empty for all. */
  readonly quote: Signal<string> = signal("");
  /** The one market that is shown; empty for all. */
  readonly market: Signal<MarketId | ""> = signal("");
  /** Whether only the chosen list's symbols are shown. */
  readonly onlyListed: Signal<boolean> = signal(false);
  readonly shown: ReadonlySignal<readonly TickerRow[]>;
  readonly count: ReadonlySignal<number>;
  readonly #conditions: RowConditions;
  readonly #rows: Map<string, TickerRow> = new Map();
  readonly #changes: Signal<number> = signal(0);
  #lastShown: readonly TickerRow[] = [];

  constructor(conditions: RowConditions) {
    this.#conditions = conditions;
    this.shown = computed(() => this.#inOrder());
    this.count = computed(() => (this.#changes.value >= 0 ? this.#rows.size : 0));
  }

  get(symbol: string): TickerRow | undefined {
    return this.#rows.get(symbol);
  }

  /** The row that Enter opens: that of the asset that was typed as it is, otherwise the first one shown. */
  best(): TickerRow | undefined {
    const asset = wordsOf(this.typed.peek())[0] ?? "";
    const shown = this.shown.peek();
    return (
      shown.find(({ symbol }) => nameAt(symbol as Symbol) === `${asset}${this.#conditions.quoteOf(symbol)}`) ?? shown[0]
    );
  }

  /** The symbol that is traded most, for when none was chosen. */
  largest(): string | undefined {
    return sorted(this.#sortable(), FIRST_ORDER)[0]?.ticker.symbol;
  }

  /** Takes all conditions back. */
  showAll(): void {
    batch(() => {
      this.typed.value = "";
      this.quote.value = "";
      this.market.value = "";
      this.onlyListed.value = false;
    });
  }

  /**
   * All there are of those that are meant: symbols that aren't among them go. `anchor` is the local time of the market's last event.
   */
  replace(tickers: readonly WireTicker[], anchor: number, isMeant: (symbol: string) => boolean = () => true): void {
    const latest = tickers.reduce((newest, { updatedAt }) => Math.max(newest, updatedAt), 0);
    const symbols = new Set<string>(tickers.map(({ symbol }) => symbol));
    batch(() => {
      for (const symbol of this.#rows.keys()) if (isMeant(symbol) && !symbols.has(symbol)) this.#rows.delete(symbol);
      for (const ticker of tickers) {
        const isKnown = this.#rows.get(ticker.symbol)?.ticker.peek().updatedAt === ticker.updatedAt;
        if (!isKnown) this.#put(ticker, anchor - (latest - ticker.updatedAt));
      }
      this.#changes.value += 1;
    });
  }

  /** Those that changed just now. */
  update(tickers: Iterable<WireTicker>, now: number): void {
    batch(() => {
      for (const ticker of tickers) this.#put(ticker, now);
      this.#changes.value += 1;
    });
  }

  #put(ticker: WireTicker, receivedAt: number): void {
    const row = this.#rows.get(ticker.symbol);
    if (row === undefined) {
      this.#rows.set(ticker.symbol, { symbol: ticker.symbol, ticker: signal(ticker), receivedAt });
      return;
    }
    row.receivedAt = receivedAt;
    row.ticker.value = ticker;
  }

  /** The same array as before while no row changed its place, so that the table needn't be drawn again. */
  #inOrder(): readonly TickerRow[] {
    const order = this.order.value;
    const [typed, quote, onlyListed] = [this.typed.value, this.quote.value, this.onlyListed.value];
    const market = this.market.value;
    const { quoteOf, isListed, assetNameOf, factOf } = this.#conditions;
    if (this.#changes.value === 0) return this.#lastShown;
    const shown = sorted(this.#sortable(), order, factOf)
      .map(({ row }) => row)
      .filter(
        ({ symbol }) =>
          (typed === "" || matches(`${symbol} ${shortMarketName(symbol)}`, typed, assetNameOf(symbol))) &&
          (market === "" || marketOf(symbol as Symbol) === market) &&
          (quote === "" || quoteOf(symbol) === quote) &&
          (!onlyListed || isListed(symbol)),
      );
    const isSame = shown.length === this.#lastShown.length && shown.every((row, at) => row === this.#lastShown[at]);
    if (!isSame) this.#lastShown = shown;
    return this.#lastShown;
  }

  /** Without subscribing to each row: `#changes` stands for all of them. */
  *#sortable(): Iterable<{ row: TickerRow; ticker: WireTicker; receivedAt: number }> {
    for (const row of this.#rows.values()) yield { row, ticker: row.ticker.peek(), receivedAt: row.receivedAt };
  }
}
