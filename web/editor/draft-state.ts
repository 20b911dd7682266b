import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { ClientError } from "../../src/client/mod.ts";
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
import type { ListedTrader, PreviewAnswer, TraderVersion } from "../../src/wire/mod.ts";
import type { ChartMarker } from "../chart/chart-markers.ts";
import type { Page } from "../shell/page.ts";
import { routeHash } from "../shell/route.ts";
import { type CodePlace, placeIn, withoutPlace } from "../text/code-place.ts";
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
import { checkFilter } from "./check-filter.ts";
import type { FilterFault } from "./code-marks.ts";
import { DraftStore, type KeptDraft, SCREENER } from "./draft-store.ts";
import { trialWarning } from "./trial.ts";

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

/** What became of the last attempt to save, or what is to be known before it. */
export interface SaveNote {
  readonly text: string;
  readonly isTrouble: boolean;
  /** Where in the code it is about. */
  readonly place?: CodePlace | undefined;
  /** Whether it is a warning: the draft can be saved all the same. */
  readonly isWarning?: boolean | undefined;
}

const NO_NOTE: SaveNote = { text: "", isTrouble: false };

/** A draft that was there when the editor opened. */
export interface RestoredDraft {
  /** How long before the editor opened it was typed, in milliseconds. */
  readonly ageMs: number;
  /** Whether the trader has been changed since it was begun. */
  readonly isBehind: boolean;
  /** Whether it was made of a screen, and nothing was typed yet. */
  readonly isScreen: boolean;
}

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
  readonly note: Signal<SaveNote> = signal(NO_NOTE);
  /** The draft that was restored, until something is typed. */
  readonly restored: Signal<RestoredDraft | undefined> = signal(undefined);
  /** Whether another tab types a draft of the same trader. */
  readonly isElsewhere: Signal<boolean> = signal(false);
  readonly isChanged: ReadonlySignal<boolean>;
  /** Whether the server doesn't have it yet. */
  readonly isNew: Signal<boolean>;
  readonly #page: Page;
  readonly #drafts: DraftStore;
  /** The editors whose draft this one goes on with, its own name first. */
  #authors: readonly string[] = [Math.random().toString(36).slice(2)];
  #id: string;
  #key: string;
  readonly #template: string | undefined;
  #version: number | undefined;
  /** Where the last run of the stored code failed, if it did. */
  #lastFailure: FilterFault | undefined;
  /** As the server has it; undefined for one that it doesn't have yet. */
  readonly #stored: Signal<TraderDraft | undefined> = signal(undefined);
  #checking: AbortController | undefined;
  #previewing: AbortController | undefined;

  constructor(page: Page, id: string, template: string | undefined) {
    this.#page = page;
    this.#id = id;
    this.#template = template;
    this.#key = `${id} ${template ?? ""}`;
    this.isNew = signal(id === "new");
    this.#drafts = new DraftStore(page.storage);
    const kept = this.isNew.peek() ? this.#drafts.get(this.#key) : undefined;
    this.draft = signal(kept?.draft ?? newDraft(template, page.market.firstMarket));
    if (kept !== undefined) this.#restore(kept);
    this.symbolsText = signal(symbolsText(this.draft.peek()));
    this.isChanged = computed(() => {
      const stored = this.#stored.value;
      return stored === undefined || !sameDraft(stored, this.draft.value);
    });
  }

  /** Names the draft in this browser. A trader that is saved for the first time gets another one. */
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
      this.#version = trader.version;
      this.#lastFailure = lastFailureOf(trader);
      batch(() => {
        this.#stored.value = draftOf(trader);
        const kept = this.#drafts.get(this.#key);
        this.draft.value = kept?.draft ?? draftOf(trader);
        if (kept !== undefined && this.isChanged.value) this.#restore(kept);
        this.symbolsText.value = symbolsText(this.draft.value);
        this.enabled.value = trader.enabled;
        this.phase.value = { kind: "ready" };
      });
    } catch (cause) {
      const isMade = cause instanceof ClientError && cause.code === "invalid_parameter";
      const detail = isMade ? "no trader has this address. Choose one in the list of traders." : detailOf(cause);
      this.phase.value = { kind: "failed", detail: `This trader couldn't be loaded: ${detail}` };
    }
  }

  /** Call when the user leaves the screen. Unsaved changes are restored when they return. */
  leave(): void {
    this.#checking?.abort();
    this.#previewing?.abort();
    this.#page.markers.put(MARKS, []);
  }

  change(change: Partial<TraderDraft>): void {
    batch(() => {
      this.draft.value = { ...this.draft.peek(), ...change };
      this.note.value = NO_NOTE;
      this.restored.value = undefined;
    });
    const [by = ""] = this.#authors;
    if (sameDraft(this.draft.peek(), this.#unchanged())) this.#drafts.drop(this.#key, this.#authors);
    else
      this.#drafts.put(this.#key, { draft: this.draft.peek(), at: this.#page.clock.now(), version: this.#version, by });
  }

  /** Back to what the server has, or to an empty draft. */
  discard(): void {
    this.#drafts.drop(this.#key, this.#authors);
    const before = this.#unchanged();
    batch(() => {
      this.draft.value = before;
      this.symbolsText.value = symbolsText(before);
      this.note.value = NO_NOTE;
      this.restored.value = undefined;
    });
  }

  /** Call when another tab changed what this browser keeps. */
  lookElsewhere(): void {
    const kept = this.#drafts.get(this.#key);
    this.isElsewhere.value = kept !== undefined && !this.#authors.includes(kept.by);
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

  /** What is to be underlined in the code: what keeps it from being saved, and where its last run failed. */
  async check(code: string): Promise<readonly FilterFault[]> {
    const faults = await this.#faultsIn(code);
    const failure = this.#lastFailure;
    return failure === undefined || code !== this.#stored.peek()?.code ? faults : [...faults, failure];
  }

  /** Where the last run failed, if the code is still the same. */
  lastFailure(): FilterFault | undefined {
    return this.draft.value.code === this.#stored.value?.code ? this.#lastFailure : undefined;
  }

  /** The errors that the server finds in the filter; empty if the request fails. */
  async #faultsIn(code: string): Promise<readonly FilterFault[]> {
    this.#checking?.abort();
    const checking = new AbortController();
    this.#checking = checking;
    try {
      const { timeframes: declared } = this.draft.peek();
      const served = this.#page.market.intervals.peek();
      const asked = { code, declared, symbols: this.#symbolsMeant(), served };
      const { faults, engine, notes, timeframes } = await checkFilter(
        this.#page.client.traders,
        asked,
        checking.signal,
      );
      // The code says which intervals it reads, if it is a filter that was typed meanwhile.
      if (timeframes !== undefined && faults.length === 0 && this.draft.peek().code === code) this.#read(timeframes);
      return this.#found({ ...UNCHECKED, faults, engine, notes });
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
    const faults = await this.#faultsIn(this.draft.peek().code);
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

  /** Stores the draft, and stays. A new one is then edited under its own address. `isSure`: although a warning was shown. */
  async save(enabled: boolean = this.enabled.peek(), isSure: boolean = false): Promise<void> {
    if (this.isSaving.peek()) return;
    this.isSaving.value = true;
    try {
      const note = (await this.#saveFault()) ?? (enabled && !isSure ? await this.#saveWarning() : undefined);
      if (note === undefined) await this.#store(enabled);
      else this.note.value = note;
    } finally {
      this.isSaving.value = false;
    }
  }

  /** What keeps the draft from being saved. */
  async #saveFault(): Promise<SaveNote | undefined> {
    const [mistake] = await this.#faultsIn(this.draft.peek().code);
    const draft = this.draft.peek();
    const fault = draftFault(draft) ?? this.symbolsFault() ?? this.#triggerFault();
    if (fault !== undefined) return { text: `Not saved. ${fault}`, isTrouble: true };
    if (mistake === undefined) return undefined;
    const { message, line, column = 1 } = mistake;
    return { text: `Not saved. ${message}`, isTrouble: true, place: line === undefined ? undefined : [line, column] };
  }

  /** Why it makes little sense to run what the server would take: it fails wherever it is tried. */
  async #saveWarning(): Promise<SaveNote | undefined> {
    const { code, timeframes, triggerInterval: interval, symbols, market } = this.draft.peek();
    const tried = symbols ?? [...this.#page.market.symbolsOf(market)];
    const warning = await trialWarning(this.#page.client, { code, timeframes, interval }, tried);
    return warning === undefined ? undefined : { ...warning, isTrouble: true, isWarning: true };
  }

  #triggerFault(): string | undefined {
    const { triggerInterval } = this.draft.peek();
    const served = this.#page.market.intervals.peek();
    if (served.length === 0 || served.includes(triggerInterval)) return undefined;
    return `This server has no ${triggerInterval} candles: choose another interval under “Runs at every”.`;
  }

  async #store(enabled: boolean): Promise<void> {
    const draft = this.draft.peek();
    // Functions of an older version know no market: it is sent only where there are several.
    const { market: _, ...ofOnlyMarket } = draft;
    const sent = this.#page.market.markets.length < 2 ? ofOnlyMarket : draft;
    const saved = await this.#page.traders.save(this.isNew.peek() ? undefined : this.#id, sent, enabled);
    if (saved === undefined) {
      this.note.value = { text: `Not saved. ${this.#page.traders.failure.peek()}`, isTrouble: true };
      return;
    }
    this.#drafts.drop(this.#key, this.#authors);
    if (saved.version !== this.#version) this.#lastFailure = undefined;
    this.#version = saved.version;
    batch(() => {
      this.#stored.value = draftOf(saved);
      // Keeps changes that the user made during the request.
      if (this.draft.peek() === draft) this.draft.value = draftOf(saved);
      this.enabled.value = saved.enabled;
      this.restored.value = undefined;
      this.note.value = {
        text: saved.enabled ? "Saved. It runs at the next close." : "Saved. The trader is off.",
        isTrouble: false,
      };
    });
    if (this.isNew.peek()) this.#moveTo(saved.id);
  }

  /** What the draft began as. */
  #unchanged(): TraderDraft {
    return this.#stored.peek() ?? newDraft(this.#template, this.#page.market.firstMarket);
  }

  /** Goes on with a draft that this browser kept. */
  #restore({ at, version, by }: KeptDraft): void {
    this.#authors = [...this.#authors, by];
    this.restored.value = {
      ageMs: this.#page.clock.now() - at,
      isBehind: version !== this.#version,
      isScreen: by === SCREENER,
    };
  }

  /** It has an address of its own now; what is on the screen stays. */
  #moveTo(id: string): void {
    const { traders, router } = this.#page;
    traders.made = { id, editor: traders.editorOf("new", this.#template) };
    this.#id = id;
    this.#key = `${id} `;
    this.isNew.value = false;
    const { template: _, ...query } = router.route.peek().query;
    router.replace(routeHash("traders", [id], query));
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

/** Where the last run failed, in words for the editor; undefined where the trader has been changed since. */
function lastFailureOf({ lastExecution: last, updatedAt }: ListedTrader): FilterFault | undefined {
  if (last === null || last.error === null || last.finishedAt < updatedAt) return undefined;
  const [line, column] = placeIn(last.error) ?? [];
  if (line === undefined) return undefined;
  return { message: `the last run failed here: ${withoutPlace(last.error)}`, line, column, kind: "warning" };
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
