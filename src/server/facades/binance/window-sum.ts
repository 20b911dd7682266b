import { type Clock, emptyKline, type Kline, RollUp, type Symbol } from "../../../core/mod.ts";
import type { MarketStore } from "../../../store/mod.ts";
import { bodyEncoding, klinesPrice } from "../../prices.ts";
import type { Call } from "../../route.ts";
import { klinesOf, type OlderKlines } from "../older-klines.ts";
import { settledKlines } from "../settled-klines.ts";
import { BinanceFault } from "./fault.ts";
import { type WindowPart, windowParts, windowStart } from "./window.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** About the work of adding a kline up, in bytes of those by which work is given its turn. */
const ADDED_BYTES = 40;

/** What a window is added up with. */
export interface WindowSumParts {
  readonly store: MarketStore;
  readonly clock: Pick<Clock, "now" | "sleep">;
  readonly older: OlderKlines;
  /** The time of the market, in Unix milliseconds. */
  readonly now: () => number;
  readonly call: Pick<Call, "request" | "caller" | "charge" | "inTurn">;
  /** What was charged for the request before. */
  readonly charged: number;
}

/** The figures of a window. */
export interface WindowSum {
  /** Prices, amounts and trades of the whole window; its times are those of the window. */
  readonly kline: Readonly<Kline>;
  /** Where older klines came from; empty where memory had all. */
  readonly sources: ReadonlySet<string>;
}

/**
 * Adds up the klines of the last `windowMs`: hours where hours are kept and certain, minutes at both ends and elsewhere. Undefined where the exchange has none in the window.
 * Rejects with {@link BinanceFault} where some of them can't be had: no figure is made of a part of the window.
 */
export async function windowSum(
  symbol: Symbol,
  windowMs: number,
  parts: WindowSumParts,
): Promise<WindowSum | undefined> {
  const { store, now } = parts;
  const began = now();
  const openTime = windowStart(windowMs, began);
  const hours = store.series(symbol, "1h");
  const sum = new RollUp();
  const sources = new Set<string>();
  for (const part of windowParts(openTime, began, hours !== undefined)) {
    await addPart(certainPart(part, symbol, parts), symbol, sum, sources, parts);
  }
  if (sum.children === 0) return undefined;
  const kline = emptyKline();
  sum.show(kline);
  kline.openTime = openTime as Kline["openTime"];
  // Klines were waited for meanwhile: the window ends now, or with the last minute that is in it.
  kline.closeTime = Math.min(now(), openTime + windowMs + MINUTE_MS - 1) as Kline["closeTime"];
  return { kline, sources };
}

/** The minutes of a part, where its hours are in doubt and its minutes aren't; they are charged for. The part itself otherwise. */
function certainPart(part: WindowPart, symbol: Symbol, { store, call, charged }: WindowSumParts): WindowPart {
  if (part.interval === "1m" || store.series(symbol, "1h")?.select(askedOf(part)).settled !== false) return part;
  const minutes: WindowPart = { interval: "1m", from: part.from, to: part.to + HOUR_MS - MINUTE_MS };
  const asked = askedOf(minutes);
  if (store.series(symbol, "1m")?.select(asked).settled !== true) return part;
  call.charge(charged + klinesPrice(asked.limit, bodyEncoding(call.request.headers)), charged);
  return minutes;
}

/** All klines of a part, as a series is asked for them. */
function askedOf({ interval, from, to }: WindowPart): { startTime: number; endTime: number; limit: number } {
  return { startTime: from, endTime: to, limit: (to - from) / (interval === "1m" ? MINUTE_MS : HOUR_MS) + 1 };
}

async function addPart(
  part: WindowPart,
  symbol: Symbol,
  sum: RollUp,
  sources: Set<string>,
  parts: WindowSumParts,
): Promise<void> {
  const { store, clock, older, call, charged } = parts;
  const { interval } = part;
  const series = store.series(symbol, interval);
  if (series === undefined) throw new BinanceFault("not_ready", -1001, "No klines of this symbol have arrived yet.", 1);
  const query = askedOf(part);
  const selection = await settledKlines(series, query, clock, call.request.signal);
  if (selection === "repairing") {
    // The minutes may have been repaired meanwhile.
    const minutes = certainPart(part, symbol, parts);
    if (minutes !== part) return await addPart(minutes, symbol, sum, sources, parts);
    throw new BinanceFault("not_ready", -1001, "Klines of this window are being read from the exchange. Try again.", 1);
  }
  if (selection !== "older") {
    // Selected again in its turn: what came meanwhile is newer, never less.
    await call.inTurn(query.limit * ADDED_BYTES, () => {
      store.catchUp(symbol);
      const { first, end } = series.select(query);
      const kline = emptyKline();
      for (let position = first; position < end; position += 1) sum.add(series.ring.read(position, kline));
    });
    return;
  }
  const page = await older.read(series, query, call, charged);
  if (page === undefined) {
    throw new BinanceFault(
      "invalid_parameter",
      -1130,
      "This server doesn't have all klines of this window. Ask for a shorter windowSize, or start it with a larger --capacity, with --history or with --history-fill.",
    );
  }
  for (const { source } of page.stretches) sources.add(source);
  await call.inTurn(page.count * ADDED_BYTES, () => {
    for (const kline of klinesOf(page)) sum.add(kline);
  });
}
