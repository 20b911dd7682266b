import { beforeAll, describe, expect, test } from "bun:test";
import { viewOfArrays } from "../../tests/helpers/arrays-view.ts";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { closeTimeOf, type Kline, parseSymbol, type Symbol, type Ticker, tickerFromKlines } from "../core/mod.ts";
import { FilterCodeFault, preview, Screening } from "../strategy/mod.ts";
import { checkOf, StrategyScreener } from "../traders/mod.ts";
import { createSandbox, type Sandbox } from "./mod.ts";

const [BTC, OF_BYBIT] = [parseSymbol("BTCUSDT"), parseSymbol("BYBIT:BTCUSDT")] as [Symbol, Symbol];
const MINUTES = minuteKlines(Date.UTC(2026, 1, 10), 120, 4, () => false);
const UNKNOWN = { trades: Number.NaN, takerBuyVolume: Number.NaN, takerBuyQuoteVolume: Number.NaN };
const CLOSE_TIME = closeTimeOf("1m", (MINUTES.at(-1) as Kline).openTime);
const FAULT = "trades isn't sent by Bybit spot; Binance spot and Binance USDⓈ-M perpetuals have it";
const CODE = 'const minutes = candles("1m");\nreturn minutes.trades.at(-1) >= 0;';

const view = viewOfArrays([
  { symbol: BTC, interval: "1m", klines: MINUTES, settled: true },
  { symbol: OF_BYBIT, interval: "1m", klines: MINUTES.map((kline) => ({ ...kline, ...UNKNOWN })), settled: true },
]);

const stopwatch = (): number => 0;

describe.each(["compiled", "quickjs"] as const)("a market that doesn't count trades, %s", (engine) => {
  let sandbox: Sandbox;
  let screening: Screening;
  beforeAll(async () => {
    sandbox = await createSandbox({ stopwatch, ...(engine === "quickjs" ? { only: engine } : {}) });
    screening = new Screening({ view, runner: sandbox, stopwatch });
  });
  const request = (code: string, symbols?: readonly Symbol[]) => ({
    ...{ code, timeframes: ["1m"] as const, closeTime: CLOSE_TIME },
    ...(symbols === undefined ? {} : { symbols }),
  });

  test("a screen or preview that reads them is refused at line and column, and runs elsewhere", () => {
    for (const symbols of [[OF_BYBIT], [BTC, OF_BYBIT], undefined]) {
      for (const run of [
        () => screening.screen(request(CODE, symbols)),
        () => preview(screening, { ...request(CODE, symbols), closes: 3 }),
      ]) {
        let thrown: unknown;
        try {
          run();
        } catch (cause) {
          thrown = cause;
        }
        expect(thrown).toBeInstanceOf(FilterCodeFault);
        expect(thrown).toMatchObject({ message: expect.stringContaining(FAULT), place: { line: 2, column: 16 } });
      }
    }
    expect(screening.screen(request(CODE, [BTC])).matches).toMatchObject([{ symbol: BTC }]);
  });

  test("a check says the same of the symbols that are named", async () => {
    const screener = new StrategyScreener(sandbox, stopwatch);
    const error = { message: FAULT, line: 2, column: 16 };
    expect((await screener.check(CODE, { symbols: [OF_BYBIT] })).errors).toEqual([error]);
    for (const symbols of [undefined, null, [BTC]])
      expect((await screener.check(CODE, { symbols })).errors).toEqual([]);
    expect(checkOf(sandbox.check(CODE), { symbols: [OF_BYBIT] }, []).engine).toBeNull();
  });

  test("what the code doesn't show is unknown at run time, and matches nothing by accident", () => {
    // The name is put together, or the filter says that it can do without.
    const trades = 'const n = "tra" + "des".slice(0), m = candles("1m"), t = m[n];';
    for (const condition of [
      "t.at(-1) > 0",
      "t.at(-1) <= 0",
      "t.at(-1) === t.at(-1)",
      "sma(t, 5).at(-1) >= 0",
      "ema(t, 5).at(-1) >= 0",
      "rsi(t, 5).at(-1) >= 0",
      "highest(t, 5).at(-1) >= 0 || lowest(t, 5).at(-1) >= 0",
      "crossOver(t, m.volume).at(-1) === 1 || crossUnder(t, m.volume).at(-1) === 1",
      "crossOver(t, m.volume).at(-1) === 0",
      "Math.max(t.at(-1), 5) >= 5",
      "m.row(-1)[n] >= 0",
      "timeframes['1m'].at(-1)[n] >= 0",
    ]) {
      const { matches, errors } = screening.screen(request(`${trades}\nreturn ${condition};`, [OF_BYBIT]));
      expect([condition, matches, errors]).toEqual([condition, [], []]);
    }
  });

  test("a ticker's quote volume that is unknown matches nothing by accident", () => {
    const run = (condition: string, tickers: readonly Ticker[]) => {
      const code = `return candles("1m").close.at(-1) > 0 && (${condition});`;
      const seen = viewOfArrays([{ symbol: BTC, interval: "1m", klines: MINUTES, settled: true }], tickers);
      const { matches, errors } = new Screening({ view: seen, runner: sandbox, stopwatch }).screen(request(code));
      return [condition, matches.length, errors];
    };
    const known = tickerFromKlines(BTC, MINUTES, CLOSE_TIME) as Ticker;
    const unknown = { ...known, quoteVolume: Number.NaN };
    for (const condition of ["ticker.quoteVolume >= 0", "ticker.quoteVolume < 1e12", "ticker.quoteVolume !== null"]) {
      expect(run(condition, [known])).toEqual([condition, 1, []]);
    }
    for (const condition of [
      "ticker.quoteVolume >= 0",
      "ticker.quoteVolume <= 0",
      "ticker.quoteVolume === ticker.quoteVolume",
      "ticker.quoteVolume === null",
      "Math.max(ticker.quoteVolume, 5) >= 5",
      "ticker.quoteVolume / ticker.price >= 0",
    ]) {
      expect(run(condition, [unknown])).toEqual([condition, 0, []]);
    }
    expect(run("ticker.volume > 0 && typeof ticker.quoteVolume === 'number'", [unknown])[1]).toBe(1);
  });

  test("what is known of such klines is as elsewhere", () => {
    const code = `const m = candles("1m");
return {match: true, facts: {v: vwap(m, 20).at(-1), o: obv(m).at(-1), m: mfi(m).at(-1), q: m.quoteVolume.at(-1)}};`;
    const [one, other] = screening.screen(request(code)).matches;
    expect(one?.facts).toEqual(other?.facts);
    for (const fact of Object.values(one?.facts ?? {})) expect(fact).toBeFinite();
  });
});
