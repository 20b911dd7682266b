import type { Sighting } from "../trace/sightings.ts";

/** What a machine notes of the values that probes are put around. */
export interface Watch {
  /** Notes a value, and gives it back. */
  readonly saw: (probe: number, value: unknown) => unknown;
  /** All that was noted since the last reset, as JSON: for each probe a {@link Sighting}, or null. */
  readonly seen: () => string;
  /** Before each symbol. */
  readonly reset: () => void;
}

/**
 * The part of the prelude that watches a filter whose conditions are asked for; others never call it. It is never called here, but sent in as
 * text: it must not use a thing from outside of itself.
 */
export function watch(maxText: number): Watch {
  const { isArray } = Array;
  const { apply } = Reflect;
  const { slice } = String.prototype;
  const { stringify } = JSON;
  const { isFinite: isPlain } = Number;

  let sightings: [number, Sighting[1], Sighting[2]][] = [];

  function wordsFor(value: unknown): string {
    if (typeof value === "number") return value > 0 ? "Infinity" : value < 0 ? "-Infinity" : "NaN";
    if (value === undefined) return "undefined";
    // biome-ignore lint/style/useTemplate: a template is a call of the filter's concat, which looks at its length
    if (isArray(value)) return "an array of " + value.length;
    return typeof value === "function" ? "a function" : "an object";
  }

  function saw(probe: number, value: unknown): unknown {
    let sighting = sightings[probe];
    if (sighting === undefined) {
      sighting = [0, null, undefined];
      sightings[probe] = sighting;
    }
    sighting[0] += 1;
    const isText = typeof value === "string";
    const isJson = isText || value === null || typeof value === "boolean" || isPlain(value);
    sighting[1] = isText ? (apply(slice, value, [0, maxText]) as string) : isJson ? (value as number) : null;
    sighting[2] = isJson ? undefined : wordsFor(value);
    return value;
  }

  function seen(): string {
    return stringify(sightings);
  }

  function reset(): void {
    sightings = [];
  }

  return { saw, seen, reset };
}
