import { unknown } from "./indicator.ts";
import { isRounding } from "./rounding.ts";

/**
 * 1 where `rising` went from at or below `other` to above it, else 0; NaN until both have had two numbers. Numbers that only
 * rounding keeps apart count as equal.
 */
export function crossings(rising: Float64Array, other: Float64Array): Float64Array {
  const crossed = unknown(rising.length);
  for (let position = 1; position < rising.length; position += 1) {
    const before = distance(rising[position - 1] as number, other[position - 1] as number);
    const now = distance(rising[position] as number, other[position] as number);
    if (!Number.isNaN(before + now)) crossed[position] = before <= 0 && now > 0 ? 1 : 0;
  }
  return crossed;
}

function distance(a: number, b: number): number {
  return isRounding(a - b, a) ? 0 : a - b;
}
