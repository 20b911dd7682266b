import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { viewOfArrays } from "../../tests/helpers/arrays-view.ts";
import { NO_FINDINGS } from "../../tests/helpers/studies.ts";
import { minuteKlines, rolledUp } from "../../tests/helpers/truth.ts";
import { type Interval, type Kline, parseSymbol, type Symbol, type Ticker, type UnixMs } from "../core/mod.ts";
import {
  type EngineName,
  type FilterInput,
  type FilterOutcome,
  type FilterRunner,
  type KlineArray,
  type PreviewResult,
  PreviewRun,
  preview,
  previewSlice,
  Screening,
  type ScreenRequest,
  type ScreenResult,
  ScreenRun,
  WINDOW_KLINES,
} from "./mod.ts";

const START = Date.UTC(2026, 1, 10);
const HOURS = 8;
const BTC = parseSymbol("BTCUSDT");
const ETH = parseSymbol("ETHUSDT");

/** A runner whose filters are plain functions, named by their code. */
function runnerOf(
  filters: Readonly<Record<string, (input: FilterInput) => FilterOutcome>>,
  engine: EngineName = "quickjs",
): FilterRunner {
  return {
    ready: async () => {},
    prepare: (code) => ({
      engine,
      why: "it is a function of the test",
      readsTicker: code.includes("ticker"),
      study: NO_FINDINGS,
      run: (input) => ({
        engine,
        outcome: (filters[code] as (input: FilterInput) => FilterOutcome)(input),
      }),
      close: () => {},
    }),
  };
}

function arrays(
  symbol: Symbol,
  minutes: readonly Kline[],
  intervals: readonly Interval[],
  settled = true,
): KlineArray[] {
  const end = (minutes.at(-1)?.closeTime ?? 0) + 1;
  return intervals.map((interval) => ({ symbol, interval, settled, klines: rolledUp(interval, minutes, end) }));
}

/** Market of two symbols; the second lacks the minutes for which `absent` says so. */
function screeningOf(
  filter: (input: FilterInput) => FilterOutcome,
  absent: (index: number) => boolean = () => false,
  tickers: Ticker[] = [],
): Screening {
  const view = viewOfArrays(
    [
      ...arrays(
        BTC,
        minuteKlines(START, HOURS * 60, 1, () => false),
        ["1m", "5m", "1h"],
      ),
      ...arrays(ETH, minuteKlines(START, HOURS * 60, 2, absent), ["1m", "5m", "1h"]),
    ],
    tickers,
  );
  let milliseconds = 0;
  return new Screening({
    view,
    runner: runnerOf({ filter, "filter of ticker": filter }),
    stopwatch: () => milliseconds++ / 1e3,
  });
}

function closeAt(minutes: number): UnixMs {
  return (START + minutes * 60_000 - 1) as UnixMs;
}

const request: ScreenRequest = { code: "filter", timeframes: ["1m", "1h"], closeTime: closeAt(400) };
const always = (): FilterOutcome => ({ kind: "match", facts: { price: 1 } });

describe("what a filter sees", () => {
  test("at a close, every interval's last kline ends at it or before it", () => {
    const seen: number[][] = [];
    const screening = screeningOf((input) => {
      for (const interval of input.timeframes) {
        const { klines } = input.source(interval);
        const closeTime = klines.closeTime.at(-1) as number;
        expect(closeTime).toBeLessThanOrEqual(input.closeTime);
        seen.push([klines.length, input.closeTime - closeTime]);
      }
      return { kind: "no_match" };
    });
    for (const minutes of [60, 61, 119, 300])
      screening.screen({ ...request, closeTime: closeAt(minutes), symbols: [BTC] });
    expect(seen).toEqual([
      [60, 0],
      [1, 0],
      [61, 0],
      [1, 60_000],
      [119, 0],
      [1, 59 * 60_000],
      [WINDOW_KLINES, 0],
      [5, 0],
    ]);
  });

  test("an interval that it didn't name is refused by name", () => {
    const screening = screeningOf((input) => {
      expect(() => input.source("4h")).toThrow(`"4h" is not among the filter's timeframes: expected one of 1m, 1h`);
      return { kind: "no_match" };
    });
    expect(screening.screen(request).checked).toBe(2);
  });

  test("the same window is the same object until it moves, so that results may be kept by it", () => {
    const windows: unknown[] = [];
    const screening = screeningOf((input) => {
      windows.push(input.source("1m").klines);
      return { kind: "no_match" };
    });
    screening.screen({ ...request, symbols: [BTC] });
    screening.screen({ ...request, symbols: [BTC] });
    screening.screen({ ...request, symbols: [BTC], closeTime: closeAt(401) });
    expect(windows[1]).toBe(windows[0]);
    expect(windows[2]).not.toBe(windows[0]);
  });
});

describe("a screen", () => {
  test("tells matches with their facts, or without if they aren't asked for", () => {
    const result = screeningOf(always).screen(request);
    expect(result).toMatchObject({ interval: "1m", closeTime: closeAt(400), checked: 2, skipped: [], errors: [] });
    expect(result.matches).toEqual([
      { symbol: BTC, facts: { price: 1 } },
      { symbol: ETH, facts: { price: 1 } },
    ]);
    expect(screeningOf(always).screen({ ...request, facts: false }).matches).toEqual([
      { symbol: BTC },
      { symbol: ETH },
    ]);
  });

  test("skips a symbol without the candle that closed, whose longer candle isn't whole, or that nobody keeps", () => {
    const late = screeningOf(always, (index) => index === 399).screen(request);
    expect(late.matches.map(({ symbol }) => symbol)).toEqual([BTC]);
    expect(late.skipped).toEqual([
      { symbol: ETH, reason: `its 1m candle that opened at ${START + 399 * 60_000} is not there` },
    ]);
    const unknown = screeningOf(always).screen({ ...request, symbols: [parseSymbol("NEWUSDT")] });
    expect(unknown.skipped).toEqual([{ symbol: parseSymbol("NEWUSDT"), reason: "its 1m klines are not kept here" }]);
    const doubtful = new Screening({
      view: viewOfArrays(
        arrays(
          BTC,
          minuteKlines(START, 60, 1, () => false),
          ["1m"],
          false,
        ),
      ),
      runner: runnerOf({ filter: always }),
      stopwatch: () => 0,
    }).screen({ ...request, timeframes: ["1m"], closeTime: closeAt(60) });
    expect(doubtful.skipped).toEqual([{ symbol: BTC, reason: "its 1m klines are not certain yet" }]);
  });

  test("skips every symbol without a ticker if the filter reads it", () => {
    const result = screeningOf(always).screen({ ...request, code: "filter of ticker" });
    expect(result.skipped.map(({ reason }) => reason)).toEqual(Array(2).fill("no ticker of it has arrived yet"));
  });

  test("stops after three symbols at a bound, and when its time is over, and says so for the others", () => {
    const symbols = ["A", "B", "C", "D", "E"].map(parseSymbol);
    const minutes = minuteKlines(START, 60, 1, () => false);
    const view = viewOfArrays(symbols.flatMap((symbol) => arrays(symbol, minutes, ["1m"])));
    const at: ScreenRequest = { ...request, timeframes: ["1m"], closeTime: closeAt(60) };
    const stopping = runnerOf({ filter: () => ({ kind: "stopped", message: "longer than 20 ms" }) });
    const stopped = new Screening({ view, runner: stopping, stopwatch: () => 0 }).screen(at);
    expect(stopped.checked).toBe(3);
    expect(stopped.errors.map(({ message }) => message)).toEqual([
      ...Array(3).fill("longer than 20 ms"),
      ...Array(2).fill("not run: the filter was stopped for 3 symbols before this one"),
    ]);
    let now = 0;
    const slow = runnerOf({
      filter: () => {
        now += 1_500;
        return { kind: "no_match" };
      },
    });
    const late = new Screening({ view, runner: slow, stopwatch: () => now }).screen(at);
    expect(late.checked).toBe(2);
    expect(late.errors.at(-1)?.message).toBe("not run: the time for all symbols, 2000 ms, was over");
    // Compiled filters are bounded by their steps: the clock is looked at after a few of them.
    now = 0;
    const quick = runnerOf(
      {
        filter: () => {
          now += 300;
          return { kind: "no_match" };
        },
      },
      "compiled",
    );
    const many = Array.from({ length: 40 }, (_, index) => parseSymbol(`S${index}`));
    const wide = viewOfArrays(many.flatMap((symbol) => arrays(symbol, minutes, ["1m"])));
    expect(new Screening({ view: wide, runner: quick, stopwatch: () => now }).screen(at).checked).toBe(8);
  });

  test("refuses what isn't a close, and a filter without timeframes", () => {
    const screening = screeningOf(always);
    expect(() => screening.screen({ ...request, closeTime: (START + 5) as UnixMs })).toThrow(
      `${START + 5} is not the close of a 1m candle: expected its last millisecond, for example ${START - 1}`,
    );
    expect(() => screening.screen({ ...request, timeframes: [] })).toThrow("timeframes is empty");
  });

  test("ends with the signal's reason when that is aborted", () => {
    const ending = new AbortController();
    ending.abort(new Error("enough"));
    expect(() => screeningOf(always).screen(request, ending.signal)).toThrow("enough");
  });
});

describe("slices", () => {
  const SYMBOLS = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K"].map(parseSymbol);
  const minutes = minuteKlines(START, 60, 1, () => false);
  const view = viewOfArrays(SYMBOLS.flatMap((symbol) => arrays(symbol, minutes, ["1m"])));
  const whole: ScreenRequest = { ...request, timeframes: ["1m"], closeTime: closeAt(60) };

  /** A screening whose filter takes its own time at each symbol, and now and then fails, is stopped or matches. */
  function screeningWith(engine: EngineName, takesMs: number, odds: number): Screening {
    let now = 0;
    const filter = (input: FilterInput): FilterOutcome => {
      now += takesMs;
      const dice = (input.symbol.charCodeAt(0) * 7 + (input.closeTime + 1) / 60_000) % odds;
      if (dice === 0) return { kind: "stopped", message: "longer than 20 ms" };
      if (dice === 1) return { kind: "error", message: "it throws", place: undefined };
      return dice % 2 === 0
        ? { kind: "match", facts: { close: input.source("1m").klines.close.at(-1) ?? 0 } }
        : { kind: "no_match" };
    };
    return new Screening({ view, runner: runnerOf({ filter }, engine), stopwatch: () => now });
  }
  const cases = fc.record({
    engine: fc.constantFrom<EngineName>("compiled", "quickjs"),
    takesMs: fc.constantFrom(1, 7, 60),
    sliceMs: fc.constantFrom(1, 20, 100, 1_000),
    odds: fc.integer({ min: 5, max: 40 }),
  });

  test("a screen in slices finds what one in one go finds, within the same time", () => {
    fc.assert(
      fc.property(cases, ({ engine, takesMs, sliceMs, odds }) => {
        const screening = screeningWith(engine, takesMs, odds);
        const run = new ScreenRun();
        let found: ScreenResult | undefined;
        while (found === undefined) found = run.add(screening.slice(whole, run.next(sliceMs)));
        expect(found).toEqual(screeningWith(engine, takesMs, odds).screen(whole));
      }),
    );
  });

  test("a slice ends when its matches are 128 kB, and nothing is lost or run twice", () => {
    const facts = { text: "x".repeat(60_000) };
    const seen: string[] = [];
    const filter = ({ symbol }: FilterInput): FilterOutcome => {
      seen.push(symbol);
      return { kind: "match", facts };
    };
    const symbols = SYMBOLS.slice(0, 7);
    const screening = new Screening({ view, runner: runnerOf({ large: filter }), stopwatch: () => 0 });
    const request = { ...whole, code: "large", symbols };
    const run = new ScreenRun();
    const sizes: number[] = [];
    let found: ScreenResult | undefined;
    while (found === undefined) {
      const slice = screening.slice(request, run.next(1_000));
      sizes.push(slice.matches.length);
      found = run.add(slice);
    }
    expect([sizes, found.matches.map(({ symbol }) => symbol), seen]).toEqual([[3, 3, 1], symbols, symbols]);
  });

  test("a preview in slices finds what one in one go finds, and ends after the same time", () => {
    const closes = fc.constantFrom(1, 5, 40);
    fc.assert(
      fc.property(cases, closes, ({ engine, takesMs, sliceMs, odds }, closes) => {
        const screening = screeningWith(engine, takesMs, odds);
        const run = new PreviewRun({ ...whole, closes });
        let found: PreviewResult | undefined;
        let slices = 0;
        while (found === undefined) {
          found = run.add(previewSlice(screening, { ...whole, closes }, run.next(sliceMs)));
          slices += 1;
        }
        const expected = preview(screeningWith(engine, takesMs, odds), { ...whole, closes });
        expect(found).toEqual(expected);
        if (closes === 40 && takesMs > 1 && sliceMs < 1_000) expect(slices).toBeGreaterThan(1);
        // Eleven symbols, 60 ms each, at forty closes are more than the 10 s that a preview has, unless most aren't tried.
        if (closes === 40 && takesMs === 60 && odds > 20) expect(found.finished).toBe(false);
      }),
    );
  });

  test("a preview whose matches are too many to be kept ends as when its time is over", () => {
    const facts = { text: "x".repeat(4_000) };
    const many = Array.from({ length: 400 }, (_, index) => parseSymbol(`S${index}`));
    const wide = viewOfArrays(many.flatMap((symbol) => arrays(symbol, minutes, ["1m"])));
    const runner = runnerOf({ filter: () => ({ kind: "match", facts }) });
    const found = preview(new Screening({ view: wide, runner, stopwatch: () => 0 }), { ...whole, closes: 40 });
    expect([found.finished, found.closes.length]).toEqual([false, 3]);
    expect(found.closes.map(({ closeTime }) => closeTime)).toEqual([closeAt(58), closeAt(59), closeAt(60)]);
  });
});

describe("a preview", () => {
  /** Matches by the close alone, so that each close has its own answer. */
  const byPrice = (input: FilterInput): FilterOutcome => {
    const { klines } = input.source("5m");
    const close = klines.close.at(-1) as number;
    const mean = klines.close.reduce((sum, price) => sum + price, 0) / klines.length;
    return close > mean ? { kind: "match", facts: { close, mean, klines: klines.length } } : { kind: "no_match" };
  };

  test("says of each past close what a screen at it says", () => {
    const screening = screeningOf(byPrice, (index) => index > 200 && index < 230);
    const previewed = preview(screening, { ...request, timeframes: ["5m", "1h"], closes: 60 });
    expect(previewed).toMatchObject({ interval: "5m", finished: true, exact: true, errors: [] });
    expect(previewed.closes).toHaveLength(60);
    expect(previewed.closes.at(-1)?.closeTime).toBe(closeAt(400));
    let matched = 0;
    for (const { closeTime, matches, skipped } of previewed.closes) {
      const live = screening.screen({ ...request, timeframes: ["5m", "1h"], closeTime });
      expect(matches).toEqual(live.matches);
      expect(skipped).toBe(live.skipped.length);
      matched += matches.length;
    }
    expect(matched).toBeGreaterThan(10);
  });

  test("puts a past ticker together from the klines up to then, and says that it isn't the live one", () => {
    const prices: number[] = [];
    const screening = screeningOf((input) => {
      prices.push(input.ticker?.price ?? Number.NaN);
      expect(input.ticker?.updatedAt).toBe(input.closeTime);
      expect(input.ticker?.price).toBe(input.source("1m").klines.close.at(-1) as number);
      return { kind: "no_match" };
    });
    const previewed = preview(screening, { ...request, code: "filter of ticker", closes: 10 });
    expect(previewed.exact).toBe(false);
    expect(new Set(prices).size).toBeGreaterThan(5);
  });

  test("refuses a number of closes out of range", () => {
    for (const closes of [0, 1.5, 501]) {
      expect(() => preview(screeningOf(always), { ...request, closes })).toThrow(
        "expected a whole number from 1 to 500",
      );
    }
  });
});
