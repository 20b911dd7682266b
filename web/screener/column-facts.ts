import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type Interval, type MarketId, marketOf, type Symbol, wildcardOf } from "../../src/core/mod.ts";
import type { ScreenAnswer } from "../../src/wire/mod.ts";
import { type CloseNews, followCloses } from "../market/follow-closes.ts";
import type { FactCell, FactHead, MarketColumns, MarketFacts } from "../markets/market-columns.ts";
import type { Page } from "../shell/page.ts";
import { detailOf } from "../traders/trader-book.ts";
import { cellText, NO_VALUE } from "./cell-text.ts";
import { definitionOf, missingText } from "./column-span.ts";
import { columnOf } from "./columns.ts";
import { screenCode } from "./screen-code.ts";

/** Dependencies of the facts. */
export interface ColumnFactsParts {
  readonly client: Pick<Page["client"], "screen" | "listen">;
  readonly market: Pick<Page["market"], "intervals" | "markets" | "decimals">;
  readonly permissions: Pick<Page["permissions"], "lack">;
  readonly columns: Pick<MarketColumns, "chosen">;
  /** Whether nobody sees the page: then closes wait until somebody does. */
  readonly isHidden: () => boolean;
}

/** What the last screen of a market said of its symbols. */
interface MarketAnswer {
  readonly closeTime: number;
  readonly facts: ReadonlyMap<string, ScreenAnswer["matches"][number]["facts"]>;
  /** Why symbols have none. */
  readonly skipped: ReadonlyMap<string, string>;
}

/** The ready columns of the table of symbols: one screen of each market at each close, for all columns. */
export class ColumnFacts implements MarketFacts {
  readonly heads: ReadonlySignal<readonly FactHead[]>;
  readonly fault: ReadonlySignal<string>;
  readonly #parts: ColumnFactsParts;
  readonly #failure: Signal<string> = signal("");
  readonly #answers: Signal<ReadonlyMap<MarketId, MarketAnswer>> = signal(new Map());

  constructor(parts: ColumnFactsParts) {
    this.#parts = parts;
    this.heads = computed(() => {
      const { interval, keys } = parts.columns.chosen.value;
      return keys.flatMap((key) => {
        const column = columnOf(key);
        if (column === undefined) return [];
        const says = definitionOf(column, interval, parts.market.intervals.value);
        return [{ key, title: column.title, says, first: column.first }];
      });
    });
    this.fault = computed(() => parts.permissions.lack("screen") ?? this.#failure.value);
  }

  cell(symbol: string, key: string): FactCell {
    const column = columnOf(key);
    const answer = this.#answers.value.get(marketOf(symbol as Symbol));
    const value = answer?.facts.get(symbol)?.[key];
    if (column === undefined || value === undefined || value === null) {
      return { text: NO_VALUE, kind: "flat", says: this.#missing(symbol, key) };
    }
    return cellText(value, column.format, this.#parts.market.decimals(symbol, typeof value === "number" ? value : 0));
  }

  value(symbol: string, key: string): number | undefined {
    const value = this.#answers.value.get(marketOf(symbol as Symbol))?.facts.get(symbol)?.[key];
    return typeof value === "number" || typeof value === "boolean" ? Number(value) : undefined;
  }

  follow(): () => void {
    return effect(() => {
      const { intervals, markets } = this.#parts.market;
      const served = intervals.value;
      if (served.length === 0 || this.#parts.permissions.lack("screen") !== undefined) return undefined;
      const { interval, keys } = this.#parts.columns.chosen.value;
      const screen = { name: "", interval, isAll: true, conditions: [], columns: keys };
      const { code, timeframes } = screenCode(screen, served);
      const trigger = timeframes[0] ?? served.find((one) => one !== "1s") ?? "1m";
      const stops = markets.map((market) => this.#followMarket(market, trigger, code));
      return () => {
        for (const stop of stops) stop();
      };
    });
  }

  #followMarket(market: MarketId, interval: Interval, code: string): () => void {
    const stop = new AbortController();
    let newest = 0;
    let isAsking = false;
    let isDue = true;
    const ask = async (): Promise<void> => {
      if (isAsking || !isDue || this.#parts.isHidden()) return;
      isAsking = true;
      isDue = false;
      newest = (await this.#ask(market, interval, code, stop.signal)) ?? newest;
      isAsking = false;
      if (!stop.signal.aborted) void ask();
    };
    const told = (news: CloseNews): void => {
      if (news !== "back" && news.closeTime <= newest) return;
      isDue = true;
      void ask();
    };
    const seen = (): void => void ask();
    globalThis.document?.addEventListener("visibilitychange", seen);
    const leave = followCloses(this.#parts.client, market, interval, told);
    void ask();
    return () => {
      stop.abort();
      leave();
      globalThis.document?.removeEventListener("visibilitychange", seen);
    };
  }

  /** The close that the answer is about; undefined where there is none. */
  async #ask(market: MarketId, interval: Interval, code: string, signal: AbortSignal): Promise<number | undefined> {
    try {
      const asked = { code, interval, symbols: [wildcardOf(market)] };
      const { matches, skipped, errors, closeTime } = await this.#parts.client.screen(asked, { signal });
      const answer = {
        closeTime,
        facts: new Map(matches.map(({ symbol, facts }) => [symbol, facts])),
        skipped: new Map(
          [...skipped, ...errors.map(({ symbol, message }) => ({ symbol, reason: message }))].map(
            ({ symbol, reason }) => [symbol, reason],
          ),
        ),
      };
      this.#answers.value = new Map(this.#answers.peek()).set(market, answer);
      this.#failure.value = "";
      return closeTime;
    } catch (cause) {
      if (!signal.aborted) this.#failure.value = `The columns couldn't be computed: ${detailOf(cause)}`;
      return undefined;
    }
  }

  #missing(symbol: string, key: string): string {
    const answer = this.#answers.value.get(marketOf(symbol as Symbol));
    const column = columnOf(key);
    if (this.fault.value !== "") return this.fault.value;
    if (answer === undefined || column === undefined) return "Not computed yet.";
    const reason = answer.skipped.get(symbol);
    if (reason !== undefined) return `Skipped: ${reason}.`;
    return missingText(column, this.#parts.columns.chosen.value.interval, this.#parts.market.intervals.value);
  }
}
