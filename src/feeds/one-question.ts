import {
  ANY_UNKNOWN,
  boundedBody,
  type Interval,
  type Kline,
  type OpenTimeRange,
  oneLine,
  type Symbol,
  type UnixMs,
} from "../core/mod.ts";
import { addressAt } from "./addresses.ts";
import type { Exchange, Question } from "./exchange.ts";
import { jsonOrText } from "./live/asking/answer-text.ts";
import { connectionFault } from "./live/line/unreachable.ts";
import { judgeRows } from "./live/reading/judged-rows.ts";

/** How long one answer may take, in milliseconds. */
const CALL_TIMEOUT_MS = 10_000;

/** The longest part of an error answer that is repeated, in characters. */
const SAID_CHARACTERS = 200;

/** Where an exchange is asked. */
export interface AskedAt {
  /** Its own address, or that of a stand-in. */
  readonly url: string;
  readonly fetch: typeof fetch;
}

/** Klines as an exchange has them now. */
export interface AskedKlines {
  readonly klines: readonly Kline[];
  /** Rows that aren't believed: why, and the row. */
  readonly refused: readonly string[];
}

/** The exchange's clock. Asked once, without a retry: rejects with an Error that says where and why. */
export async function askTime({ rest }: Exchange, at: AskedAt): Promise<UnixMs> {
  return await ask(rest.time(), rest, at);
}

/**
 * Klines of one series, of an interval that the exchange's history has; as many as one answer holds. Asked once, without a retry and
 * without a budget, so it isn't for feeds. Rejects with an Error that says where and why. `marketTime`: the exchange's clock.
 */
export async function askKlines(
  exchange: Exchange,
  at: AskedAt,
  series: { readonly symbol: Symbol; readonly interval: Interval; readonly range: OpenTimeRange },
  marketTime: UnixMs,
): Promise<AskedKlines> {
  const { rest } = exchange;
  const { symbol, interval, range } = series;
  const rows = await ask(rest.klines(symbol, interval, range), rest, at);
  const { klines, refused } = judgeRows(rows, { interval, range, marketTime, unknown: ANY_UNKNOWN });
  return {
    klines,
    refused: refused.map(({ reason, row }) => `${reason}: ${oneLine(JSON.stringify(row) ?? "", SAID_CHARACTERS)}`),
  };
}

async function ask<T>(question: Question<T>, rest: Exchange["rest"], { url, fetch }: AskedAt): Promise<T> {
  const address = addressAt(url, question.path);
  const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
  try {
    const response = await fetch(address, { redirect: "manual", signal });
    const bytes = await boundedBody(response.body, rest.costs[question.about].maxBytes, signal);
    const text = new TextDecoder().decode(bytes);
    const body = jsonOrText(text);
    const refusal = rest.refusal(response.status, response.headers, body);
    if (refusal === undefined && response.status === 200) return question.read(body);
    const what = refusal?.says ?? refusal?.kind ?? String(response.status);
    throw new Error(`${what}: ${oneLine(text, SAID_CHARACTERS)}`);
  } catch (cause) {
    throw new Error(`${address}: ${connectionFault(cause)}`, { cause });
  }
}
