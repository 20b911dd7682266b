import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunningVyx } from "../../src/cli/serve.ts";
import {
  KLINE_COLUMNS,
  type Kline,
  MARKET_IDS,
  MARKET_TABLE,
  type MarketId,
  marketOf,
  nameAt,
  OPTIONAL_COLUMNS,
  type OptionalColumn,
  openTimeOf,
  type Symbol,
  symbolAt,
  type UnixMs,
} from "../../src/core/mod.ts";
import { RecordedMarket } from "../../src/exchange/recorded/market.ts";
import type { KlinesAnswer, PreviewAnswer, ScreenAnswer, TickersAnswer, WireKline } from "../../src/wire/mod.ts";
import { klineRows } from "../../web/chart/kline-rows.ts";
import { computeStudies } from "../../web/chart/studies.ts";
import { readStudies } from "../../web/chart/study-text.ts";
import { csvText } from "../../web/text/csv.ts";
import { getJson, startOn, subscribe, untilReady } from "../helpers/running-vyx.ts";
import { minuteKlines, rolledUp } from "../helpers/truth.ts";
import { startTurnedExchange, type TurnedExchange } from "../helpers/turned-exchange.ts";

const MINUTE = 60_000;
const FIRST = Date.UTC(2026, 1, 10);
/** Live begins here, in a recording of five hours. */
const START = (FIRST + 200 * MINUTE) as UnixMs;
const END = START + 10 * MINUTE;
const NAMES = ["BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT"] as const;
/** The minutes of XRPUSDT whose cells of quote volume and trades are empty: one of the history, one of those that are streamed. */
const LACKING = [FIRST + 190 * MINUTE, START + 6 * MINUTE];

const truth = new Map(NAMES.map((name, at) => [name as string, minuteKlines(FIRST, 300, 20 + at, () => false)]));
const folder = mkdtempSync(join(tmpdir(), "vyx-ohlcv-"));
let exchange: TurnedExchange | undefined;
let vyx: RunningVyx | undefined;

/** What a recording lacks of a minute. */
function lacks(name: string, { openTime }: Pick<Kline, "openTime">): readonly OptionalColumn[] {
  if (name === "XRPUSDT") return LACKING.includes(openTime) ? ["quoteVolume", "trades"] : [];
  return name === "SOLUSDT" ? [] : OPTIONAL_COLUMNS;
}

beforeAll(() => {
  const minutes = (name: string): readonly Kline[] => truth.get(name) ?? [];
  const ohlcv = ({ open, high, low, close, volume }: Kline): number[] => [open, high, low, close, volume];
  const csv = (header: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
    [header, ...rows].map((row) => row.join(",")).join("\n");
  const whole = (name: string): string =>
    csv(
      KLINE_COLUMNS,
      minutes(name).map((kline) =>
        KLINE_COLUMNS.map((column) => (lacks(name, kline).includes(column as OptionalColumn) ? "" : kline[column])),
      ),
    );
  const files = {
    "BTCUSDT-1m-2026-02-10.csv": csv(
      ["date", "open", "high", "low", "close", "volume"],
      minutes("BTCUSDT").map((kline) => [new Date(kline.openTime).toISOString(), ...ohlcv(kline)]),
    ),
    "ETH_USDT-1m.json": JSON.stringify(minutes("ETHUSDT").map((kline) => [kline.openTime, ...ohlcv(kline)])),
    "SOLUSDT-1m-2026-02-10.csv": whole("SOLUSDT"),
    "XRPUSDT-1m-2026-02-10.csv": whole("XRPUSDT"),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
});

afterEach(async () => {
  await vyx?.stop();
  await exchange?.stop();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The closed candles of a symbol up to END, as the contract has them: null for what the recording or the market lacks. */
function expected(symbol: Symbol, interval: "1m" | "5m"): readonly WireKline[] {
  const name = nameAt(symbol);
  const minutes = (truth.get(name) ?? []).filter(({ openTime }) => openTime < END);
  const candles = interval === "1m" ? minutes : rolledUp(interval, minutes, Number.MAX_SAFE_INTEGER);
  return candles.map((candle) => {
    const parts = minutes.filter(({ openTime }) => openTimeOf(interval, openTime) === candle.openTime);
    const unknown = [...MARKET_TABLE[marketOf(symbol)].unknown, ...parts.flatMap((part) => lacks(name, part))];
    return { ...candle, ...Object.fromEntries(unknown.map((column) => [column, null])) };
  });
}

async function startRecorded(market: MarketId): Promise<readonly Symbol[]> {
  exchange = startTurnedExchange({ as: market, data: folder, start: START });
  vyx = await startOn(exchange, { markets: market, intervals: "1m,5m" });
  await exchange.passDuring(untilReady(vyx));
  return NAMES.map((name) => symbolAt(market, name) as Symbol);
}

async function klinesOf(symbol: Symbol, interval: "1m" | "5m"): Promise<readonly WireKline[]> {
  const path = `/klines/${symbol}/${interval}?closed=true&limit=500&endTime=${END - 1}`;
  return (await getJson<KlinesAnswer>(vyx as RunningVyx, path)).klines;
}

async function untilEnd(symbols: readonly Symbol[]): Promise<void> {
  await exchange?.passUntil(async () => {
    const last = await Promise.all(symbols.map(async (symbol) => (await klinesOf(symbol, "1m")).at(-1)));
    return last.every((kline) => kline?.openTime === END - MINUTE);
  });
}

test.each(MARKET_IDS)(
  "%s: what a recording of OHLCV doesn't have is null in history, streams, sums and tickers, and the rest is right",
  async (market) => {
    const symbols = await startRecorded(market);
    const [btc, eth, sol, xrp] = symbols as [Symbol, Symbol, Symbol, Symbol];
    const server = vyx as RunningVyx;
    const { heard } = await subscribe(server, [`kline:${btc}:1m`, `ticker:${btc}`, `ticker:${sol}`]);
    await untilEnd(symbols);
    for (const symbol of symbols) {
      for (const interval of ["1m", "5m"] as const) {
        const klines = await klinesOf(symbol, interval);
        expect([symbol, interval, klines]).toEqual([symbol, interval, expected(symbol, interval)]);
      }
    }
    const { tickers } = await getJson<TickersAnswer>(server, `/tickers?symbols=${symbols.join()}`);
    const volumes = new Map(tickers.map((ticker) => [ticker.symbol, ticker.quoteVolume]));
    expect([btc, eth, xrp].map((symbol) => volumes.get(symbol))).toEqual([null, null, null]);
    expect(volumes.get(sol)).toBeGreaterThan(0);
    for (const { volume, price } of tickers) expect([volume > 0, price > 0]).toEqual([true, true]);
    const told = heard as { type: string; kline?: WireKline; ticker?: { symbol: string; quoteVolume: unknown } }[];
    const states = told.flatMap(({ kline }) => kline ?? []);
    expect(states.some(({ closed }) => !closed)).toBe(true);
    for (const state of states) {
      for (const column of OPTIONAL_COLUMNS) expect(state[column]).toBeNull();
      expect(state.volume).toBeGreaterThanOrEqual(0);
    }
    for (const symbol of [btc, sol]) {
      const own = told.flatMap(({ ticker }) => (ticker?.symbol === symbol ? [ticker] : []));
      expect(own.length).toBeGreaterThan(1);
      for (const { quoteVolume } of own) expect(quoteVolume === null).toBe(symbol === btc);
    }
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    // The market is turned faster than the server's stopwatch goes: on a busy machine a frame may come from too far ahead.
    expect(metrics.match(/^vyx_refusals_total(?!.*"bad_event_time").* [1-9]\d*$/gm)).toBeNull();
  },
);

test("filters: an unknown figure matches nothing, of klines or of the ticker, and the page's export of such klines can be played back", async () => {
  const symbols = await startRecorded("binance");
  const server = vyx as RunningVyx;
  await untilEnd(symbols);
  const post = async <T>(path: string, body: object): Promise<T> => {
    const response = await fetch(`${server.url}${path}`, { method: "POST", body: JSON.stringify(body) });
    expect(response.status).toBe(200);
    return (await response.json()) as T;
  };
  for (const [code, matching] of [
    ['return candles("1m").quoteVolume.at(-1) >= 0;', ["SOLUSDT", "XRPUSDT"]],
    ['return candles("1m").trades.at(-1) <= 1e9;', ["SOLUSDT", "XRPUSDT"]],
    ['return sma(candles("1m").quoteVolume, 20).at(-1) >= 0;', ["SOLUSDT"]],
    ['return candles("1m").close.at(-1) > 0 && ticker.quoteVolume >= 0;', ["SOLUSDT"]],
    ['return candles("1m").close.at(-1) > 0 && ticker.volume > 0;', ["BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT"]],
  ] as const) {
    const screened = await post<ScreenAnswer>("/screen", { code, timeframes: ["1m"] });
    expect(screened.errors).toEqual([]);
    expect([code, screened.matches.map(({ symbol }) => symbol).sort()]).toEqual([code, [...matching]]);
    if (code.includes("ticker")) continue;
    const previewed = await post<PreviewAnswer>("/preview", { code, timeframes: ["1m"], closes: 1 });
    expect(previewed.closes[0]?.matches.map(({ symbol }) => symbol).sort()).toEqual([...matching]);
  }
  const exported = mkdtempSync(join(folder, "exported-"));
  for (const symbol of symbols) {
    for (const interval of ["1m", "5m"] as const) {
      const klines = await klinesOf(symbol, interval);
      const studies = computeStudies(readStudies("ema-20_macd-12-26-9_crossOver-close-1.value") ?? [], klines);
      const text = csvText(klineRows(klines, studies));
      writeFileSync(join(exported, `${symbol}-${interval}-2026-02-10.csv`), text);
    }
  }
  const again = new RecordedMarket(exported);
  for (const symbol of symbols) {
    for (const interval of ["1m", "5m"] as const) {
      const played = again.klines(symbol, interval, FIRST, END, Number.POSITIVE_INFINITY);
      const asSent = await klinesOf(symbol, interval);
      expect(JSON.parse(JSON.stringify(played))).toEqual(asSent as never);
    }
  }
});
