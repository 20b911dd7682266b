import { fuller, isAbbreviation } from "../../core/mod.ts";

/** Names that other languages and libraries have for what a filter calls otherwise. */
const SYNONYMS: Readonly<Record<string, string>> = {
  crosses: "crossOver",
  crossesover: "crossOver",
  crossedover: "crossOver",
  crossesabove: "crossOver",
  crossabove: "crossOver",
  crossesunder: "crossUnder",
  crossedunder: "crossUnder",
  crossesbelow: "crossUnder",
  crossbelow: "crossUnder",
  bb: "bollinger",
  bbands: "bollinger",
  bollingerbands: "bollinger",
  stoch: "stochastic",
  ma: "sma",
  average: "sma",
  rma: "atr",
  max: "highest",
  min: "lowest",
  price: "ticker.price",
  time: "closeTime",
  klines: "candles",
  ohlcv: "candles",
  indicators: "candles",
  open: 'candles("1h").open',
  high: 'candles("1h").high',
  low: 'candles("1h").low',
  close: 'candles("1h").close',
  volume: 'candles("1h").volume',
};

/** Longer names aren't compared letter by letter. */
const MAX_COMPARED = 40;

/** The most letters in which a name may differ from what was meant. */
const MOST_LETTERS = 4;

/** The name that was probably meant, among those that there are; undefined if none is near. */
export function meantBy(name: string, names: Iterable<string>): string | undefined {
  const lower = name.toLowerCase();
  const known = [...names];
  const sameLetters = known.find((one) => one.toLowerCase() === lower);
  if (sameLetters !== undefined) return sameLetters;
  const synonym = SYNONYMS[lower.replaceAll("_", "")];
  if (synonym !== undefined && (synonym.length > 20 || /\W/.test(synonym) || known.includes(synonym))) return synonym;
  const within = known.find((one) => one.length > 3 && lower.endsWith(one.toLowerCase()));
  if (within !== undefined) return within;
  if (name.length > MAX_COMPARED) return undefined;
  let [nearest, least] = [undefined as string | undefined, Math.min(MOST_LETTERS, Math.floor(name.length / 3)) + 1];
  let whole: string | undefined;
  for (const one of known) {
    const distance = distanceBetween(lower, one.toLowerCase(), least);
    if (distance < least) [nearest, least] = [one, distance];
    if (isAbbreviation(lower, one.toLowerCase()) && (whole === undefined || one.length < whole.length)) whole = one;
  }
  return fuller(lower, nearest, whole);
}

/** A sentence that names it, with what leads up to it; empty if nothing was found. */
export function didYouMean(name: string, names: Iterable<string>): string {
  const meant = meantBy(name, names);
  return meant === undefined ? "" : `: did you mean ${meant}?`;
}

/** Letters to be changed, added or left out to make one name of the other (Levenshtein); `most` if there are as many or more. */
function distanceBetween(one: string, other: string, most: number): number {
  if (Math.abs(one.length - other.length) >= most) return most;
  let before = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let row = 1; row <= one.length; row += 1) {
    const present = new Array<number>(other.length + 1).fill(most);
    present[0] = row;
    // Further away from the diagonal the distance is greater anyway.
    for (let at = Math.max(1, row - most); at <= Math.min(other.length, row + most); at += 1) {
      const change = one[row - 1] === other[at - 1] ? 0 : 1;
      present[at] = Math.min(
        (before[at - 1] as number) + change,
        (before[at] as number) + 1,
        (present[at - 1] as number) + 1,
      );
    }
    before = present;
  }
  return Math.min(most, before[other.length] as number);
}
