import { hashText, InvalidInput } from "../../core/mod.ts";

/** Which source answers: one alone, or ours and Redis where ours can't. */
export const SOURCES = ["vyx", "redis", "vyx-then-redis"] as const;

/** One of {@link SOURCES}. */
export type Source = (typeof SOURCES)[number];

/** One source alone. */
export type SourceName = "vyx" | "redis";

/** What holds where the variables aren't set. */
export const DEFAULT_SOURCE: Source = "vyx";
export const DEFAULT_SHARE = "100";

/** What `VYX_SOURCE` and `VYX_SOURCE_SHARE` say. */
export interface SourceChoice {
  readonly source: Source;
  /** The share of traders and users, in percent, for whom `source` holds. The others are read for from Redis. */
  readonly sharePercent: number;
}

/** Reads `VYX_SOURCE`. Throws InvalidInput that lists the right ones. */
export function parseSource(text: string): Source {
  const source = SOURCES.find((name) => name === text);
  if (source === undefined) throw new InvalidInput(`"${text}" is not a source: expected ${SOURCES.join(", ")}`);
  return source;
}

/** Reads `VYX_SOURCE_SHARE`. Throws InvalidInput. */
export function parseShare(text: string): number {
  const share = /^\d{1,3}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(share <= 100))
    throw new InvalidInput(`"${text}" is not a share: expected a whole number from 0 to 100, percent`);
  return share;
}

/**
 * Which source is asked first for a trader or user. Whoever is among ten percent is among fifty, too, in every process.
 * What is asked for nobody in particular is asked of ours as soon as anyone's is.
 */
export function firstSource({ source, sharePercent }: SourceChoice, whom: string | undefined): SourceName {
  if (source === "redis" || sharePercent === 0) return "redis";
  if (whom === undefined) return "vyx";
  return percentileOf(whom) < sharePercent ? "vyx" : "redis";
}

/** An id that is among the first `percent` + 1 percent, but not among the first `percent`; 0 to 99. */
export function idAtPercentile(percent: number): string {
  for (let at = 0; ; at += 1) if (percentileOf(`probe-${at}`) === percent) return `probe-${at}`;
}

/** Where a trader or user stands among all, 0 to 99. */
function percentileOf(whom: string): number {
  return hashText(whom) % 100;
}

/** Whether Redis can be asked at all. */
export function needsRedis({ source, sharePercent }: SourceChoice): boolean {
  return source !== "vyx" || sharePercent < 100;
}
