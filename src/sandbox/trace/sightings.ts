import type { SeenCondition, SeenValue } from "../../strategy/mod.ts";
import type { Probes, WatchedSide } from "./probes.ts";

/** The longest text of a filter that is shown as a value, in UTF-16 units. */
export const MAX_VALUE_TEXT = 60;

/** How often a probe saw a value in a run, and the last one: as JSON has it, or what it is in words. */
export type Sighting = readonly [times: number, value: string | number | boolean | null, is: string | undefined];

/** What the probes of a filter saw in a run. */
export class Sightings {
  #seen: (Sighting | undefined)[] = [];

  /** Before each run. */
  reset(): void {
    this.#seen = [];
  }

  /** Called with each value that a probe is put around. */
  see(probe: number, value: unknown): void {
    const [known, is] = described(value);
    this.#seen[probe] = [(this.#seen[probe]?.[0] ?? 0) + 1, known, is];
  }

  /** Takes what another engine saw. */
  take(seen: readonly (readonly [number, Sighting[1], string | null] | null)[]): void {
    this.#seen = seen.map((one) => (one === null ? undefined : [one[0], one[1], one[2] ?? undefined]));
  }

  /** What the conditions came to, in the order of the code. */
  conditions({ conditions }: Probes): readonly SeenCondition[] {
    const numberOf = (side: WatchedSide): unknown => ("number" in side ? side.number : this.#seen[side.probe]?.[1]);
    return conditions.map(({ text, place, probe, values, sides }): SeenCondition => {
      const sighting = this.#seen[probe];
      if (sighting === undefined) return { text, ...place, verdict: null, values: [], times: 0 };
      const [left, right] = sides?.map(numberOf) ?? [];
      const distance = typeof left === "number" && typeof right === "number" ? left - right : undefined;
      return {
        text,
        ...place,
        verdict: isTrue(sighting),
        values: values.flatMap((one) => valueOf(one.text, this.#seen[one.probe])),
        times: sighting[0],
        ...(distance === undefined ? {} : { distance, share: shareOf(distance, Number(left), Number(right)) }),
      };
    });
  }
}

function shareOf(distance: number, left: number, right: number): number {
  return distance === 0 ? 0 : Math.abs(distance) / Math.max(Math.abs(left), Math.abs(right));
}

function valueOf(text: string, sighting: Sighting | undefined): readonly SeenValue[] {
  if (sighting === undefined) return [];
  const [, value, is] = sighting;
  return [is === undefined ? { text, value } : { text, value, is }];
}

function isTrue([, value, is]: Sighting): boolean {
  if (is === undefined) return Boolean(value);
  return is !== "NaN" && is !== "undefined";
}

/** A value as JSON has it, or null and what it is in words. The machine's prelude says the same of its values. */
function described(value: unknown): readonly [Sighting[1], Sighting[2]] {
  if (value === null || typeof value === "boolean") return [value, undefined];
  if (typeof value === "number") return Number.isFinite(value) ? [value, undefined] : [null, String(value)];
  if (typeof value === "string") return [value.slice(0, MAX_VALUE_TEXT), undefined];
  if (value === undefined) return [null, "undefined"];
  if (Array.isArray(value)) return [null, `an array of ${value.length}`];
  return [null, typeof value === "function" ? "a function" : "an object"];
}
