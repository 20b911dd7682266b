import { DRAFTS, keepText, type PageStorage } from "../shell/storage.ts";
import type { TraderDraft } from "../traders/trader-draft.ts";

/** The most drafts, and the most characters of all of them together: the ones that weren't touched for longest go. */
export const MOST_DRAFTS = 20;
export const MOST_CHARACTERS: number = 256 * 1_024;

/** The author of a draft that was made of a screen: nobody has typed it. */
export const SCREENER = "screener";

/** A draft that wasn't saved. */
export interface KeptDraft {
  readonly draft: TraderDraft;
  /** When it was typed: local time. */
  readonly at: number;
  /** The version of the trader that it began with; undefined for a new one. */
  readonly version?: number | undefined;
  /** The editor that typed it. */
  readonly by: string;
}

/** Drafts that weren't saved, in this browser: they are there again after a reload. */
export class DraftStore {
  readonly #storage: PageStorage;

  constructor(storage: PageStorage) {
    this.#storage = storage;
  }

  get(key: string): KeptDraft | undefined {
    return this.#read().get(key);
  }

  /** Keeps a draft, and drops others where there are too many. False where the browser takes none. */
  put(key: string, kept: KeptDraft): boolean {
    const all = this.#read();
    all.delete(key);
    all.set(key, kept);
    return this.#write(all);
  }

  /** Forgets a draft that one of these editors typed; that of another tab stays. */
  drop(key: string, by: readonly string[]): void {
    const all = this.#read();
    if (!by.includes(all.get(key)?.by ?? "")) return;
    all.delete(key);
    this.#write(all);
  }

  /** In the order in which they were typed. What isn't a draft, an older page's maybe, is left out. */
  #read(): Map<string, KeptDraft> {
    try {
      const entries: unknown = JSON.parse(this.#storage.getItem(DRAFTS) ?? "[]");
      return new Map(Array.isArray(entries) ? entries.filter(isEntry).slice(-MOST_DRAFTS) : []);
    } catch {
      return new Map();
    }
  }

  #write(all: Map<string, KeptDraft>): boolean {
    const entries = [...all].slice(-MOST_DRAFTS);
    let text = JSON.stringify(entries);
    while (text.length > MOST_CHARACTERS && entries.length > 1) {
      entries.shift();
      text = JSON.stringify(entries);
    }
    if (entries.length > 0) return keepText(this.#storage, DRAFTS, text);
    this.#storage.removeItem(DRAFTS);
    return true;
  }
}

function isEntry(value: unknown): value is [string, KeptDraft] {
  if (!Array.isArray(value) || typeof value[0] !== "string") return false;
  const { draft, at, version, by } = (value[1] ?? {}) as Partial<Record<keyof KeptDraft, unknown>>;
  const isKnownVersion = version === undefined || typeof version === "number";
  return Number.isFinite(at) && typeof by === "string" && isKnownVersion && isDraft(draft);
}

function isDraft(value: unknown): value is TraderDraft {
  const draft = (value ?? {}) as Partial<Record<keyof TraderDraft, unknown>>;
  const texts = [draft.name, draft.description, draft.code, draft.triggerInterval, draft.market];
  const isTextList = (list: unknown): boolean => Array.isArray(list) && list.every((one) => typeof one === "string");
  return (
    texts.every((text) => typeof text === "string") &&
    Number.isFinite(draft.cooldownCandles) &&
    isTextList(draft.timeframes) &&
    (draft.symbols === null || isTextList(draft.symbols))
  );
}
