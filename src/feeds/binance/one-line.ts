/** The longest text of the exchange's that goes into a sentence of ours, in characters. */
const MAX_CHARACTERS = 300;

/** Foreign text for a sentence of ours: one line without control characters, so that it can't forge lines in a log. */
export function oneLine(text: string): string {
  return text
    .slice(0, 4 * MAX_CHARACTERS)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim()
    .slice(0, MAX_CHARACTERS);
}

/** An unknown failure in words, on one line. */
export function words(cause: unknown): string {
  return oneLine(cause instanceof Error ? cause.message : String(cause));
}
