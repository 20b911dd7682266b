import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import {
  type Interval,
  MARKET_NAMES,
  type MarketId,
  marketOf,
  openTimeOf,
  type Symbol,
  type Wildcard,
  wildcardOf,
} from "../../src/core/mod.ts";
import type { PreviewAnswer, TraderVersion } from "../../src/wire/mod.ts";
import type { ChartMarker } from "../chart/chart-markers.ts";
import type { Page } from "../shell/page.ts";
import { routeHash } from "../shell/route.ts";
import { detailOf } from "../traders/trader-book.ts";
import {
  draftFault,
  draftOf,
  newDraft,
  parseSymbols,
  sameDraft,
  symbolsFault,
  type TraderDraft,
} from "../traders/trader-draft.ts";
import type { FilterFault } from "./filter-editor.ts";

/** Whether there is something to edit. */
export type EditPhase =
  | { readonly kind: "loading" }
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly detail: string };

/** The server's check of the filter: its errors, or the engine that would run it, or the reason why the check failed. */
export interface Checked {
  readonly faults: readonly FilterFault[];
  readonly engine: string;
  /** In sentences: indicators for which the server keeps too few klines. */
  readonly notes: readonly string[];
  readonly detail: string;
}

const UNCHECKED: Checked = { faults: [], engine: "", notes: [], detail: "" };

/** The state of a preview. */
export type PreviewState =
  | { readonly kind: "none" }
  | { readonly kind: "running" }
  | { readonly kind: "failed"; readonly detail: string }
  | { readonly kind: "done"; readonly answer: PreviewAnswer; readonly of: TraderDraft };

/** Who puts a preview's marks on the charts. */
const MARKS = "preview";

/** One trader that is being edited. Views read its signals; only this changes them. */
export class DraftState {
  readonly phase: Signal<EditPhase> = signal({ kind: "loading" });
  readonly draft: Signal<TraderDraft>;
  /** The symbols as they are typed. */
  readonly symbolsText: Signal<string>;
  readonly enabled: Signal<boolean> = signal(false);
  readonly checked: Signal<Checked> = signal(UNCHECKED);
  readonly previewed: Signal<PreviewState> = signal({ kind: "none" });
  /** How many closes a preview looks back over. */
  readonly closes: Signal<number> = signal(120);
  readonly isSaving: Signal<boolean> = signal(false);
  /** The message about the last attempt to save. */
  readonly note: Signal<{ readonly text: string; readonly isTrouble: boolean }> = signal({
    text: "",
    isTrouble: false,
  });
  readonly isChanged: ReadonlySignal<boolean>;
  /** Whether the server doesn't have it yet. */
  readonly isNew: Signal<boolean>;
  readonly #page: Page;
  #id: string;
  #key: string;
  /** As the server has it; undefined for one that it doesn't have yet. */
  readonly #stored: Signal<TraderDraft | undefined> = signal(undefined);
  #checking: AbortController | undefined;
  #previewing: AbortController | undefined;

  constructor(page: Page, id: string, template: string | undefined) {
    this.#page = page;
    this.#id = id;
    this.#key = `${id} ${template ?? ""}`;
    this.isNew = signal(id === "new");
    this.draft = signal(page.traders.drafts.get(this.#key) ?? newDraft(template, page.market.firstMarket));
    this.symbolsText = signal(symbolsText(this.draft.peek()));
    this.isChanged = computed(() => {
      const stored = this.#stored.value;
      return stored === undefined || !sameDraft(stored, this.draft.value);
    });
  }

  /** Names the draft until the page is closed. A trader that is saved for the first time gets another one. */
  get key(): string {
    return this.#key;
  }

  /** The trader's id; "new" until it is saved. */
  get id(): string {
    return this.#id;
  }

  /** Reads the trader from the server; what was typed before and not saved is kept. */
  async load(): Promise<void> {
    if (this.isNew.peek()) {
      this.phase.value = { kind: "ready" };
      return;
    }
    try {
      const trader = await this.#page.client.traders.read(this.#id);
      batch(() => {
        this.#stored.value = draftOf(trader);
        this.draft.value = this.#page.traders.drafts.get(this.#key) ?? draftOf(trader);
        this.symbolsText.value = symbolsText(this.draft.value);
        this.enabled.value = trader.enabled;
        this.phase.value = { kind: "ready" };
      });
    } catch (cause) {
      this.phase.value = { kind: "failed", detail: `This trader couldn't be loaded: ${detailOf(cause)}` };
    }
  }

  /** Call when the user leaves the screen. Unsaved changes are restored when they return, until the page is closed. */
  keepUnsaved(): void {
    this.#checking?.abort();
    this.#previewing?.abort();
    this.#page.markers.put(MARKS, []);
  }

  change(change: Partial<TraderDraft>): void {
    batch(() => {
      this.draft.value = { ...this.draft.peek(), ...change };
      this.note.value = { text: "", isTrouble: false };
    });
    this.#page.traders.drafts.set(this.#key, this.draft.peek());
  }

  /** Back to what the server has. */
  discard(): void {
    const stored = this.#stored.peek();
    this.#page.traders.drafts.delete(this.#key);
    if (stored === undefined) return;
    batch(() => {
      this.draft.value = stored;
      this.symbolsText.value = symbolsText(stored);
      this.note.value = { text: "", isTrouble: false };
    });
  }

  /** Takes what decides the matches from a version of the trader; its name and description stay. */
  take(version: TraderVersion): void {
    const { code, timeframes, triggerInterval, market, symbols, cooldownCandles } = version;
    batch(() => {
      this.change({ code, timeframes, triggerInterval, market, symbols, cooldownCandles });
      this.symbolsText.value = symbolsText(this.draft.peek());
    });
  }

  /** Takes the symbols as they are typed; what can't be read isn't taken, and keeps the draft from being saved. */
  changeSymbols(text: string): void {
    const { market } = this.draft.peek();
    this.symbolsText.value = text;
    if (symbolsFault(text, market) === undefined) this.change({ symbols: parseSymbols(text, market) });
  }

  /** Another market, of which all symbols are meant at first. */
  changeMarket(market: MarketId): void {
    batch(() => {
      this.symbolsText.value = "";
      this.change({ market, symbols: null });
    });
  }

  /** Why the symbols can't be meant; undefined when they can. */
  symbolsFault(): string | undefined {
    const fault = symbolsFault(this.symbolsText.value, this.draft.value.market);
    if (fault !== undefined) return fault;
    const { market } = this.#page;
    if (market.rows.count.value === 0) return undefined;
    const { symbols, market: watched } = this.draft.value;
    const unknown = symbols?.find((symbol) => market.info(symbol) === undefined);
    if (unknown !== undefined) return `${unknown} is not a symbol of this server.`;
    const other = symbols?.find((symbol) => marketOf(symbol) !== watched);
    return other === undefined ? undefined : `${other} is not of ${MARKET_NAMES[watched]}.`;
  }

  /** The errors that the server finds in the filter; empty if the request fails. */
  async check(code: string): Promise<readonly FilterFault[]> {
    this.#checking?.abort();
    const checking = new AbortController();
    this.#checking = checking;
    if (code.trim() === "") return this.#found({ ...UNCHECKED, faults: [{ message: "The filter is empty." }] });
    try {
      const { signal } = checking;
      const symbols = this.#symbolsMeant();
      // Functions of an older version know no symbols here: they are sent only where they matter.
      const asked = symbols === undefined ? { code } : { code, symbols };
      const { errors, engine, timeframes, notes } = await this.#page.client.traders.validate(asked, { signal });
      const missing = timeframes?.find((interval) => !this.#page.market.intervals.peek().includes(interval));
      // The code says which intervals it reads, if it is a filter that was typed meanwhile.
      if (timeframes !== null && errors.length === 0 && this.draft.peek().code === code) this.#read(timeframes);
      const unserved = missing === undefined ? [] : [`this server has no ${missing} candles`];
      return this.#found({ ...UNCHECKED, faults: errors, engine: engine ?? "", notes: [...unserved, ...notes] });
    } catch (cause) {
      if (checking.signal.aborted) return [];
      return this.#found({ ...UNCHECKED, detail: `The filter couldn't be checked: ${detailOf(cause)}` });
    }
  }

  /** The symbols of a screen or preview of the draft; undefined for all of the server's first market. */
  symbolsAsked(): readonly (Symbol | Wildcard)[] | undefined {
    const { market, symbols } = this.draft.peek();
    return symbols ?? (market === this.#page.market.firstMarket ? undefined : [wildcardOf(market)]);
  }

  /** Why the draft can't run, in words; undefined if it can. A name isn't needed for that. */
  async runFault(): Promise<string | undefined> {
    const faults = await this.check(this.draft.peek().code);
    return this.symbolsFault() ?? faults[0]?.message ?? draftFault({ ...this.draft.peek(), name: "any" });
  }

  /** At which of the last closes it would have matched. Marks them on the charts. */
  async preview(): Promise<void> {
    this.#previewing?.abort();
    const previewing = new AbortController();
    this.#previewing = previewing;
    const { signal } = previewing;
    this.previewed.value = { kind: "running" };
    const fault = await this.runFault();
    if (signal.aborted) return;
    const draft = this.draft.peek();
    if (fault !== undefined) {
      this.previewed.value = { kind: "failed", detail: fault };
      return;
    }
    const { code, timeframes, triggerInterval: interval, cooldownCandles } = draft;
    const closes = this.closes.peek();
    const request = { code, timeframes, interval, closes, symbols: this.symbolsAsked(), cooldownCandles };
    try {
      const answer = await this.#page.client.preview(request, { signal });
      batch(() => {
        this.previewed.value = { kind: "done", answer, of: draft };
        this.#page.markers.put(MARKS, markersOf(answer));
      });
    } catch (cause) {
      if (!signal.aborted) this.previewed.value = { kind: "failed", detail: detailOf(cause) };
    }
  }

  /** Stores the draft, and stays. A new one is then edited under its own address. */
  async save(enabled: boolean = this.enabled.peek()): Promise<void> {
    if (this.isSaving.peek()) return;
    this.isSaving.value = true;
    try {
      const [mistake] = await this.check(this.draft.peek().code);
      const draft = this.draft.peek();
      const fault = draftFault(draft) ?? this.symbolsFault() ?? mistake?.message;
      if (fault !== undefined) {
        this.note.value = { text: `Not saved. ${fault}`, isTrouble: true };
        return;
      }
      // Functions of an older version know no market: it is sent only where there are several.
      const { market: _, ...ofOnlyMarket } = draft;
      const sent = this.#page.market.markets.length < 2 ? ofOnlyMarket : draft;
      const saved = await this.#page.traders.save(this.isNew.peek() ? undefined : this.#id, sent, enabled);
      if (saved === undefined) {
        this.note.value = { text: `Not saved. ${this.#page.traders.failure.peek()}`, isTrouble: true };
        return;
      }
      this.#page.traders.drafts.delete(this.#key);
      batch(() => {
        this.#stored.value = draftOf(saved);
        // Keeps changes that the user made during the request.
        if (this.draft.peek() === draft) this.draft.value = draftOf(saved);
        this.enabled.value = saved.enabled;
        this.note.value = {
          text: saved.enabled ? "Saved. It runs at the next close." : "Saved. The trader is off.",
          isTrouble: false,
        };
      });
      if (this.isNew.peek()) this.#moveTo(saved.id);
    } finally {
      this.isSaving.value = false;
    }
  }

  /** It has an address of its own now; what is on the screen stays. */
  #moveTo(id: string): void {
    const { traders, router } = this.#page;
    traders.made = { id, editor: this.#key };
    this.#id = id;
    this.#key = `${id} `;
    this.isNew.value = false;
    router.replace(routeHash("traders", [id]));
  }

  /** The symbols by which it is checked which columns there are: those that are named, or one of a market that isn't the first. */
  #symbolsMeant(): readonly Symbol[] | undefined {
    const { symbols, market } = this.draft.peek();
    if (symbols !== null || market === this.#page.market.firstMarket) return symbols ?? undefined;
    const [one] = this.#page.market.symbolsOf(market);
    return one === undefined ? undefined : [one];
  }

  /** Takes the intervals that the code names, in the order in which they are served. */
  #read(timeframes: readonly Interval[]): void {
    const { timeframes: before } = this.draft.peek();
    if (before.length === timeframes.length && timeframes.every((interval) => before.includes(interval))) return;
    this.draft.value = { ...this.draft.peek(), timeframes };
  }

  #found(checked: Checked): readonly FilterFault[] {
    this.checked.value = checked;
    return checked.faults;
  }
}

function symbolsText({ symbols }: TraderDraft): string {
  return symbols?.join(", ") ?? "";
}

/** The candle whose close it was, for each match. */
function markersOf({ interval, closes }: PreviewAnswer): ChartMarker[] {
  return closes.flatMap(({ closeTime, matches }) =>
    matches.map(({ symbol }) => ({
      symbol,
      interval,
      openTime: openTimeOf(interval, closeTime),
      kind: "preview" as const,
      text: "",
    })),
  );
}

/** The intervals that a trader may run at: all that are served but seconds. */
export function triggerIntervals(served: readonly Interval[]): readonly Interval[] {
  return served.filter((interval) => interval !== "1s");
}
