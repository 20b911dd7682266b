/** Longest part of a foreign text that is compared, in characters. */
const MAX_COMPARED = 60;

/** The fewest characters of a name's beginning that name it: "cooldown" for cooldownCandles, "BTC" for BTCUSDT. */
const LEAST_BEGINNING = 3;

/** The most characters that an abbreviation leaves out of a name. */
const MOST_LEFT_OUT = 5;

/**
 * The name that was probably meant by a text that is none of `names`: the nearest within `mostEdits` inserted, removed, changed or
 * swapped characters and a third of the text, or else the first name that begins with the text, or ends with it as a word. A name that the text abbreviates, such as
 * "changePct" changePercent, goes before one that is as near only because it lacks some of the text. Case doesn't count. Undefined where no name is near.
 */
export function nearest(text: string, names: Iterable<string>, mostEdits: number): string | undefined {
  const asked = text.slice(0, MAX_COMPARED).toLowerCase();
  let best: string | undefined;
  // Of a short text most of it would be wrong otherwise.
  let fewest = Math.min(mostEdits, Math.max(1, Math.floor(asked.length / 3))) + 1;
  let longer: string | undefined;
  let ending: string | undefined;
  let whole: string | undefined;
  const lastWord = asked.slice(0, 1).toUpperCase() + asked.slice(1);
  for (const name of names) {
    const lower = name.toLowerCase();
    if (asked.length >= LEAST_BEGINNING && lower.startsWith(asked)) longer ??= name;
    if (asked.length >= LEAST_BEGINNING && name.endsWith(lastWord)) ending ??= name;
    if (isAbbreviation(asked, lower) && (whole === undefined || name.length < whole.length)) whole = name;
    if (Math.abs(lower.length - asked.length) >= fewest) continue;
    const edits = editsBetween(asked, lower);
    if (edits < fewest) [best, fewest] = [name, edits];
  }
  if (asked === "") return undefined;
  return fuller(asked, best ?? longer ?? ending, whole);
}

/** Whether a name has all characters of a text in their order, begins with the same ones, and few more. Both in lower case. */
export function isAbbreviation(text: string, name: string): boolean {
  if (text.length < LEAST_BEGINNING || name.length <= text.length || name.length - text.length > MOST_LEFT_OUT)
    return false;
  if (!name.startsWith(text.slice(0, LEAST_BEGINNING))) return false;
  let at = 0;
  for (const letter of name) if (letter === text[at]) at += 1;
  return at === text.length;
}

/** `whole`, which a text abbreviates, where it shares a longer beginning with the text than the nearest name does. */
export function fuller(text: string, near: string | undefined, whole: string | undefined): string | undefined {
  if (whole === undefined || near === undefined) return near ?? whole;
  return sharedBeginning(text, whole) > sharedBeginning(text, near) ? whole : near;
}

function sharedBeginning(text: string, name: string): number {
  const lower = name.toLowerCase();
  let at = 0;
  while (at < text.length && text[at] === lower[at]) at += 1;
  return at;
}

/** The end of a sentence that suggests the nearest name, with a space before it; empty where none is near. */
export function didYouMean(text: string, names: Iterable<string>, mostEdits = 3): string {
  const near = nearest(text, names, mostEdits);
  return near === undefined ? "" : ` did you mean ${near}?`;
}

/** Inserted, removed, changed and swapped characters, as few as do: the optimal string alignment distance. */
function editsBetween(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const changed = (above[column - 1] as number) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const fewest = Math.min(changed, (above[column] as number) + 1, (current[column - 1] as number) + 1);
      const isSwapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current.push(isSwapped && row > 1 ? Math.min(fewest, (before[column - 2] as number) + 1) : fewest);
    }
    [before, above] = [above, current];
  }
  return above[b.length] as number;
}
