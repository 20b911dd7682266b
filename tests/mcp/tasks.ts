import { expect } from "bun:test";
import { INDICATORS, WORKED_FILTERS } from "../../src/strategy/mod.ts";
import type { TickersAnswer } from "../../src/wire/mod.ts";
import { type Task, task } from "./task.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SYMBOLS = 12;

/** Matches everywhere, and says the RSI. */
const RSI = 'const r = rsi(candles("5m").close, 14); return {match: true, facts: {rsi: r.at(-1)}};';
const LOW = 'return rsi(candles("5m").close, 14).at(-1) < 45;';

/** The last minute closed below its open. */
const FALLING = 'const c = candles("1m"); return c.close.at(-1) < c.open.at(-1);';

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Wilder's, from the first value on. */
function rsiOf(closes: readonly number[], period = 14): number {
  let [up, down] = [0, 0];
  for (let at = 1; at < closes.length; at += 1) {
    const change = Number(closes[at]) - Number(closes[at - 1]);
    const share = at <= period ? 1 / at : 1 / period;
    up += (Math.max(0, change) - up) * share;
    down += (Math.max(0, -change) - down) * share;
  }
  return 100 - 100 / (1 + up / down);
}

/** Questions as users ask them. */
export const TASKS: readonly Task[] = [
  task({
    question: "Which exchange's prices does this server have, and are they real?",
    calls: 1,
    solve: async (agent) => (await agent.call("markets")).summary,
    check: (summary) => expect(summary).toMatch(/^binance, simulated prices, all current\. 12 symbols/),
  }),
  task({
    question: "For which intervals can I ask, and how far back?",
    calls: 1,
    solve: async (agent) => (await agent.call("markets", { limit: 1 })).data,
    check: (data) => expect(data).toMatchObject({ intervals: ["1m", "5m", "1h"], klinesKept: 500 }),
  }),
  task({
    question: "What does ETH cost?",
    calls: 1,
    solve: async (agent) =>
      (await agent.call("markets", { search: "eth" })).rows.map(([symbol, price]) => [symbol, price]),
    check: async (found, { get }) => {
      const { price } = await get<{ price: number }>("/ticker/ETHUSDT");
      expect(found).toContainEqual(["ETHUSDT", price]);
    },
  }),
  task({
    question: "Which three pairs are traded most?",
    calls: 1,
    solve: async (agent) => (await agent.call("markets", { limit: 3 })).rows.map(([symbol]) => symbol as string),
    check: async (found, { get }) => {
      const { tickers } = await get<TickersAnswer>("/tickers");
      const most = tickers.toSorted((a, b) => Number(b.quoteVolume) - Number(a.quoteVolume));
      expect(found).toEqual(most.slice(0, 3).map(({ symbol }) => symbol));
    },
  }),
  task({
    question: "Which pair rose most in 24 hours, and which fell most?",
    calls: 2,
    solve: async (agent) => {
      const [gain, loss] = [
        await agent.call("markets", { sort: "gain", limit: 1 }),
        await agent.call("markets", { sort: "loss", limit: 1 }),
      ];
      return [gain.rows[0]?.[0], loss.rows[0]?.[0]];
    },
    check: async (found, { get }) => {
      const { tickers } = await get<TickersAnswer>("/tickers");
      const ranked = tickers.toSorted((a, b) => b.priceChangePercent - a.priceChangePercent);
      expect(found).toEqual([ranked[0]?.symbol, ranked.at(-1)?.symbol]);
    },
  }),
  task({
    question: "What was the last full hour of BTCUSDT?",
    calls: 1,
    solve: async (agent) => (await agent.call("candles", { symbol: "BTCUSDT", interval: "1h", limit: 1 })).rows[0],
    check: (row, { klines, now }) => {
      const last = klines("BTCUSDT", "1h", now() - 2 * HOUR, now() - HOUR).at(-1);
      expect(row).toEqual([last?.openTime, last?.open, last?.high, last?.low, last?.close, last?.volume]);
    },
  }),
  task({
    question: "What was the highest price of BTCUSDT in the last 24 full hours?",
    calls: 1,
    solve: async (agent) => {
      const { summary } = await agent.call("candles", { symbol: "BTCUSDT", interval: "1h", limit: 24 });
      return Number(/high ([\d.]+)/.exec(summary)?.[1]);
    },
    check: (high, { klines, now }) => {
      const day = klines("BTCUSDT", "1h", now() - 26 * HOUR, now() - HOUR).slice(-24);
      expect(high).toBe(Math.max(...day.map((kline) => kline.high)));
    },
  }),
  task({
    question: "Where did ETHUSDT close at 11:05 UTC today, on 5 minutes?",
    calls: 1,
    solve: async (agent) => {
      const at = "2026-02-10T11:00:00Z";
      const asked = { symbol: "ETHUSDT", interval: "5m", startTime: at, endTime: at };
      return (await agent.call("candles", asked)).rows.map((row) => row[4]);
    },
    check: (closes, { klines }) => {
      const at = Date.UTC(2026, 1, 10, 11);
      expect(closes).toEqual(klines("ETHUSDT", "5m", at, at).map(({ close }) => close));
    },
  }),
  task({
    question: "How much did SOLUSDT move in the last four hours, in percent?",
    calls: 1,
    solve: async (agent) => {
      const { summary } = await agent.call("candles", { symbol: "SOLUSDT", interval: "5m", limit: 48 });
      return Number(/: (-?[\d.]+) %/.exec(summary)?.[1]);
    },
    check: (percent, { klines, now }) => {
      const four = klines("SOLUSDT", "5m", now() - 5 * HOUR, now() - 5 * MINUTE).slice(-48);
      const [open, close] = [Number(four[0]?.open), Number(four.at(-1)?.close)];
      expect(percent).toBeCloseTo(100 * (close / open - 1), 1);
    },
  }),
  task({
    question: "Are the minutes of BTCUSDT complete, without holes or doubts?",
    calls: 1,
    solve: async (agent) => {
      const { data, summary } = await agent.call("coverage", { symbol: "BTCUSDT", interval: "1m" });
      return { holes: data.holes, uncertain: data.uncertain, summary };
    },
    check: ({ holes, uncertain, summary }) => {
      expect([holes, uncertain]).toEqual([[], []]);
      expect(summary).toMatch(/0 holes, none in doubt, live\.$/);
    },
  }),
  task({
    question: "Give me all minutes of the last six hours of BTCUSDT.",
    calls: 3,
    solve: async (agent) => {
      const rows: unknown[][] = [];
      // An answer has room for about 200 rows: what it lacks is asked for by the time of the oldest row.
      for (let end: number | undefined; rows.length < 360; end = Number(rows[0]?.[0]) - MINUTE) {
        const limit = Math.min(200, 360 - rows.length);
        const range = end === undefined ? {} : { endTime: end };
        const part = await agent.call("candles", { symbol: "BTCUSDT", interval: "1m", limit, ...range });
        rows.unshift(...(part.rows as unknown[][]));
      }
      return rows.map(([openTime, , , , close]) => [openTime, close]);
    },
    check: (rows, { klines, now }) => {
      const all = klines("BTCUSDT", "1m", now() - 7 * HOUR, now() - MINUTE).slice(-360);
      expect(rows).toEqual(all.map(({ openTime, close }) => [openTime, close]));
    },
  }),
  task({
    question: "Do BTC and ETH move together? Correlate their last 60 moves on 5 minutes.",
    calls: 2,
    solve: async (agent) => {
      const moves = async (symbol: string): Promise<number[]> => {
        const { rows } = await agent.call("candles", { symbol, interval: "5m", limit: 61 });
        return rows.slice(1).map((row, at) => Number(row[4]) / Number(rows[at]?.[4]) - 1);
      };
      const [a, b] = [await moves("BTCUSDT"), await moves("ETHUSDT")];
      return correlation(a, b);
    },
    check: (found, { klines, now }) => {
      const moves = (symbol: string): number[] => {
        const all = klines(symbol, "5m", now() - 6 * HOUR, now() - 5 * MINUTE).slice(-61);
        return all.slice(1).map(({ close }, at) => close / Number(all[at]?.close) - 1);
      };
      expect(found).toBeCloseTo(correlation(moves("BTCUSDT"), moves("ETHUSDT")), 9);
    },
  }),
  task({
    question: "What is the RSI of BTCUSDT on 5 minutes?",
    calls: 1,
    solve: async (agent) => {
      const asked = { symbol: "BTCUSDT", interval: "5m", expressions: ["rsi(close, 14)"] };
      return ((await agent.call("indicators", asked)).data.values as Record<string, number[]>)["rsi(close, 14)"]?.[0];
    },
    check: (found, { klines, now }) => {
      const closes = klines("BTCUSDT", "5m", now() - 24 * HOUR, now() - 5 * MINUTE).map(({ close }) => close);
      expect(found).toBeCloseTo(rsiOf(closes), 2);
    },
  }),
  task({
    question: "Is ETHUSDT above its average of 20 hours?",
    calls: 1,
    solve: async (agent) => {
      const asked = { symbol: "ETHUSDT", interval: "1h", expressions: ["close", "sma(close, 20)"] };
      const values = (await agent.call("indicators", asked)).data.values as Record<string, number[]>;
      return [values.close?.[0], values["sma(close, 20)"]?.[0]];
    },
    check: ([close, average], { klines, now }) => {
      const closes = klines("ETHUSDT", "1h", now() - 30 * HOUR, now() - HOUR).map((kline) => kline.close);
      expect(close).toBe(Number(closes.at(-1)));
      expect(average).toBeCloseTo(mean(closes.slice(-20)), 6);
    },
  }),
  task({
    question: "How far does SOLUSDT typically move in an hour, in percent of its price?",
    calls: 1,
    solve: async (agent) => {
      const expression = "100 * atr(c, 14).at(-1) / close.at(-1)";
      const { data } = await agent.call("indicators", { symbol: "SOLUSDT", interval: "1h", expressions: [expression] });
      return (data.values as Record<string, number>)[expression];
    },
    check: (percent) => expect(percent).toBeWithin(0.01, 20),
  }),
  task({
    question: "Show me MACD, its signal line and the difference for BTCUSDT at the last three closes of 5 minutes.",
    calls: 1,
    solve: async (agent) => {
      const expressions = ["macd(close).macd", "macd(close).signal", "macd(close).histogram"];
      const { data } = await agent.call("indicators", { symbol: "BTCUSDT", interval: "5m", expressions, last: 3 });
      return expressions.map((one) => (data.values as Record<string, number[]>)[one] ?? []);
    },
    check: ([macd = [], signal = [], histogram = []]) => {
      expect([macd.length, signal.length, histogram.length]).toEqual([3, 3, 3]);
      for (const at of [0, 1, 2]) {
        expect(Number(histogram[at])).toBeCloseTo(Number(macd[at]) - Number(signal[at]), 6);
      }
    },
  }),
  task({
    question: "Which pair has the lowest RSI on 5 minutes?",
    calls: 1,
    solve: async (agent) => (await agent.call("screen", { code: RSI, sort: "rsi", limit: 1 })).rows[0]?.[0],
    check: (symbol, { klines, now }) => {
      const of = (one: string): number =>
        rsiOf(klines(one, "5m", now() - 24 * HOUR, now() - 5 * MINUTE).map(({ close }) => close));
      const others = ["BTCUSDT", "ETHUSDT", "SOLUSDT"];
      for (const other of others) expect(of(symbol as string)).toBeLessThanOrEqual(of(other) + 0.01);
    },
  }),
  task({
    question: "Rank all pairs by how much they vary, the wildest first.",
    calls: 1,
    solve: async (agent) => {
      const code =
        'const c = candles("1h"); return {match: true, facts: {percent: 100 * atr(c, 14).at(-1) / c.close.at(-1)}};';
      const { rows } = await agent.call("screen", { code, sort: "-percent" });
      return rows.map(([, , facts]) => (facts as { percent: number }).percent);
    },
    check: (ranked) => {
      expect(ranked).toHaveLength(SYMBOLS);
      expect(ranked).toEqual(ranked.toSorted((a, b) => b - a));
    },
  }),
  task({
    question: "Which pairs are oversold now: an RSI below 45 on 5 minutes?",
    calls: 1,
    solve: async (agent) => (await agent.call("screen", { code: LOW })).rows.map(([symbol]) => symbol as string),
    check: (found, { klines, now }) => {
      const low = (one: string): boolean =>
        rsiOf(klines(one, "5m", now() - 24 * HOUR, now() - 5 * MINUTE).map(({ close }) => close)) < 45;
      for (const one of ["BTCUSDT", "ETHUSDT", "SOLUSDT"]) expect([one, found.includes(one)]).toEqual([one, low(one)]);
    },
  }),
  task({
    question: "Which pairs rose over the last day?",
    calls: 1,
    solve: async (agent) => {
      const { rows } = await agent.call("screen", { code: "return ticker.priceChangePercent > 0;" });
      return rows.map(([symbol]) => symbol as string).sort();
    },
    check: async (found, { get }) => {
      const { tickers } = await get<TickersAnswer>("/tickers");
      expect(found).toEqual(tickers.filter((one) => one.priceChangePercent > 0).map(({ symbol }) => symbol as string));
    },
  }),
  task({
    question: "Of BTC, ETH and SOL only: whose last 5 minutes had more volume than usual?",
    calls: 1,
    solve: async (agent) => {
      const code = 'const c = candles("5m"); return c.volume.at(-1) > volumeAverage(c, 20).at(-2);';
      const { summary, rows } = await agent.call("screen", { code, symbols: ["BTCUSDT", "ETHUSDT", "SOLUSDT"] });
      return { summary, symbols: rows.map(([symbol]) => symbol as string) };
    },
    check: ({ summary, symbols }, { klines, now }) => {
      expect(summary).toContain("of 3 symbols match");
      for (const one of ["BTCUSDT", "ETHUSDT", "SOLUSDT"]) {
        const volumes = klines(one, "5m", now() - 3 * HOUR, now() - 5 * MINUTE).map(({ volume }) => volume);
        const usual = mean(volumes.slice(-21, -1));
        expect([one, symbols.includes(one)]).toEqual([one, Number(volumes.at(-1)) > usual]);
      }
    },
  }),
  task({
    question: "This filter doesn't work, why? return rsi(candles('5m').close, 14) < 30;",
    calls: 2,
    solve: async (agent) => {
      const wrong = "return rsi(candles('5m').close, 14) < 30;";
      const { summary, data } = await agent.call("check_filter", { code: wrong });
      const mended = await agent.call("check_filter", { code: wrong.replace("14)", "14).at(-1)") });
      return { summary, line: (data.errors as { line: number }[])[0]?.line, mended: mended.summary };
    },
    check: ({ summary, line, mended }) => {
      expect(summary).toMatch(/^the filter can't run: .*\.at\(-1\)/);
      expect(line).toBe(1);
      expect(mended).toStartWith("the filter is valid");
    },
  }),
  task({
    question: "How often would this filter have matched at the last 50 closes?",
    calls: 1,
    solve: async (agent) =>
      (await agent.call("check_filter", { code: "return candles('5m').length > 0;", closes: 50 })).summary,
    check: (summary) =>
      expect(summary).toStartWith(`the filter is valid, and matched ${50 * SYMBOLS} times at 50 closes of 5m.`),
  }),
  task({
    question: "Which pairs was that filter about most often?",
    calls: 1,
    solve: async (agent) => {
      const { data, summary } = await agent.call("check_filter", { code: LOW, closes: 100 });
      const matched = Number(/matched (\d+) times/.exec(summary)?.[1]);
      return { matched, bySymbol: data.bySymbol as Record<string, number> };
    },
    check: ({ matched, bySymbol }) => {
      const counts = Object.values(bySymbol);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(matched);
      expect(counts).toEqual(counts.toSorted((a, b) => b - a));
    },
  }),
  task({
    question: "Why isn't BTCUSDT in my screen, and how far is it from being there?",
    calls: 1,
    solve: async (agent) => {
      const code = 'return candles("5m").close.at(-1) > 1e9;';
      const { summary, rows } = await agent.call("explain", { code, symbol: "BTCUSDT" });
      return { summary, row: rows.find((row) => String(row[1]).includes("1e9")) };
    },
    check: ({ summary, row }, { klines, now }) => {
      const close = Number(klines("BTCUSDT", "5m", now() - HOUR, now() - 5 * MINUTE).at(-1)?.close);
      expect(summary).toMatch(/^BTCUSDT didn't match at the 5m close of 2026-02-10T.*Not true: /);
      expect([row?.[2], row?.[4]]).toEqual([false, close - 1e9]);
    },
  }),
  task({
    question: "Did ETHUSDT match at 11:00 UTC today?",
    calls: 1,
    solve: async (agent) => {
      const asked = { symbol: "ETHUSDT", closeTime: Date.UTC(2026, 1, 10, 11) - 1 };
      return (await agent.call("explain", { code: RSI, ...asked })).summary;
    },
    check: (summary) => expect(summary).toStartWith("ETHUSDT matched at the 5m close of 2026-02-10T10:59:59.999Z"),
  }),
  task({
    question: "How often did BTCUSDT close below its open between 10 and 12 UTC, and was it worth buying then?",
    calls: 1,
    solve: async (agent) => {
      const range = { from: "2026-02-10T10:00:00Z", to: "2026-02-10T12:00:00Z", universe: ["BTCUSDT"] };
      const { summary, rows } = await agent.call("backtest", { code: FALLING, ...range });
      return { summary, counts: rows.slice(0, 2).map((row) => [row[1], row[2]]) };
    },
    check: ({ summary, counts }, { klines }) => {
      const from = Date.UTC(2026, 1, 10, 10);
      const all = klines("BTCUSDT", "1m", from, from + 119 * MINUTE);
      const falling = all.filter(({ open, close }) => close < open);
      expect(summary).toMatch(new RegExp(`^${falling.length} signals at 120 closes of 1m of 1 symbol \\(binance\\)`));
      expect(summary).toContain("After 1, 4, 16, 96 candles: no edge seen");
      expect(counts).toEqual([
        ["signals", falling.length],
        ["baseline", 120],
      ]);
    },
  }),
  task({
    question: "Which of two filters signals more rarely over the same range?",
    calls: 2,
    solve: async (agent) => {
      const range = { from: "2026-02-10T10:00:00Z", to: "2026-02-10T12:00:00Z", universe: ["BTCUSDT", "ETHUSDT"] };
      const count = async (code: string): Promise<number> =>
        Number.parseInt((await agent.call("backtest", { code, ...range })).summary, 10);
      return [await count(FALLING), await count(FALLING.replace("<", "< 0.9995 *"))];
    },
    check: ([wide = Number.NaN, narrow = Number.NaN]) => {
      expect(wide).toBeGreaterThan(0);
      expect(narrow).toBeLessThan(wide);
    },
  }),
  task({
    question: "Backtest this over yesterday. There is too little history here: do you notice?",
    calls: 1,
    solve: async (agent) => {
      const range = { from: "2026-02-10T00:00:00Z", to: "2026-02-10T05:00:00Z", universe: ["BTCUSDT"] };
      return (await agent.call("backtest", { code: FALLING, ...range })).summary;
    },
    check: (summary) =>
      expect(summary).toMatch(
        /^0 signals at .* Not one close could be checked\. Note: skipped .* because the history here, which begins/,
      ),
  }),
  task({
    question: "Show me macd(close) of BTCUSDT.",
    calls: 1,
    solve: async (agent) =>
      (await agent.call("indicators", { symbol: "BTCUSDT", interval: "5m", expressions: ["macd(close)"] })).text,
    check: (text) =>
      expect(text).toContain("expected one of macd(close).macd, macd(close).signal, macd(close).histogram"),
  }),
  task({
    question: "Save this filter for me, but don't switch it on.",
    calls: 2,
    solve: async (agent, { name }) => {
      const made = await agent.call("traders", { action: "draft", name, code: LOW, interval: "5m" });
      return (await agent.call("traders", { action: "read", id: made.data.id })).data;
    },
    check: (trader, { name }) =>
      expect(trader).toMatchObject({ name, enabled: false, triggerInterval: "5m", code: LOW }),
  }),
  task({
    question: "Which traders do I have, and which of them are on?",
    calls: 1,
    solve: async (agent) => (await agent.call("traders", { action: "list" })).rows.map(([, name, , on]) => [name, on]),
    check: (found, { trader }) => expect(found).toContainEqual([trader.name, true]),
  }),
  task({
    question: "What did my trader signal last?",
    calls: 1,
    solve: async (agent, { trader }) => {
      const { rows } = await agent.call("traders", { action: "signals", id: trader.id });
      return rows.map(([closeTime, symbol]) => [closeTime, symbol] as const);
    },
    check: async (found, { get, trader }) => {
      const { signals } = await get<{ signals: { symbol: string; closeTime: number }[] }>(
        `/functions/v1/signals?traderId=${trader.id}&limit=50`,
      );
      expect(signals.length).toBeGreaterThan(0);
      expect(found.map(([time, symbol]) => `${time} ${symbol}`)).toEqual(
        signals.map(({ closeTime, symbol }) => `${new Date(closeTime).toISOString()} ${symbol}`),
      );
    },
  }),
  task({
    question: "Why did my trader signal BTCUSDT?",
    calls: 1,
    solve: async (agent, { trader }) => {
      const { summary, rows } = await agent.call("explain", { symbol: "BTCUSDT", traderId: trader.id });
      return { summary, conditions: rows.map((row) => row[1]) };
    },
    check: ({ summary, conditions }) => {
      expect(summary).toMatch(/^BTCUSDT matched at the 1m close of /);
      expect(conditions.join()).toContain("close.at(-1) > 0");
    },
  }),
  task({
    question: "Which indicators are there, and in which order do they take their arguments?",
    calls: 0,
    solve: (agent) => agent.read("vyx://filter-contract"),
    check: (text) => {
      for (const { name, parameters } of INDICATORS) {
        const line = text.split("\n").find((one) => one.startsWith(`- ${name}(`)) ?? "";
        expect([name, parameters.every((parameter) => line.includes(`${parameter.name} = `))]).toEqual([name, true]);
      }
    },
  }),
  task({
    question: "Take the worked filter for a golden cross, for 5 minutes in place of an hour.",
    calls: 1,
    solve: async (agent) => {
      const text = await agent.read("vyx://worked-filters");
      const [, code = ""] = /## Golden cross.*\n\n([^#]+)/.exec(text) ?? [];
      return (await agent.call("check_filter", { code: code.replaceAll('"1h"', '"5m"'), closes: 20 })).summary;
    },
    check: (summary) => {
      expect(WORKED_FILTERS.map(({ title }) => title)).toContain("Golden cross");
      expect(summary).toMatch(/^the filter is valid, and matched \d+ times at 20 closes of 5m\./);
    },
  }),
  task({
    question: "An answer says that it isn't settled. What does that mean?",
    calls: 0,
    solve: (agent) => agent.read("vyx://glossary"),
    check: (text) => expect(text).toMatch(/settled: none of it is in doubt/),
  }),
  task({
    question: "What does BTCUSDX cost?",
    calls: 1,
    solve: async (agent) => (await agent.call("candles", { symbol: "BTCUSDX", interval: "1m" })).text,
    check: (text) => expect(text).toContain("did you mean BTCUSDT?"),
  }),
];

function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  const products = a.map((value, at) => (value - meanA) * (Number(b[at]) - meanB));
  const spread = (all: readonly number[], middle: number): number => mean(all.map((value) => (value - middle) ** 2));
  return mean(products) / Math.sqrt(spread(a, meanA) * spread(b, meanB));
}
