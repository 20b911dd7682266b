import { type Clock, type Millis, millis, reasonOf, type StopSignal } from "../core/mod.ts";
import type { SeriesName } from "./redis/mod.ts";

/** How long one answer of a function is waited for, in milliseconds. */
const ANSWER_TIMEOUT_MS = 10_000;

/** The wait between two looks at the functions, in milliseconds. */
const LOOK_EVERY_MS = 2_000;

/** Looks in a row that must be as expected: instances with the old variables live on for a while. */
const LOOKS_IN_A_ROW = 3;

/** Where the functions are, and what their answers should say. */
export interface ProbeOptions {
  /** For example https://PROJECT.supabase.co/functions/v1. */
  readonly functionsUrl: string;
  readonly key: string | undefined;
  /** What is asked for. */
  readonly series: SeriesName;
  /** The source that must answer; undefined where it may be either. */
  readonly source: string | undefined;
  /** How long the functions may take to be so. */
  readonly within: Millis;
  readonly clock: Clock;
  readonly signal?: StopSignal;
}

/** Whether the functions came to be as expected, and what they said last. */
export interface ProbeResult {
  readonly ok: boolean;
  readonly found: string;
  readonly looks: number;
}

/** Asks get-klines again and again until it is answered as expected a few times in a row. */
export async function probeFunctions(options: ProbeOptions): Promise<ProbeResult> {
  const { clock, within, signal } = options;
  const end = clock.now() + within;
  for (let [looks, inARow] = [1, 0]; ; looks += 1) {
    const { ok, found } = await lookOnce(options);
    inARow = ok ? inARow + 1 : 0;
    if (inARow === LOOKS_IN_A_ROW) return { ok: true, found, looks };
    if (clock.now() >= end || signal?.aborted === true) return { ok: false, found, looks };
    await clock.sleep(millis(Math.min(LOOK_EVERY_MS, Math.max(0, end - clock.now()))), signal).catch(() => {});
  }
}

async function lookOnce({ functionsUrl, key, series, source }: ProbeOptions): Promise<{ ok: boolean; found: string }> {
  try {
    const response = await fetch(`${functionsUrl.replace(/\/$/, "")}/get-klines`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
      body: JSON.stringify({ symbol: series.symbol, timeframe: series.interval, limit: 1 }),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    if (!response.ok) return { ok: false, found: `get-klines answers ${response.status}` };
    const answer = (await response.json()) as { readFrom?: { source?: unknown; fallback?: unknown; reason?: unknown } };
    const readFrom = answer.readFrom;
    if (readFrom === undefined)
      return { ok: false, found: "get-klines reports no source: the deployed version is too old" };
    if (readFrom.fallback === true)
      return { ok: false, found: `get-klines falls back to ${readFrom.source}: ${readFrom.reason}` };
    const found = `get-klines reads from ${readFrom.source}`;
    return { ok: source === undefined || readFrom.source === source, found };
  } catch (cause) {
    return { ok: false, found: `get-klines can't be reached: ${reasonOf(cause)}` };
  }
}
