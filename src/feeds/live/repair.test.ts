import { afterEach, describe, expect, test } from "bun:test";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import {
  addCandles,
  closeTimeOf,
  INTERVALS,
  type Interval,
  nextOpenTime,
  openTimeOf,
  parseInterval,
  parseSymbol,
  seededRandom,
  type UnixMs,
} from "../../core/mod.ts";
import { MarketStore } from "../../store/mod.ts";
import { BINANCE } from "../binance/binance.ts";
import { Asker } from "./asking/asker.ts";
import { questions, Repair } from "./repair.ts";

const SYMBOL = parseSymbol("BTCUSDT");
const NOW = Date.UTC(2026, 1, 10, 12, 30, 20) as UnixMs;
const MINUTE = 60_000;
const minutesAgo = (count: number): UnixMs => openTimeOf("1m", NOW - count * MINUTE);

let stopping = new AbortController();
afterEach(() => {
  stopping.abort(new Error("the test is over"));
  stopping = new AbortController();
});

/** A repair of one symbol against an exchange that listed it at `listedAt`, with one trade in each candle since. */
function repairing({
  intervals,
  capacity,
  listedAt,
  keeps = "oldest",
  absence = "settled",
  isMissing = () => false,
}: {
  readonly intervals: readonly Interval[];
  readonly capacity: number;
  readonly listedAt: number;
  /** Which rows of many the exchange answers with. */
  readonly keeps?: "oldest" | "newest";
  readonly absence?: "settled" | "overdue" | "later";
  /** Candles that the exchange has no row of. */
  readonly isMissing?: (openTime: number) => boolean;
}) {
  const clock = new ManualClock(NOW);
  const store = new MarketStore({ intervals, capacity });
  store.apply({
    type: "symbols",
    symbols: [{ symbol: SYMBOL, base: "BTC", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 5 }],
  });
  const asked = new Map<Interval, number>();
  const refusedRows = new Set<number>();
  const fetchIt = (input: string | URL | Request): Promise<Response> => {
    const query = new URL(String(input)).searchParams;
    const interval = parseInterval(String(query.get("interval")));
    asked.set(interval, (asked.get(interval) ?? 0) + 1);
    const { startTime, endTime } = Object.fromEntries(query);
    if (!/^\d+$/.test(startTime ?? "") || !/^\d+$/.test(endTime ?? "")) {
      return Promise.resolve(Response.json({ code: -1100, msg: "Illegal characters found." }, { status: 400 }));
    }
    const rows: unknown[] = [];
    const first = Math.max(Number(startTime), listedAt);
    const last = openTimeOf(interval, Math.min(Number(endTime), NOW));
    const from = keeps === "oldest" ? first : Math.max(first, addCandles(interval, last, 1 - BINANCE.rest.rows));
    let openTime = openTimeOf(interval, from);
    while (rows.length < BINANCE.rest.rows && openTime <= Math.min(Number(endTime), NOW)) {
      const low = refusedRows.has(openTime) ? "0" : "1";
      if (openTime >= Number(startTime) && !isMissing(openTime)) {
        rows.push([openTime, "1", "1", low, "1", "1", closeTimeOf(interval, openTime), "1", 1, "0.5", "0.5", "0"]);
      }
      openTime = nextOpenTime(interval, openTime);
    }
    return Promise.resolve(Response.json(keeps === "oldest" ? rows : rows.reverse()));
  };
  const random = seededRandom(7);
  let done = 0;
  const repair = new Repair({
    rest: new Asker({
      exchange: { facts: { ...BINANCE.facts, absence }, rest: { ...BINANCE.rest, keeps } },
      baseUrl: "http://exchange",
      clock,
      stopwatch: clock.stopwatch,
      random,
      fetch: Object.assign(fetchIt, { preconnect: () => {} }),
    }),
    gaps: store,
    sink: (event) => store.apply(event),
    marketTime: () => NOW,
    cuts: () => 0,
    corrections: () => 0,
    wants: () => true,
    done: () => {
      done += 1;
    },
    failed: () => {},
    excuse: () => {},
    unknown: () => {},
    clock,
    random,
  });
  void repair.run(stopping.signal);
  return {
    store,
    asked,
    refusedRows,
    /** Asks until all that is missing was asked for once. */
    async pass(): Promise<void> {
      const before = done;
      repair.want(SYMBOL, "repair");
      while (done === before) await clock.turn(10);
    },
    isWhole: (): boolean => store.intervals.every((interval) => store.missing(SYMBOL, interval, NOW).length === 0),
  };
}

describe("deep history", () => {
  test("20,000 klines of 15 intervals are whole in one pass, for as many answers as their rows fill", async () => {
    const capacity = 20_000;
    const listedAt = Date.UTC(2017, 7, 17);
    const intervals = INTERVALS.filter((interval) => interval !== "1s");
    const { store, asked, pass, isWhole } = repairing({ intervals, capacity, listedAt });
    await pass();
    expect(isWhole()).toBe(true);
    expect(store.coverage()).toEqual({ complete: 15, total: 15 });
    for (const interval of intervals) {
      const rows = store.series(SYMBOL, interval)?.ring.length ?? 0;
      // The last answer may be full and not tell that it is the last.
      expect(asked.get(interval) ?? 0).toBeLessThanOrEqual(Math.ceil(rows / BINANCE.rest.rows) + 1);
    }
    expect(store.series(SYMBOL, "15m")?.ring.length).toBe(capacity + 1);
    expect(store.series(SYMBOL, "1M")?.first).toBe(Date.UTC(2017, 7, 1) as UnixMs);
    const once = new Map(asked);
    await pass();
    expect(asked).toEqual(once);
  });

  test("no candle before the years of markets is asked for, however many weeks or months are wanted", async () => {
    const { asked, pass, isWhole, store } = repairing({
      intervals: ["1w", "1M"],
      capacity: 1_700,
      listedAt: Date.UTC(2017, 7, 17),
    });
    await pass();
    expect(isWhole()).toBe(true);
    expect(store.series(SYMBOL, "1M")?.select({ limit: 1_700 })).toMatchObject({ settled: true, complete: true });
    expect(asked.get("1M")).toBe(1);
  });

  test("what is in doubt at both ends isn't asked for in the middle", async () => {
    const { store, asked, refusedRows, pass } = repairing({
      intervals: ["1m"],
      capacity: 9_999,
      listedAt: Date.UTC(2017, 7, 17),
    });
    refusedRows.add(minutesAgo(9_000));
    await pass();
    expect(asked.get("1m")).toBe(10);
    const [hole, ...others] = store.missing(SYMBOL, "1m", NOW);
    expect([hole, others]).toEqual([{ from: minutesAgo(9_000), to: minutesAgo(9_000) }, []]);
    store.apply({ type: "gap", symbol: SYMBOL, interval: "1m", from: minutesAgo(3), reason: "cut" });
    refusedRows.clear();
    await pass();
    expect(asked.get("1m")).toBe(12);
    expect(store.missing(SYMBOL, "1m", NOW)).toEqual([]);
  });
});

test("neighbours are asked for together where that takes no more answers", () => {
  const range = (first: number, last: number) => ({ from: minutesAgo(first), to: minutesAgo(last) });
  expect(questions("1m", [], BINANCE.rest.rows)).toEqual([]);
  expect(questions("1m", [range(900, 800), range(700, 600), range(3, 0)], BINANCE.rest.rows)).toEqual([range(900, 0)]);
  expect(questions("1m", [range(9_000, 8_999), range(3, 0)], BINANCE.rest.rows)).toEqual([
    range(9_000, 8_999),
    range(3, 0),
  ]);
  expect(questions("1m", [range(2_500, 900), range(3, 0)], BINANCE.rest.rows)).toEqual([range(2_500, 0)]);
});

describe("an exchange that answers with the newest rows", () => {
  test("is asked page by page towards the oldest, until it has no more: the years before cost nothing", async () => {
    const listedAt = openTimeOf("1h", NOW - 3_500 * 60 * MINUTE);
    const { store, asked, pass, isWhole } = repairing({
      ...{ intervals: ["1m", "1h"], capacity: 5_000, listedAt, keeps: "newest" },
    });
    await pass();
    expect([isWhole(), store.coverage()]).toEqual([true, { complete: 2, total: 2 }]);
    expect([store.series(SYMBOL, "1m")?.ring.length, asked.get("1m")]).toEqual([5_001, 6]);
    // Hours of the last days follow from the minutes.
    expect(store.series(SYMBOL, "1h")?.first).toBe(listedAt);
    expect(asked.get("1h")).toBeLessThanOrEqual(4);
  });
});

describe("a minute that an answer lacks", () => {
  const missing = [1, 2, 3, 30].map((count) => minutesAgo(count) as number);
  const run = async (absence: "settled" | "overdue" | "later") => {
    const options = { intervals: ["1m"], capacity: 60, listedAt: 0, absence } as const;
    const { store, pass } = repairing({ ...options, isMissing: (openTime) => missing.includes(openTime) });
    await pass();
    return store.missing(SYMBOL, "1m", NOW);
  };

  test("doesn't exist, where the exchange has all at once", async () => {
    expect(await run("settled")).toEqual([]);
  });

  test("may still come for a while, where the exchange lists some late", async () => {
    const minutes = (await run("later")).map(({ from, to }) => [from, to].map((at) => (minutesAgo(0) - at) / MINUTE));
    expect(minutes).toEqual([[3, 1]]);
  });

  test("may still come until its final state is overdue, where the exchange takes it for missing only then", async () => {
    const minutes = await run("overdue");
    expect(minutes).toEqual([]);
  });
});

describe("how many questions are left", () => {
  /** A repair for which symbol number n waits with `pagesOf(n)` pages to read. `counted`: of how many symbols that was found out. */
  function waiting(symbols: number, pagesOf: (n: number) => number) {
    const counted = new Set<string>();
    const numberOf = (symbol: string): number => Number(symbol.slice(1));
    const gaps = {
      intervals: ["1m"],
      missing: (symbol: string) => {
        counted.add(symbol);
        const pages = pagesOf(numberOf(symbol));
        return pages === 0 ? [] : [{ from: 0, to: (pages * BINANCE.rest.rows - 1) * MINUTE }];
      },
    };
    const clock = new ManualClock(NOW);
    const repair = new Repair({
      gaps,
      clock,
      rest: { rowsOf: () => BINANCE.rest.rows },
      marketTime: () => NOW,
    } as unknown as ConstructorParameters<typeof Repair>[0]);
    for (let n = 0; n < symbols; n += 1) repair.want(parseSymbol(`S${n}`), "warm-up");
    return { repair, counted };
  }

  test("of few symbols each is counted", () => {
    expect(waiting(0, () => 1).repair.callsLeft).toBe(0);
    expect(waiting(50, (n) => (n === 49 ? 7 : 2)).repair.callsLeft).toBe(49 * 2 + 7);
  });

  test("of many, some stand for all, so that the event loop isn't held", () => {
    const { repair, counted } = waiting(1_999, () => 3);
    expect(repair.callsLeft).toBe(1_999 * 3);
    expect(counted.size).toBeGreaterThan(40);
    expect(counted.size).toBeLessThanOrEqual(50);
  });
});
