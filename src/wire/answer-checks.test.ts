import { expect, test } from "bun:test";
import fc from "fast-check";
import * as v from "valibot";
import {
  checkKlines,
  checkProblem,
  checkSeries,
  checkTicker,
  checkTickers,
  checkTicket,
  checkUnavailable,
} from "./answer-checks.ts";
import { type Check, readChecked } from "./check.ts";
import { MESSAGE_CHECKS } from "./message-checks.ts";
import {
  type AnswerSchema,
  klinesSchema,
  MESSAGE_KINDS,
  problemSchema,
  readAnswer,
  readMessage,
  seriesSchema,
  tickerSchema,
  tickersSchema,
  ticketSchema,
  unavailableSchema,
} from "./mod.ts";

/** What members may hold, good and bad. */
const VALUES: readonly unknown[] = [
  ...[0, -1, 1.5, 7, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY],
  ...["1", "", "1m", "7m", "bybit", true, false, null, undefined, [], {}],
];
const KLINE = {
  ...{ openTime: 0, open: 1, high: 2, low: 0.5, close: 1.5, volume: 3, closeTime: 59_999 },
  ...{ quoteVolume: 4, trades: 5, takerBuyVolume: 1, takerBuyQuoteVolume: 2, closed: true },
};
const KLINES = {
  ...{ symbol: "BTCUSDT", interval: "1m", count: 2, complete: true, settled: true, next: "/klines/BTCUSDT/1m" },
  stretches: [{ source: "vault", from: 0, to: 1 }],
  klines: [KLINE, { ...KLINE, trades: null }],
};
const TICKER = {
  ...{ symbol: "BTCUSDT", price: 1, open: 1, high: 1, low: 1, volume: 1, quoteVolume: null },
  ...{ priceChange: 0, priceChangePercent: 0, updatedAt: 1, windowMs: 5 },
};
const SIGNAL = {
  ...{ id: 1, traderId: "a", traderVersion: 1, symbol: "A", interval: "1m", closeTime: 1, price: 1 },
  ...{ facts: { rsi: 1 }, createdAt: 1 },
};

interface Pair {
  readonly check: Check<unknown>;
  readonly schema: AnswerSchema<unknown>;
  readonly sample: object;
}

const ANSWERS: Readonly<Record<string, Pair>> = {
  klines: { check: checkKlines, schema: klinesSchema, sample: KLINES },
  series: { check: checkSeries, schema: seriesSchema, sample: { count: 1, series: [KLINES] } },
  ticker: { check: checkTicker, schema: tickerSchema, sample: TICKER },
  tickers: { check: checkTickers, schema: tickersSchema, sample: { count: 1, tickers: [TICKER, TICKER] } },
  ticket: { check: checkTicket, schema: ticketSchema, sample: { ticket: "t", expiresAt: 1 } },
  unavailable: { check: checkUnavailable, schema: unavailableSchema, sample: { error: "e", fallback: true } },
  problem: {
    check: checkProblem,
    schema: problemSchema,
    sample: { type: "t", title: "t", status: 400, detail: "d", code: "newer", requestId: "r" },
  },
};
const MESSAGES: Readonly<Record<keyof typeof MESSAGE_KINDS, object>> = {
  hello: { protocol: 1, serverTime: 1, version: "1", source: "binance", epoch: "e" },
  ack: { id: 1, channels: ["tickers"] },
  error: { id: "a", code: "c", detail: "d", retryAfterSeconds: 1.5 },
  pong: {},
  ids: { symbols: { A: 0 } },
  snapshot: { channel: "kline:A:1m", klines: [KLINE], recovered: false },
  kline: { channel: "kline:A:1m", kline: KLINE, restated: true, time: 1 },
  signal: { signal: SIGNAL },
  ticker: { channel: "ticker:A", ticker: TICKER },
  tickers: { market: "bybit", tickers: [TICKER] },
  close: { market: "bybit", interval: "1m", closeTime: 1, symbols: ["A"], pending: [] },
};
const pairs: readonly (readonly [string, Pair])[] = [
  ...Object.entries(ANSWERS),
  ...Object.entries(MESSAGES).map(([type, sample]): [string, Pair] => {
    const { schema } = MESSAGE_KINDS[type as keyof typeof MESSAGE_KINDS];
    const check: Check<unknown> = MESSAGE_CHECKS[type as keyof typeof MESSAGE_CHECKS];
    return [`${type} message`, { check, schema, sample: { type, ...sample } }];
  }),
];

/** The places of a value: of its members, and of those in them. */
function placesOf(value: unknown): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [
    [name],
    ...placesOf(member).map((path) => [name, ...path]),
  ]);
}

/** A copy in which one place holds something else; undefined leaves the member out, as JSON does. */
function changed(value: unknown, [name = "", ...rest]: readonly string[], to: unknown): unknown {
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [...value] : { ...(value as object) };
  const members = copy as Record<string, unknown>;
  members[name] = rest.length === 0 ? to : changed(members[name], rest, to);
  if (members[name] === undefined) delete members[name];
  return copy;
}

test.each(pairs)("what the check of %s takes, the schema of the documents takes, and nothing else", (_, pair) => {
  const { check, schema, sample } = pair;
  expect([readChecked(check, sample), v.safeParse(schema, sample).success]).toEqual([{ answer: sample }, true]);
  // A message's type is known before it is checked.
  const places = placesOf(sample).filter(([name]) => name !== "type" || schema === problemSchema);
  let [taken, refused] = [0, 0];
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(...VALUES), (at, to) => {
      const path = places[at % Math.max(1, places.length)] ?? [];
      const value = path.length === 0 ? { ...sample, newer: to } : changed(sample, path, to);
      const [mine, theirs] = [readChecked(check, value), readAnswer(schema, value)];
      expect({ value, taken: "answer" in mine }).toEqual({ value, taken: "answer" in theirs });
      if ("answer" in mine) taken += 1;
      else refused += 1;
      if ("fault" in mine && "fault" in theirs) expect(placeIn(mine.fault)).toBe(placeIn(theirs.fault));
    }),
    { numRuns: 500 },
  );
  expect(taken).toBeGreaterThan(5);
  if (places.length > 0) expect(refused).toBeGreaterThan(5);
  for (const value of [1, "text", null, undefined, true]) expect(readChecked(check, value)).toHaveProperty("fault");
});

/** The member that a fault is about. */
function placeIn(fault: string): string | undefined {
  return /^[^ :]+/.exec(fault)?.[0];
}

test("a fault says where, and what is expected", () => {
  const fault = (value: unknown): unknown => readChecked(checkKlines, value);
  expect(fault({ ...KLINES, klines: [KLINE, { ...KLINE, close: "1" }] })).toEqual({
    fault: "klines.1.close: expected a number",
  });
  expect(fault({ ...KLINES, count: undefined })).toEqual({ fault: "count is missing" });
  expect(fault(7)).toEqual({ fault: "expected an object" });
});

test("a message is read, of a newer type, or at fault", () => {
  expect(readMessage('{"type":"pong"}')).toEqual({ message: { type: "pong" } });
  expect(readMessage('{"type":"newer"}')).toEqual({ unknownType: "newer" });
  expect(readMessage('{"type":"toString"}')).toEqual({ unknownType: "toString" });
  expect(readMessage('{"type":"ack","id":1,"channels":[2]}')).toEqual({ fault: "ack: channels.0: expected text" });
  expect(readMessage("[]")).toEqual({ fault: "expected a JSON object with a type" });
});
