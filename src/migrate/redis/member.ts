import {
  judgeKline,
  type Kline,
  type KlineRefusal,
  type OptionalColumn,
  oneLine,
  readDecimal,
  type UnixMs,
} from "../../core/mod.ts";
import type { SeriesName } from "./keys.ts";

/** Why a member of a sorted set can't be a candle of its series. */
export type MemberFault =
  | "not_json"
  /** A field is missing, or isn't of its kind. */
  | "wrong_field"
  /** It says another symbol or interval than its key. */
  | "other_series"
  /** Its open time isn't its score. */
  | "wrong_score"
  | KlineRefusal;

/** A member that was read. */
export interface RedisCandle {
  readonly kline: Kline;
  /** Whether it had the taker's volumes. One that it didn't have is unknown (NaN). */
  readonly hasTaker: boolean;
}

/** A candle, or why there is none. `detail` shows what was found, short. */
export type MemberReading = { readonly candle: RedisCandle } | { readonly fault: MemberFault; readonly detail: string };

/** What is shown of a member that can't be read, in characters. */
const SHOWN_CHARACTERS = 80;

/** The columns that not all members have. */
const TAKER: ReadonlySet<OptionalColumn> = new Set(["takerBuyVolume", "takerBuyQuoteVolume"]);

/** The decimals, each with the member that it becomes. */
const DECIMALS = { o: "open", h: "high", l: "low", c: "close", v: "volume", q: "quoteVolume" } as const;

/**
 * Reads a member such as {"t":1760000000000,"T":1760000059999,"s":"BTCUSDT","i":"1m","o":"1.5",…,"n":7,"x":true,"q":"10.5"}:
 * the payload of the exchange's kline stream as the collector stored it, decimals as text, taker's volumes `V` and `Q` in
 * some of them. No candle later than `marketTime` is believed, where that is known.
 */
export function readMember(
  text: string,
  { symbol, interval }: SeriesName,
  score: number,
  marketTime?: UnixMs,
): MemberReading {
  const value = parsed(text);
  if (value === undefined) return { fault: "not_json", detail: shown(text) };
  const figures: Record<string, number> = {};
  for (const [letter, name] of Object.entries(DECIMALS)) figures[name] = decimal(value[letter]);
  const { t, T, n, x, V, Q } = value;
  for (const [name, found] of Object.entries({ t, T, n })) {
    if (!Number.isSafeInteger(found)) return { fault: "wrong_field", detail: `${name} is ${shown(found)}` };
  }
  if (typeof x !== "boolean") return { fault: "wrong_field", detail: `x is ${shown(x)}` };
  for (const [letter, name] of Object.entries(DECIMALS)) {
    if (Number.isNaN(figures[name])) return { fault: "wrong_field", detail: `${letter} is ${shown(value[letter])}` };
  }
  if (value.s !== symbol || value.i !== interval) {
    return { fault: "other_series", detail: `it is of ${shown(value.s)} ${shown(value.i)}` };
  }
  const [openTime, closeTime] = [t as UnixMs, T as UnixMs];
  if (openTime !== score) return { fault: "wrong_score", detail: `t is ${openTime}, the score ${score}` };
  const [takerBuyVolume, takerBuyQuoteVolume] = [decimal(V), decimal(Q)];
  const hasTaker = !Number.isNaN(takerBuyVolume) && !Number.isNaN(takerBuyQuoteVolume);
  const kline = {
    ...figures,
    openTime,
    closeTime,
    trades: n,
    takerBuyVolume,
    takerBuyQuoteVolume,
    closed: x,
  } as Kline;
  const fault = judgeKline(kline, { interval, marketTime, unknown: TAKER });
  return fault === undefined ? { candle: { kline, hasTaker } } : { fault, detail: shown(text) };
}

/**
 * Which of the members at one open time is the candle: the collector adds a member for each state, and what it didn't take
 * away again lies beside. A closed one before an open one, then the one with more volume, then the first.
 */
export function newestState(candles: readonly RedisCandle[]): RedisCandle | undefined {
  let newest = candles[0];
  for (const candle of candles) {
    if (newest === undefined || isNewer(candle.kline, newest.kline)) newest = candle;
  }
  return newest;
}

function isNewer(kline: Kline, than: Kline): boolean {
  if (kline.closed !== than.closed) return kline.closed;
  return kline.volume > than.volume;
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** NaN for what isn't a number, as text or as such. */
function decimal(value: unknown): number {
  if (typeof value === "number") return value;
  return readDecimal(value);
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "missing");
  return oneLine(text, SHOWN_CHARACTERS);
}
