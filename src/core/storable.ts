/**
 * Whether every database and program can hold the text. PostgreSQL can hold no NUL character (U+0000), and UTF-8 has no code for half of
 * a surrogate pair, which JavaScript makes when it cuts a text within an emoji: `"🚀".slice(0, 1)`.
 */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

/** The text with U+FFFD in place of each character that {@link isStorable} refuses. */
export function storable(text: string): string {
  return isStorable(text) ? text : text.toWellFormed().replaceAll("\0", "\u{fffd}");
}

/** The first `most` UTF-16 units of a text, or one less where a character would be cut in two. */
export function cutText(text: string, most: number): string {
  return text.slice(0, most).replace(/[\ud800-\udbff]$/, "");
}

/** As JSON.stringify writes what {@link isStorable} refuses; also where it is an escaped backslash that is followed by such letters. */
const SUSPICIOUS = /\\u(?:0000|d[89a-f])/;

/** What JSON.stringify wrote, with {@link storable} texts and names of members; the same text where nothing is to be replaced. */
export function storableJson(json: string): string {
  return SUSPICIOUS.test(json) ? JSON.stringify(repaired(JSON.parse(json))) : json;
}

function repaired(value: unknown): unknown {
  if (typeof value === "string") return storable(value);
  if (Array.isArray(value)) return value.map(repaired);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [storable(name), repaired(member)]));
}
