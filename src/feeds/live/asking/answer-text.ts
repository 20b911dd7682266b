import { isLightJson, type JsonBounds } from "../../../core/mod.ts";

/**
 * What an answer may hold, and be parsed. The list of 3,500 symbols, with a hundred texts each, is the largest that is meant: it has
 * 60,000 lists and objects and a million values at most.
 */
export const ANSWER_BOUNDS: JsonBounds = { depth: 16, containers: 250_000, values: 2_500_000 };

/** What a text says as JSON; the text where it is none, or holds more than is meant. */
export function jsonOrText(text: string): unknown {
  if (!isLightJson(text, ANSWER_BOUNDS)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
