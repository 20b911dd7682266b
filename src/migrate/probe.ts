import { assert, type Clock, type Millis, millis, reasonOf, type StopSignal } from "../core/mod.ts";
import { idAtPercentile, type SeriesName } from "./redis/mod.ts";

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
  /** Their service key. */
  readonly key: string | undefined;
  /** The series to ask for. */
  readonly series: SeriesName;
  /** The share of traders and users for whom the functions should read from the server, in percent; 0 after a rollback. */
  readonly share: number;
  /** How long the functions may take to get there. */
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

/** What an answer of get-klines was read from; or why that isn't known. */
type Source = { readonly source: "vyx" | "redis" } | { readonly fault: string };

/**
 * Asks get-klines for whom it reads from which source, again and again until the share is as expected a few times in a row. An id
 * decides for a source by its place from 0 to 99, so the last one within the share and the first one beyond it prove the share.
 */
export async function probeFunctions(options: ProbeOptions): Promise<ProbeResult> {
  const { clock, within, signal } = options;
  const end = clock.now() + within;
  for (let [looks, inARow] = [1, 0]; ; looks += 1) {
    const { ok, found } = await lookOnce(options);
    inARow = ok ? inARow + 1 : 0;
    if (inARow === LOOKS_IN_A_ROW) return { ok: true, found, looks };
    if (clock.now() >= end || signal?.aborted === true) {
      const says = ok ? `${found}, but not ${LOOKS_IN_A_ROW} times in a row` : found;
      return { ok: false, found: says, looks };
    }
    await clock.sleep(millis(Math.min(LOOK_EVERY_MS, Math.max(0, end - clock.now()))), signal).catch(() => {});
  }
}

/** Whether the share is as expected now, and what it is. */
async function lookOnce(options: ProbeOptions): Promise<{ ok: boolean; found: string }> {
  const { share } = options;
  const last = share === 0 ? undefined : await sourceAt(options, share - 1);
  if (last !== undefined && "fault" in last) return { ok: false, found: last.fault };
  const next = share === 100 ? undefined : await sourceAt(options, share);
  if (next !== undefined && "fault" in next) return { ok: false, found: next.fault };
  const ok = last?.source !== "redis" && next?.source !== "vyx";
  const found = ok ? share : await shareOf(options);
  if (typeof found === "string") return { ok: false, found };
  return { ok, found: `get-klines reads from the server for ${found} percent of traders and users` };
}

/** The share that the functions have; or why that isn't known. */
async function shareOf(options: ProbeOptions): Promise<number | string> {
  let [from, to] = [0, 100];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    const read = await sourceAt(options, middle);
    if ("fault" in read) return read.fault;
    if (read.source === "vyx") from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Which source answers for an id at this place. */
async function sourceAt({ functionsUrl, key, series }: ProbeOptions, percent: number): Promise<Source> {
  assert(percent >= 0 && percent < 100, "places of ids are whole percents below 100");
  const readFor = idAtPercentile(percent);
  try {
    const response = await fetch(`${functionsUrl.replace(/\/$/, "")}/get-klines`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
      body: JSON.stringify({ symbol: series.symbol, timeframe: series.interval, limit: 1, readFor }),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    if (!response.ok) return { fault: faultOf(response.status) };
    const answer = (await response.json()) as {
      readFor?: unknown;
      readFrom?: { source?: unknown; fallback?: unknown; reason?: unknown };
    };
    const { source, fallback, reason } = answer.readFrom ?? {};
    if (source === undefined || answer.readFor !== readFor) {
      return {
        fault: "get-klines doesn't say for whom it reads from where: deploy the functions of this version first",
      };
    }
    if (fallback === true) return { fault: `get-klines falls back to ${source}: ${reason}` };
    if (source !== "vyx" && source !== "redis") return { fault: `get-klines reads from ${source}` };
    return { source };
  } catch (cause) {
    return { fault: `get-klines can't be reached: ${reasonOf(cause)}` };
  }
}

function faultOf(status: number): string {
  const hint = status === 401 || status === 403 ? ": VYX_SERVICE_KEY must be the functions' service key" : "";
  return `get-klines answers ${status}${hint}`;
}
