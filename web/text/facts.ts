import { roundedText } from "../../src/core/mod.ts";

/** Facts longer than this are cut, in characters. */
const LONGEST = 160;

/** The facts of a match in one line: {rsi: 28.412345, volume: 12345.678} → "rsi 28.41235 · volume 12,345.68". Shortens large structures. */
export function factsText(facts: Readonly<Record<string, unknown>>): string {
  const text = Object.entries(facts)
    .map(([name, value]) => `${name} ${factText(value)}`)
    .join(" · ");
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

/** One fact: 28.412345 → "28.41235", and what isn't a number or a text as JSON. */
export function factText(value: unknown): string {
  if (typeof value === "number") return roundedText(value);
  if (typeof value === "string") return value;
  return JSON.stringify(value);
}
