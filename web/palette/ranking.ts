/** A thing that the palette finds. */
export interface PaletteEntry {
  readonly kind: "Symbol" | "Screen" | "Trader" | "Interval" | "List" | "Action";
  readonly title: string;
  /** Shown beside the title, and searched, too: an asset's name, for example. */
  readonly detail?: string;
  /** Texts that mean this entry more than any other: BTC for BTCUSDT. */
  readonly aliases?: readonly string[];
  /** From 0 to 1: which of entries that match as well comes first. */
  readonly weight?: number;
  /** The keys that do the same. */
  readonly keys?: readonly string[];
  readonly run: () => void;
}

/** Entries that are shown at once. */
export const MOST_SHOWN = 40;

/** How well a word matches, from the best to the worst. */
const EXACT = 100;
const ALIAS = 95;
const BEGINNING = 80;
const WORD_BEGINNING = 60;
const WITHIN = 40;
const SCATTERED = 15;

/** How much a kind is preferred among entries that match about as well. */
const PREFERENCE: Readonly<Record<PaletteEntry["kind"], number>> = {
  Screen: 4,
  Interval: 2,
  List: 0,
  Symbol: 0,
  Trader: 0,
  Action: -6,
};

/** By how much the weight moves an entry at most. */
const WEIGHT = 8;

/** The entries that all words mean, the best first; in their own order where no word was typed. */
export function ranked(entries: readonly PaletteEntry[], words: readonly string[]): PaletteEntry[] {
  const typed = words.map((word) => word.toLowerCase()).filter(Boolean);
  if (typed.length === 0) return entries.slice(0, MOST_SHOWN);
  return entries
    .map((entry) => ({ entry, score: scoreOf(entry, typed) }))
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, MOST_SHOWN)
    .map(({ entry }) => entry);
}

/** Zero if a word doesn't mean the entry. */
function scoreOf(entry: PaletteEntry, words: readonly string[]): number {
  let sum = 0;
  for (const word of words) {
    const score = wordScore(entry, word);
    if (score === 0) return 0;
    sum += score;
  }
  return sum / words.length + PREFERENCE[entry.kind] + WEIGHT * (entry.weight ?? 0);
}

function wordScore({ title, detail = "", aliases = [] }: PaletteEntry, word: string): number {
  const [name, other] = [title.toLowerCase(), detail.toLowerCase()];
  if (name === word) return EXACT;
  if (aliases.some((alias) => alias.toLowerCase() === word)) return ALIAS;
  if (name.startsWith(word)) return BEGINNING;
  if (beginsAWord(name, word) || beginsAWord(other, word)) return WORD_BEGINNING;
  if (name.includes(word)) return WITHIN;
  return isScattered(name, word) ? SCATTERED : 0;
}

function beginsAWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1))
    if (at === 0 || !/[\p{L}\p{N}]/u.test(text.charAt(at - 1))) return true;
  return false;
}

/** Whether the letters occur in this order, the first one at the beginning: "btcu" in "BTC perpetual USDT". */
function isScattered(text: string, word: string): boolean {
  if (word.length < 3 || text[0] !== word[0]) return false;
  let at = 0;
  for (const letter of text) if (letter === word[at]) at += 1;
  return at === word.length;
}
