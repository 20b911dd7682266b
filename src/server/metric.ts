import type { Histogram } from "../core/mod.ts";

/** A value with its labels; `suffix` for the parts of a histogram. */
export interface Sample {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string | number>>;
  readonly suffix?: "_bucket" | "_sum" | "_count";
}

/** A metric that is read from `Sources`. */
export interface Metric<Sources> {
  readonly name: `vyx_${string}`;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly read: (sources: Sources) => readonly Sample[];
}

/** One sample without labels; none for a value that isn't known. */
export function one(value: number | undefined): Sample[] {
  return value === undefined ? [] : [{ value }];
}

/** The same of milliseconds, in seconds. */
export function seconds(ms: number | undefined): Sample[] {
  return ms === undefined ? [] : [{ value: ms / 1_000 }];
}

export function gauge<Sources>(name: `vyx_${string}`, help: string, read: Metric<Sources>["read"]): Metric<Sources> {
  return { name, type: "gauge", help, read };
}

export function counter<Sources>(
  name: `vyx_${string}_total`,
  help: string,
  read: Metric<Sources>["read"],
): Metric<Sources> {
  return { name, type: "counter", help, read };
}

/** The samples of a histogram, with how many values there were up to each bound. */
export function histogram(
  { bounds, buckets, sum }: Histogram,
  labels: Readonly<Record<string, string>> = {},
): Sample[] {
  let total = 0;
  const samples: Sample[] = [...buckets].map((count, index) => {
    total += count;
    return { value: total, labels: { ...labels, le: bounds[index] ?? "+Inf" }, suffix: "_bucket" };
  });
  samples.push({ value: sum, labels, suffix: "_sum" });
  samples.push({ value: total, labels, suffix: "_count" });
  return samples;
}
