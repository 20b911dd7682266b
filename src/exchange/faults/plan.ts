import { didYouMean, InvalidInput, MARKET_NAMES, type MarketId, parseMoment } from "../../core/mod.ts";
import { FAULT_KINDS, FAULTS, type FaultKind, faultKindsOf, isFaultKind } from "./kinds.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Milliseconds of the units that spans and rates are told in. */
const UNITS: Readonly<Record<string, number>> = { s: SECOND, m: MINUTE, h: HOUR, d: 24 * HOUR };

/** When a fault is to happen once: a span after the start, or a moment, both of market time, in milliseconds. */
export interface FaultTime {
  readonly from: "start" | "1970";
  readonly ms: number;
}

/** How often a fault is to happen, and at which times besides. */
export interface FaultSetting {
  /** Times an hour, or a share from 0 to 1: {@link FAULTS} says which. 0 when only times were given. */
  readonly often: number;
  readonly times: readonly FaultTime[];
}

/** What is to go wrong. An empty plan changes nothing. */
export type FaultPlan = ReadonlyMap<FaultKind, FaultSetting>;

/**
 * Reads a comma list of faults: `stall` (as often as is usual), `disconnect=6/h` (rates: an hour, /m a minute, /d a day),
 * `drop=0.001` (shares), `shutdown@10m` and `halt@2026-02-10T01:00Z` (once, after a span or at a moment), `all` (every kind as often as is
 * usual, before others change single ones). `all` is what occurs on the market; a fault of other markets alone is refused. Throws
 * InvalidInput that names what is wrong and lists what would be right.
 */
export function parseFaults(text: string, market: MarketId = "binance"): FaultPlan {
  const occurring = faultKindsOf(market);
  const often = new Map<FaultKind, number>();
  const times = new Map<FaultKind, FaultTime[]>();
  const named = new Set<FaultKind>();
  for (const item of text.split(",").map((part) => part.trim())) {
    if (item === "all") {
      if (named.size > 0) throw new InvalidInput(`"all" comes first: what stands behind it changes single kinds`);
      for (const kind of occurring) often.set(kind, FAULTS[kind].usual);
      continue;
    }
    const [, name = "", sign, value = ""] = /^([^=@]*)(?:([=@])(.*))?$/s.exec(item) ?? [];
    const kind = kindOf(name.trim(), market);
    if (sign !== undefined && FAULTS[kind].measure === "always") {
      throw new InvalidInput(`${kind} takes no rate and no time: it is how the market behaves`);
    }
    if (sign === "@") {
      times.set(kind, [...(times.get(kind) ?? []), timeOf(kind, value)]);
      continue;
    }
    if (named.has(kind)) throw new InvalidInput(`${kind} is said twice: one rate is enough, and any number of @ times`);
    named.add(kind);
    often.set(kind, sign === undefined ? FAULTS[kind].usual : measureOf(kind, value.trim()));
  }
  const kinds = FAULT_KINDS.filter((kind) => (often.get(kind) ?? 0) > 0 || times.has(kind));
  return new Map(kinds.map((kind) => [kind, { often: often.get(kind) ?? 0, times: times.get(kind) ?? [] }]));
}

function kindOf(name: string, market: MarketId): FaultKind {
  const occurring = faultKindsOf(market);
  if (isFaultKind(name)) {
    if (occurring.includes(name)) return name;
    throw new InvalidInput(
      `${name} doesn't occur on ${MARKET_NAMES[market]}: only on ${FAULTS[name].markets?.join(", ")} (see --as)`,
    );
  }
  throw new InvalidInput(
    `"${shown(name)}" is no fault:${didYouMean(name, occurring)} expected all, ${occurring.join(", ")}`,
  );
}

function measureOf(kind: FaultKind, text: string): number {
  const { measure } = FAULTS[kind];
  if (measure === "rate") {
    const [, count = "", unit = ""] = /^(\d+(?:\.\d+)?)\/([mhd])$/.exec(text) ?? [];
    if (count !== "") return Number(count) * (HOUR / (UNITS[unit] as number));
    throw new InvalidInput(`${kind}: "${shown(text)}" is not a rate: expected for example 6/h, 0.1/m or 2/d`);
  }
  if (measure === "share") {
    if (/^\d+(?:\.\d+)?(?:e-\d+)?$/.test(text) && Number(text) <= 1) return Number(text);
    throw new InvalidInput(`${kind}: "${shown(text)}" is not a share: expected a number from 0 to 1, for example 0.01`);
  }
  throw new InvalidInput(`${kind} takes no rate: it happens to whatever lives that long; ${kind}@10m would do it once`);
}

function timeOf(kind: FaultKind, text: string): FaultTime {
  const [, count = "", unit = ""] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text.trim()) ?? [];
  if (count !== "") return { from: "start", ms: Number(count) * (UNITS[unit] as number) };
  try {
    return { from: "1970", ms: parseMoment(text) };
  } catch (cause) {
    throw new InvalidInput(
      `${kind}: "${shown(text)}" is no time: expected a span after the start such as 90s, 10m, 2h or 1d, or an ISO date`,
      { cause },
    );
  }
}

function shown(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
