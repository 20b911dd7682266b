import { expect, test } from "bun:test";
import fc from "fast-check";
import { restarted } from "../../tests/helpers/restarted.ts";
import { minuteKlines, rolledUp } from "../../tests/helpers/truth.ts";
import {
  type Interval,
  type Kline,
  type MarketEvent,
  openTimeOf,
  parseSymbol,
  type SymbolInfo,
  type SymbolStatus,
  type UnixMs,
} from "../core/mod.ts";
import { MarketStore, readKlines } from "./mod.ts";

const SYMBOL = parseSymbol("BTCUSDT");
const MINUTE = 60_000;
/** Candles of all intervals begin here. */
const START = Date.UTC(2026, 1, 2) as UnixMs;
/** Ten minutes before a day ends. */
const FIRST_MINUTE = 24 * 60 - 10;
const INTERVALS: readonly Interval[] = ["1m", "3m", "5m", "1h", "2h", "1d", "1w"];
const SERVED: readonly Interval[] = ["1s", ...INTERVALS];

function symbols(status: SymbolStatus): MarketEvent {
  const info: SymbolInfo = {
    ...{ symbol: SYMBOL, base: "BTC", quote: "USDT", status },
    ...{ priceDecimals: 2, quantityDecimals: 5 },
  };
  return { type: "symbols", symbols: [info] };
}

/** A store, and a log of what its listeners must hear in any case: closed klines, restatements, close notices. */
class Watched {
  readonly told: string[] = [];
  store: MarketStore = new MarketStore({ intervals: SERVED, capacity: 70 });

  constructor() {
    this.#listen();
    this.store.apply(symbols("TRADING"));
  }

  restart(): void {
    this.store = restarted(this.store);
    this.#listen();
  }

  #listen(): void {
    this.store.listen({
      kline: ({ interval }, kline) => {
        if (kline.closed) this.told.push(`${interval} ${JSON.stringify(kline)}`);
      },
      restated: ({ interval }, kline) => this.told.push(`restated ${interval} ${JSON.stringify(kline)}`),
      close: (notice) => this.told.push(JSON.stringify(notice)),
    });
  }

  /** All that a reader can see, and what decides what is asked of the exchange. */
  seen(): unknown {
    return SERVED.map((interval) => {
      const series = this.store.series(SYMBOL, interval);
      if (series === undefined) return interval;
      const { certainties, rewrites, ledger, ring } = series;
      const klines = readKlines(series, { first: 0, end: ring.length });
      return { interval, klines, certainties, rewrites, ledger: ledger.state, sources: series.sources() };
    });
  }
}

const steps = fc.array(
  fc.oneof(
    { weight: 30, arbitrary: fc.record({ do: fc.constant("state" as const), share: fc.integer({ min: 0, max: 8 }) }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant("second" as const), closed: fc.boolean() }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant("close" as const), back: fc.constantFrom(0, 0, 0, 0, 1, 3) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant("lose" as const), minutes: fc.integer({ min: 1, max: 9 }) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("gap" as const), back: fc.integer({ min: 0, max: 3 }) }) },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant("history" as const),
        interval: fc.constantFrom<Interval>("1m", "1m", "1m", "1m", "1m", ...INTERVALS),
        minutes: fc.constantFrom(5, 120, 500),
        isOther: fc.constantFrom(false, false, false, false, false, true),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("clock" as const), back: fc.integer({ min: 0, max: 2 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("delist" as const, "list" as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("read" as const) }) },
  ),
  { minLength: 30, maxLength: 200, size: "max" },
);

test("longer candles that wait until somebody reads are what those are that follow each state at once", () => {
  fc.assert(
    fc.property(steps, fc.integer(), (todo, seed) => {
      const [eager, lazy] = [new Watched(), new Watched()];
      const truth = minuteKlines(START, 3_000, seed, () => false);
      let minute = FIRST_MINUTE;
      let eventTime = START + minute * MINUTE;
      const apply = (event: MarketEvent): void => {
        for (const { store } of [eager, lazy]) store.apply(event);
        eager.store.catchUp(SYMBOL);
      };
      const stream = (kline: Kline, interval: Interval = "1m"): void => {
        apply({ type: "kline", symbol: SYMBOL, interval, kline, eventTime: eventTime as UnixMs });
      };
      const history = (interval: Interval, first: number, isOther = false): void => {
        const askedAt = eventTime as UnixMs;
        const from = openTimeOf(interval, (START + first * MINUTE) as UnixMs);
        const minutes = truth.slice(0, minute);
        const rows = interval === "1m" ? minutes : rolledUp(interval, minutes, askedAt);
        const klines = rows
          .filter(({ openTime }) => openTime >= from)
          .map((kline) => (isOther ? { ...kline, trades: kline.trades + 1 } : kline));
        const to = openTimeOf(interval, askedAt);
        apply({ type: "history", symbol: SYMBOL, interval, from, to, klines, askedAt });
      };
      for (const interval of INTERVALS) history(interval, 0);
      for (const step of todo) {
        const final = truth[minute] as Kline;
        eventTime = Math.max(eventTime, final.openTime);
        switch (step.do) {
          case "state":
            // The same state comes again, and one that knows less, too.
            eventTime += (step.share % 3) * 500;
            stream({
              ...final,
              ...{ close: final.open + step.share, high: final.open + 8, volume: final.volume * (step.share / 8) },
              closed: false,
            });
            break;
          case "second": {
            const openTime = openTimeOf("1s", eventTime as UnixMs);
            stream({ ...final, openTime, closeTime: (openTime + 999) as UnixMs, closed: step.closed }, "1s");
            break;
          }
          case "close":
            eventTime = final.closeTime + 1;
            stream(truth[minute - step.back] as Kline);
            if (step.back === 0) minute += 1;
            break;
          case "lose":
            minute += step.minutes;
            break;
          case "gap": {
            const from = (START + (minute - step.back) * MINUTE) as UnixMs;
            apply({ type: "gap", symbol: SYMBOL, interval: "1m", from, reason: "lost" });
            break;
          }
          case "history":
            history(step.interval, Math.max(0, minute - step.minutes), step.isOther);
            break;
          case "clock":
            minute -= step.back;
            eventTime = START + minute * MINUTE;
            apply({ type: "clock", marketTime: eventTime as UnixMs });
            break;
          case "delist":
          case "list":
            apply(symbols(step.do === "list" ? "TRADING" : "DELISTED"));
            break;
          case "restart":
            for (const one of [eager, lazy]) one.restart();
            break;
          case "read":
            expect(lazy.seen()).toEqual(eager.seen());
            break;
        }
      }
      expect(lazy.seen()).toEqual(eager.seen());
      expect(lazy.told).toEqual(eager.told);
    }),
    { numRuns: 60, includeErrorInReport: true },
  );
});

test("a change that waits is seen by who looks at the version alone, once, and reported to listeners then", () => {
  const { store } = new Watched();
  const [first] = minuteKlines(START, 1, 7, () => false) as [Kline];
  const from = (START - MINUTE) as UnixMs;
  store.apply({ type: "history", symbol: SYMBOL, interval: "1m", from, to: from, klines: [] });
  const heard: string[] = [];
  store.listen({ kline: ({ interval }, { close }) => heard.push(`${interval} ${close}`) });
  const stream = (close: number, second: number): void => {
    const kline = { ...first, close, high: first.high + 10, closed: false };
    const eventTime = (START + second * 1_000) as UnixMs;
    store.apply({ type: "kline", symbol: SYMBOL, interval: "1m", kline, eventTime });
  };
  stream(first.open, 0);
  stream(first.open + 5, 1);
  const hour = store.series(SYMBOL, "1h");
  const before = hour?.version as number;
  heard.length = 0;
  stream(first.open + 1, 2);
  // A second has nothing to do with them.
  const second = { ...first, closeTime: (START + 999) as UnixMs, closed: true };
  store.apply({ type: "kline", symbol: SYMBOL, interval: "1s", kline: second, eventTime: (START + 2_000) as UnixMs });
  expect(heard.splice(1)).toEqual([`1s ${first.close}`]);
  stream(first.open + 2, 3);
  expect(heard).toEqual([`1m ${first.open + 1}`, `1m ${first.open + 2}`]);
  expect(hour?.version).toBe(before + 1);
  expect(hour?.version).toBe(before + 1);
  expect(heard.slice(2).toSorted()).toEqual(
    ["1d", "1h", "1w", "2h", "3m", "5m"].map((interval) => `${interval} ${first.open + 2}`),
  );
});
