import { InvalidInput, millis } from "../core/mod.ts";
import type { KlineStretch, KlinesAnswer, WireKline } from "../wire/mod.ts";
import type { CallOptions } from "./asker.ts";
import type { KlinesQuery } from "./client.ts";
import type { ClientError } from "./client-error.ts";
import type { ClientSettings } from "./options.ts";

/** Klines of a page unless said: about 1.2 MB of JSON. */
const DEFAULT_PAGE_KLINES = 5_000;

/** Selects closed klines of a range of any length. */
export interface HistoryQuery extends CallOptions {
  /** Open time of the first kline, in Unix milliseconds, inclusive. The klines begin with the first one that the server knows of. */
  readonly startTime: number;
  /** Open time of the last kline, inclusive. Default: the newest closed one. */
  readonly endTime?: number | undefined;
  /** Klines per request, 1 to 10,000. Default: 5,000, or what the server's memory holds if it has no older klines. */
  readonly pageKlines?: number | undefined;
  /** Called after each page, before its klines are passed on. */
  readonly onProgress?: ((progress: HistoryProgress) => void) | undefined;
}

/** How far a reading is. */
export interface HistoryProgress {
  /** Klines that were received so far. */
  readonly klines: number;
  /** The open time up to which the range was read; undefined before the first kline. */
  readonly openTime: number | undefined;
  /** The share of the range that was read, 0 to 1, by time; 1 after the last page. */
  readonly fraction: number;
  /** Whether the server was certain about all pages so far: a candle that is missing doesn't exist on the exchange. */
  readonly settled: boolean;
  /** Where the last page's klines come from; undefined where all come from the server's memory. */
  readonly stretches: readonly KlineStretch[] | undefined;
}

/** What reading a history needs. */
export interface HistoryParts {
  readonly settings: Pick<ClientSettings, "clock">;
  readonly klines: (query: KlinesQuery) => Promise<KlinesAnswer>;
  readonly capacity: (signal: AbortSignal) => Promise<number>;
}

/** The klines of a range, oldest first, each once, read page by page. The next page is on its way while you use the present one. */
export async function* klineHistory(parts: HistoryParts, query: HistoryQuery): AsyncGenerator<WireKline, void, void> {
  const { startTime, endTime, pageKlines, signal: outer, onProgress } = query;
  if (endTime !== undefined && startTime > endTime) {
    throw new InvalidInput(`startTime ${startTime} lies after endTime ${endTime}: expected it to be the earlier one`);
  }
  const ending = new AbortController();
  const signal = outer === undefined ? ending.signal : AbortSignal.any([outer, ending.signal]);
  const first: KlinesQuery = { startTime, endTime, limit: pageKlines ?? DEFAULT_PAGE_KLINES, closed: true, signal };
  const end = endTime ?? parts.settings.clock.now();
  let [count, openTime, settled]: [number, number | undefined, boolean] = [0, undefined, true];
  try {
    let page: Promise<KlinesAnswer> | undefined = firstPage(parts, first, pageKlines === undefined);
    while (page !== undefined) {
      const answer: KlinesAnswer = await page;
      const { klines, next, settled: isSettled, stretches } = answer;
      page = next === undefined ? undefined : patient(parts, { ...queryOf(next), signal });
      // When the caller leaves the loop, nobody awaits this page: its failure must not be an unhandled rejection.
      page?.catch(() => {});
      count += klines.length;
      openTime = klines.at(-1)?.openTime ?? openTime;
      settled &&= isSettled;
      const fraction = page === undefined ? 1 : shareOf(startTime, openTime ?? startTime, end);
      onProgress?.({ klines: count, openTime, fraction, settled, stretches });
      yield* klines;
    }
  } finally {
    ending.abort(new Error("the reader has left"));
  }
}

/** A server without older klines than its memory's takes no larger pages than that. */
async function firstPage(parts: HistoryParts, query: KlinesQuery, mayShrink: boolean): Promise<KlinesAnswer> {
  try {
    return await patient(parts, query);
  } catch (cause) {
    const isTooMuch = mayShrink && errorOf(cause).code === "invalid_parameter";
    const capacity = isTooMuch && query.signal ? await parts.capacity(query.signal) : undefined;
    if (capacity === undefined || capacity >= (query.limit ?? 0)) throw cause;
    return await patient(parts, { ...query, limit: capacity });
  }
}

/** A reading of years may use up its rate: it waits until the server says that there is some again. */
async function patient({ klines, settings }: HistoryParts, query: KlinesQuery): Promise<KlinesAnswer> {
  for (;;) {
    try {
      return await klines(query);
    } catch (cause) {
      const { code, retryAfterMs } = errorOf(cause);
      if (code !== "rate_limited" || retryAfterMs === undefined) throw cause;
      await settings.clock.sleep(millis(retryAfterMs), query.signal);
    }
  }
}

/** What a failed call says. By its members: built, this file is loaded on its own, and has no class in common with the client. */
function errorOf(cause: unknown): Partial<Pick<ClientError, "code" | "retryAfterMs">> {
  return typeof cause === "object" && cause !== null ? cause : {};
}

/** What the server says to ask next. Its path is the same, behind whatever prefix the server has here. */
function queryOf(next: string): KlinesQuery {
  const parameters = new URL(next, "http://server").searchParams;
  const number = (name: string): number | undefined => {
    const text = parameters.get(name);
    return text === null ? undefined : Number(text);
  };
  return {
    limit: number("limit"),
    startTime: number("startTime"),
    endTime: number("endTime"),
    closed: parameters.get("closed") === "true",
  };
}

function shareOf(start: number, at: number, end: number): number {
  return end <= start ? 1 : Math.min(1, Math.max(0, (at - start) / (end - start)));
}
