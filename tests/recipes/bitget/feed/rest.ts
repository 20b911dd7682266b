import { candlesBetween, type Interval, nameAt } from "../../../../src/core/mod.ts";
import type { Refusal, RestProtocol } from "../../../../src/feeds/exchange.ts";
import { standInSays } from "../../../../src/feeds/stand-in.ts";
import { readKlines, readListing, readTickers, readTime } from "./rows.ts";

const COST = { weight: 1, maxBytes: 16 * 1_048_576 } as const;
const ROWS = 1_000;

/** The exchange's words for intervals. Longer ones are folded from these. */
const WORDS: Partial<Record<Interval, string>> = { "1m": "1min", "5m": "5min", "15m": "15min", "1h": "1h", "4h": "4h" };

export const INTERVALS_ANSWERED: readonly Interval[] = Object.keys(WORDS) as Interval[];

/** Bitget by REST. */
export const REST: RestProtocol = {
  url: "https://api.bitget.com",
  costs: { klines: COST, symbols: COST, tickers: COST, time: COST },
  budget: { most: 20, windowMs: 1_000, aligned: false },
  rows: ROWS,
  keeps: "newest",
  listed: () => ({ about: "symbols", path: "/api/v2/spot/public/symbols", weight: 1, read: readListing }),
  tickers: () => ({ about: "tickers", path: "/api/v2/spot/market/tickers", weight: 1, read: readTickers }),
  time: () => ({ about: "time", path: "/api/v2/public/time", weight: 1, read: readTime }),
  klines: (symbol, interval, { from, to }) => {
    const query = new URLSearchParams({
      symbol: nameAt(symbol),
      granularity: WORDS[interval] ?? "",
      startTime: String(from),
      endTime: String(to),
      limit: String(Math.min(ROWS, candlesBetween(interval, from, to) + 1)),
    });
    return { about: "klines", path: `/api/v2/spot/market/candles?${query}`, weight: 1, read: readKlines(interval) };
  },
  used: () => undefined,
  refusal: (status, _headers, body) => refusalOf(status, body),
  standIn: standInSays,
  isOwn: (address) => /(^|\.)bitget\.com$/.test(new URL(address).hostname),
};

function refusalOf(status: number, body: unknown): Refusal | undefined {
  if (status === 429) return { kind: "stop", says: "asked too often", waitMs: 5_000 };
  if (status === 403) return { kind: "address", says: "the exchange doesn't serve this place" };
  const code = typeof body === "object" && body !== null ? (body as { code?: unknown }).code : undefined;
  if (typeof code !== "string" || code === "00000") return undefined;
  return code === "40034" ? { kind: "unknown_symbol" } : { kind: "question", says: `refused with ${code}` };
}
