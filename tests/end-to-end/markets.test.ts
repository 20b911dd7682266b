import { afterEach, expect, test } from "bun:test";
import { systemClock } from "../../src/cli/clock.ts";
import {
  type Interval,
  type Kline,
  MARKET_IDS,
  type MarketId,
  nameAt,
  type OpenTimeRange,
  openTimeOf,
  type Symbol,
  type UnixMs,
} from "../../src/core/mod.ts";
import { createExchange, type Exchange, parseFaults } from "../../src/exchange/mod.ts";
import type { SymbolsAnswer } from "../../src/wire/mod.ts";
import { CuttableProxy } from "../helpers/cuttable-proxy.ts";
import { sized } from "../helpers/size.ts";
import { until } from "../helpers/until.ts";
import { listening, startVyxProcess, type VyxProcess } from "../helpers/vyx-process.ts";

const MINUTE = 60_000;
const START = Date.UTC(2026, 1, 10, 12) as UnixMs;
/** Of each market. */
const SYMBOLS = sized(2, 3);
const SPEED = 60;
const INTERVALS: readonly Interval[] = ["1m", "5m"];
const [WELL, BANNED, SILENT, KILLED] = ["binance", "binance-usdm", "bybit", "bybit-linear"] as const;

const exchanges = new Map<MarketId, Exchange>();
/** In front of the streams of the market that falls silent. */
let line: CuttableProxy | undefined;
let server: VyxProcess | undefined;

afterEach(async () => {
  server?.kill("SIGKILL");
  await server?.exited;
  await line?.stop();
  for (const exchange of exchanges.values()) await exchange.stop();
});

function start(market: MarketId, from: UnixMs, port = 0): Exchange {
  const exchange = createExchange({
    ...{ as: market, symbols: SYMBOLS, seed: 1 + MARKET_IDS.indexOf(market), start: from, speed: SPEED, port },
    clock: systemClock,
    // Whoever is banned loses its connections meanwhile, and can't ask for what it missed.
    ...(market === BANNED ? { faults: parseFaults("http-418@2m,disconnect@3m", market) } : {}),
  });
  exchanges.set(market, exchange);
  return exchange;
}

test("of four markets one is killed, one bans and one falls silent: the others go on, and in the end none has a hole", async () => {
  for (const market of MARKET_IDS) start(market, START);
  line = await CuttableProxy.start(exchanges.get(SILENT)?.url ?? "");
  const of = (scheme: "http" | "ws"): string =>
    MARKET_IDS.map((market) => {
      const url = scheme === "ws" && market === SILENT ? line?.url : exchanges.get(market)?.url;
      return `${market}=${url?.replace("http", scheme)}`;
    }).join(";");
  server = startVyxProcess([
    ...["serve", "--port", "0", "--data-dir", "none", "--log-level", "error", "--markets", MARKET_IDS.join()],
    ...["--symbols", MARKET_IDS.map((market) => `${market}=*`).join(";"), "--intervals", INTERVALS.join()],
    ...["--capacity", "60", "--stale-after", "5", "--audit-every", "0.2", "--exchange-speed", String(SPEED)],
    ...["--exchange-rest", of("http"), "--exchange-ws", of("ws")],
  ]);
  const url = await listening(server);
  const isReady = async (market: MarketId): Promise<boolean> => (await fetch(`${url}/ready?market=${market}`)).ok;
  const read = async <T>(path: string): Promise<T> => (await (await fetch(`${url}${path}`)).json()) as T;
  const areReady = async (markets: readonly MarketId[]): Promise<boolean> =>
    (await Promise.all(markets.map(isReady))).every((ready) => ready);
  const figure = async (name: string, market: MarketId): Promise<number> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return Number(new RegExp(`^${name}\\{market="${market}"\\} (\\S+)`, "m").exec(text)?.[1]);
  };
  const closes = (market: MarketId): Promise<number> => figure("vyx_close_lag_seconds_count", market);
  /** Two more minutes of each of its symbols close in each market. */
  const goOn = async (markets: readonly MarketId[]): Promise<void> => {
    const before = await Promise.all(markets.map(closes));
    for (const [at, market] of markets.entries())
      await until(async () => (await closes(market)) >= Number(before[at]) + 2 * SYMBOLS);
    expect(await areReady(markets)).toBe(true);
  };
  await until(() => areReady(MARKET_IDS));

  await until(async () => (await figure("vyx_rest_stops_total", BANNED)) > 0);
  await goOn([WELL, SILENT, KILLED]);
  await until(async () => (await figure("vyx_rest_stopped_seconds", BANNED)) === 0);
  await until(() => areReady(MARKET_IDS));

  line.silence();
  line.refuse(true);
  await until(async () => !(await isReady(SILENT)));
  await goOn([WELL, BANNED, KILLED]);
  line.refuse(false);
  await until(() => areReady(MARKET_IDS));

  const killed = exchanges.get(KILLED) as Exchange;
  await killed.stop();
  await until(async () => !(await isReady(KILLED)));
  await goOn([WELL, BANNED, SILENT]);
  start(KILLED, (killed.now() + 3 * MINUTE) as UnixMs, Number(new URL(killed.url).port));
  await until(() => areReady(MARKET_IDS));

  for (const [market, exchange] of exchanges) {
    const to = openTimeOf("1m", exchange.now());
    const { symbols } = await read<SymbolsAnswer>(`/symbols?market=${market}`);
    expect(symbols.length).toBe(SYMBOLS);
    for (const { symbol } of symbols) {
      for (const interval of INTERVALS) {
        const last = openTimeOf(interval, to) - 1;
        const path = `/klines/${symbol}/${interval}?endTime=${last}&closed=true&limit=50`;
        await until(async () => {
          const { complete, klines } = await read<{ complete: boolean; klines: Kline[] }>(path);
          return complete && (klines.at(-1)?.closeTime ?? 0) >= last;
        });
        const coverage = `/coverage/${symbol}/${interval}`;
        await until(async () => (await read<{ holes: OpenTimeRange[] }>(coverage)).holes.length === 0);
        const { klines } = await read<{ klines: Kline[] }>(path);
        const first = klines[0]?.openTime ?? 0;
        const truth = exchange.truth(nameAt(symbol as Symbol), first, last, interval);
        expect(klines).toEqual(truth.map((kline) => unknownAsNull(kline)));
      }
    }
    expect(exchange.callsWhileBanned()).toBe(0);
  }
});

/** As JSON has it. */
function unknownAsNull(kline: Kline): Kline {
  return JSON.parse(JSON.stringify(kline)) as Kline;
}
