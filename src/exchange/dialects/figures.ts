import { DOUBLE_BELOW } from "../exact.ts";

/** The decimals that the market's figures have at most. */
const DECIMALS = 8;

/** A figure without trailing zeros behind its first `least` decimals, so that none of its digits is lost. */
export function plain(figure: number, least = 0): string {
  const shortest = String(figure);
  const point = shortest.indexOf(".");
  // Most figures are that short, and this is much cheaper than to round them.
  const isPlain = !shortest.includes("e") && (point === -1 || shortest.length - point - 1 <= DECIMALS);
  if (isPlain && least === 0) return shortest;
  // A larger double has no digits of its own at the eighth decimal.
  const text = isPlain || Math.abs(figure) >= DOUBLE_BELOW ? shortest : figure.toFixed(DECIMALS);
  const [whole = "", fraction = ""] = text.split(".");
  const kept = fraction.replace(/0+$/, "").padEnd(Math.min(least, DECIMALS), "0");
  return kept === "" ? whole : `${whole}.${kept}`;
}

/**
 * A figure as `write` has it, or null for one that is unknown: a recording may lack it. No exchange has a word for that, so the null is
 * ours; it is the one that the server's answers have.
 */
export function orNull<T>(figure: number, write: (figure: number) => T): T | null {
  return Number.isNaN(figure) ? null : write(figure);
}

/** The smallest step of so many decimals. */
export function step(decimals: number): string {
  return plain(10 ** -decimals);
}
