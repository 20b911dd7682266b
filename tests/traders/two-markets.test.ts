import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import pino from "pino";
import { readMigrations } from "../../src/cli/migrations-folder.ts";
import { stopwatch } from "../../src/cli/stopwatch.ts";
import { createClient } from "../../src/client/mod.ts";
import {
  addCandles,
  closeTimeOf,
  type Interval,
  type Kline,
  type MarketId,
  marketOf,
  openTimeOf,
  parseSymbol,
  type Symbol,
  type SymbolInfo,
  type UnixMs,
} from "../../src/core/mod.ts";
import { LiveOutcomes, TradersHost } from "../../src/screening/mod.ts";
import { createServer, type RunningServer, StoreMarket, screenRoutes } from "../../src/server/mod.ts";
import { MarketStore, Markets, RingPast } from "../../src/store/mod.ts";
import { ClientMarket, createTraders, ServerScreener, type Traders } from "../../src/traders/mod.ts";
import type { ExecuteTraderAnswer, FunctionName, ListedTrader, Signal, Trader } from "../../src/wire/mod.ts";
import { ManualClock } from "../helpers/clock.ts";
import { DATABASES, isMissing, migratedOn } from "../helpers/databases.ts";
import { dataFolder } from "../helpers/made-database.ts";
import { type RunningPostgres, startPostgres } from "../helpers/postgres.ts";
import { screensOf, TIMES } from "../helpers/screens.ts";
import { minuteKlines } from "../helpers/truth.ts";
import { until } from "../helpers/until.ts";

const MINUTE = 60_000;
const START = Date.UTC(2026, 1, 10) as UnixMs;
/** Minutes that were read as history before traders are made. */
const BEFORE = 60;
const MINUTES = 140;
const INTERVALS: readonly Interval[] = ["1m", "5m"];
const SERVED: readonly MarketId[] = ["binance", "bybit"];
const SYMBOLS: readonly Symbol[] = ["AAAUSDT", "BBBUSDT", "BYBIT:AAAUSDT", "BYBIT:CCCUSDT"].map(parseSymbol);

/** Each symbol's minutes; a pair of the same name is another one on another market. */
const TRUTH: ReadonlyMap<Symbol, readonly Kline[]> = new Map(
  SYMBOLS.map((symbol, at) => [symbol, minuteKlines(START, MINUTES, 40 + at, () => false)]),
);

const ABOVE_MEAN = {
  code: 'const c = candles("1m").close; return c.at(-1) > sma(c, 5).at(-1);',
  triggerInterval: "1m",
};
const GREEN = { code: 'const k = candles("5m"); return k.close.at(-1) > k.open.at(-1);', triggerInterval: "5m" };

/** What a trader has to store, computed from the minutes by themselves: symbol, close time and price. */
function expected(market: MarketId, triggerInterval: string, from: number, to: number): string[] {
  const found: string[] = [];
  for (const [symbol, minutes] of TRUTH) {
    if (marketOf(symbol) !== market) continue;
    for (let index = from; index < to; index += 1) {
      const { close, closeTime } = minutes[index] as Kline;
      const isMatch =
        triggerInterval === "1m"
          ? close > minutes.slice(index - 4, index + 1).reduce((sum, minute) => sum + minute.close, 0) / 5
          : index % 5 === 4 && close > (minutes[index - 4] as Kline).open;
      if (isMatch) found.push(`${symbol} ${closeTime} ${close}`);
    }
  }
  return found.sort();
}

function storeOf(market: MarketId, intervals = INTERVALS): MarketStore {
  const store = new MarketStore({ market, intervals, capacity: 200 });
  const about = { base: "X", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 5 } as const;
  const symbols = SYMBOLS.filter((symbol) => marketOf(symbol) === market);
  store.apply({ type: "symbols", symbols: symbols.map((symbol): SymbolInfo => ({ symbol, ...about })) });
  for (const symbol of symbols) {
    const klines = (TRUTH.get(symbol) ?? []).slice(0, BEFORE);
    for (const interval of store.intervals) {
      const from = addCandles(interval, openTimeOf(interval, START), -300);
      const to = interval === "1m" ? ((START + (BEFORE - 1) * MINUTE) as UnixMs) : START;
      store.apply({ type: "history", symbol, interval, from, to, klines: interval === "1m" ? klines : [] });
    }
  }
  return store;
}

/** The stream's next minute of all symbols of a market. */
function stream(store: MarketStore, index: number): void {
  for (const { symbol } of store.symbols()) {
    const kline = (TRUTH.get(symbol as Symbol) as readonly Kline[])[index] as Kline;
    const eventTime = (kline.closeTime + 1) as UnixMs;
    store.apply({ type: "kline", symbol: symbol as Symbol, interval: "1m", kline, eventTime });
  }
}

const closeOf = (index: number): UnixMs => closeTimeOf("1m", (START + index * MINUTE) as UnixMs);
const sourceOf = (market: MarketId): "bybit" | "recorded" => (market === "bybit" ? "bybit" : "recorded");

describe.each(DATABASES)("traders of two markets of one server, on %s", (kind) => {
  describe.skipIf(isMissing(kind))("", () => {
    let folder: string;
    let postgres: RunningPostgres | undefined;
    let url: string | undefined;
    beforeAll(async () => {
      folder = await dataFolder();
      if (kind === "PGlite") return;
      postgres = await startPostgres();
      url = await postgres.createDatabase();
      await (await migratedOn(url)).end();
    });
    afterAll(async () => {
      await postgres?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    test("each runs over its market at that market's closes, whether the other one stalls, and across a restart", async () => {
      const stores = new Map(SERVED.map((market) => [market, storeOf(market)]));
      const markets = new Markets([...stores.values()]);
      const next = new Map<MarketId, number>(SERVED.map((market) => [market, BEFORE]));
      const advance = (market: MarketId, to: number): void => {
        for (let index = next.get(market) ?? 0; index < to; index += 1)
          stream(stores.get(market) as MarketStore, index);
        next.set(market, to);
      };
      const begin = (): TradersHost => {
        const host = new TradersHost({
          ...{ random: () => 0.5, posting: { isAllowed: () => true, telegramUrl: "http://127.0.0.1:1" } },
          ...{ databaseUrl: url, dataDir: url === undefined ? folder : undefined, databaseDurability: "second" },
          ...{ keepSignals: 0, keepExecutions: 0, webhook: undefined, markets, tell: () => {} },
          market: new StoreMarket(markets, sourceOf),
          outcomes: new LiveOutcomes({ markets, past: new RingPast(markets) }),
          ...{ migrations: readMigrations, clock: new ManualClock(), times: TIMES },
          ...{ log: pino({ level: "silent" }), onError: () => {} },
          ...{ screens: screensOf(markets), requestScreens },
        });
        host.start();
        return host;
      };
      const requestScreens = screensOf(markets);
      let host = begin();
      const call = async <T>(name: FunctionName, path: string, body?: object): Promise<T> => {
        const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
        const request = new Request(`http://host/functions/v1/${name}${path}`, init);
        const answer = await host.functions(name, request, { owner: "anna", isService: name === "execute-trader" });
        return (await answer.json()) as T;
      };
      const make = async (filter: object, more: object): Promise<Trader> =>
        await call("traders", "", { name: "t", enabled: true, ...filter, ...more });
      const stored = async ({ id }: Trader): Promise<string[]> => {
        const { signals } = await call<{ signals: Signal[] }>("signals", `?traderId=${id}&limit=500`);
        return signals.map(({ symbol, closeTime, price }) => `${symbol} ${closeTime} ${price}`).sort();
      };
      const lastRun = async ({ id }: Trader): Promise<number | undefined> =>
        (await call<ListedTrader>("traders", `/${id}`)).lastExecution?.closeTime;

      // The first minute tells each market's time, after which its closes count.
      for (const market of SERVED) advance(market, BEFORE + 1);
      const here = await make(ABOVE_MEAN, {});
      const there = await make(ABOVE_MEAN, { market: "bybit" });
      const fiveHere = await make(GREEN, { symbols: SYMBOLS.slice(0, 2) });
      const fiveThere = await make(GREEN, { symbols: SYMBOLS.slice(2) });
      expect([here, there, fiveHere, fiveThere].map(({ market }) => market)).toEqual([...SERVED, ...SERVED]);

      for (const market of SERVED) advance(market, 70);
      await until(async () => (await lastRun(here)) === closeOf(69) && (await lastRun(there)) === closeOf(69));
      await until(async () => (await lastRun(fiveHere)) === closeOf(69) && (await lastRun(fiveThere)) === closeOf(69));

      // Bybit stalls: its traders wait, the others don't.
      advance("binance", 80);
      await until(async () => (await lastRun(here)) === closeOf(79));
      expect(await stored(here)).toEqual(expected("binance", "1m", 61, 80));
      expect([await lastRun(there), await stored(there)]).toEqual([closeOf(69), expected("bybit", "1m", 61, 70)]);
      const executed = await call<ExecuteTraderAnswer>("execute-trader", "", { traderId: there.id });
      expect(executed).toMatchObject({ market: "bybit", closeTime: closeOf(69), signals: 0, source: "bybit" });
      expect(await call<object>("execute-trader", "", { traderId: here.id })).toMatchObject({
        ...{ market: "binance", closeTime: closeOf(79), signals: 0, source: "recorded" },
      });

      // While the server is away both go on; its first look finds what it missed.
      await host.stop();
      advance("binance", 85);
      advance("bybit", 84);
      host = begin();
      await until(async () => (await lastRun(here)) === closeOf(84) && (await lastRun(there)) === closeOf(83));

      for (const market of SERVED.toReversed()) advance(market, MINUTES);
      const all = [here, there, fiveHere, fiveThere];
      for (const trader of all) await until(async () => (await lastRun(trader)) === closeOf(MINUTES - 1));
      for (const trader of all) {
        const own = expected(trader.market, trader.triggerInterval, BEFORE + 1, MINUTES);
        expect(own.length).toBeGreaterThan(5);
        expect({ trader, stored: await stored(trader) }).toEqual({ trader, stored: own });
      }
      await host.stop();
      requestScreens.stop();
    });
  });
});

test("closes that are told to functions elsewhere say of which market they are", async () => {
  const told = new Set<string>();
  const functions = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => {
      const { trigger, market, interval, closeTime } = (await request.json()) as Record<string, unknown>;
      told.add(`${trigger} ${market} ${interval} ${closeTime}`);
      return Response.json({});
    },
  });
  const markets = new Markets(SERVED.map((market) => storeOf(market)));
  const screens = screensOf(markets);
  const host = new TradersHost({
    ...{ random: () => 0.5, posting: { isAllowed: () => true, telegramUrl: "http://127.0.0.1:1" } },
    ...{ databaseUrl: undefined, dataDir: undefined, databaseDurability: "second", keepSignals: 0, keepExecutions: 0 },
    ...{ webhook: { url: functions.url.href, key: "k" }, markets, market: new StoreMarket(markets, sourceOf) },
    outcomes: new LiveOutcomes({ markets, past: new RingPast(markets) }),
    ...{ migrations: readMigrations, times: TIMES, onError: () => {} },
    ...{ clock: new ManualClock(), log: pino({ level: "silent" }), tell: () => {}, screens, requestScreens: screens },
  });
  host.start();
  for (const store of markets.stores) stream(store, BEFORE);
  await until(() => SERVED.every((market) => told.has(`close ${market} 1m ${closeOf(BEFORE)}`)));
  await host.stop();
  await functions.stop(true);
});

describe.skipIf(isMissing("PostgreSQL"))("functions that ask a server of two markets", () => {
  let postgres: RunningPostgres;
  let server: RunningServer;
  let markets: Markets;
  let screens: ReturnType<typeof screensOf>;
  let traders: Traders;
  beforeAll(async () => {
    postgres = await startPostgres();
    const url = await postgres.createDatabase();
    markets = new Markets([storeOf("binance", [...INTERVALS, "15m"]), storeOf("bybit")]);
    for (const store of markets.stores) for (let index = BEFORE; index < 70; index += 1) stream(store, index);
    screens = screensOf(markets);
    const clock = new ManualClock(START + 70 * MINUTE);
    server = createServer({
      markets: markets.stores.map((store) => ({
        store,
        feed: {
          status: () => ({
            ...{ state: "live", connections: 1, lastEventAt: clock.now(), silentForMs: 0 },
            source: sourceOf(store.market),
          }),
        },
      })),
      ...{ clock, page: new Map(), version: "test", hostname: "127.0.0.1", port: 0 },
      onError: (_, cause) => console.error(cause),
      routes: screenRoutes(markets, screens),
    });
    traders = createTraders({
      ...{ sql: await migratedOn(url), connections: 8, clock, stopwatch, origins: [] },
      market: new ClientMarket(createClient({ url: server.url, maxTries: 1 })),
      screener: new ServerScreener({
        here: () => Promise.reject(new Error("nothing is screened here")),
        warn: () => {},
      }),
      log: { info: () => {}, warn: () => {} },
      authorize: () => Promise.reject(new Error("nobody else calls")),
      onError: (_, cause) => console.error(cause),
    });
  });
  afterAll(async () => {
    screens?.stop();
    await server?.stop();
    await postgres?.stop();
  });

  test("the same signals, with each market's source", async () => {
    const filter = {
      name: "t",
      description: "",
      enabled: true,
      timeframes: ["1m"],
      symbols: null,
      cooldownCandles: 0,
    } as const;
    for (const market of SERVED) {
      const made = { ...filter, market, code: ABOVE_MEAN.code, triggerInterval: "1m" } as const;
      const { id } = await traders.table.create("anna", made, closeOf(60));
      const { closes } = await traders.engine.reconcile(undefined, market);
      expect(closes).toEqual([{ market, interval: "1m", closeTime: closeOf(69) }]);
      const rows = await traders.signals.list("anna", {
        ...{ traderId: id, symbol: undefined, interval: undefined, from: undefined, to: undefined, cursor: undefined },
        limit: 500,
      });
      const stored = rows.signals.map(({ symbol, closeTime, price }) => `${symbol} ${closeTime} ${price}`).sort();
      expect(stored).toEqual(expected(market, "1m", 61, 70));
      const trader = await traders.executions.trader(id);
      const run = await traders.engine.execute(trader as Trader, { interval: "1m", closeTime: closeOf(65) }, null);
      expect([run.source, run.signals]).toEqual([sourceOf(market), []]);
    }
  });

  test("are told by the server which markets it has, and what each has", async () => {
    const market = new ClientMarket(createClient({ url: server.url, maxTries: 1 }));
    expect(await market.markets()).toEqual(SERVED);
    for (const one of SERVED) {
      const symbols = SYMBOLS.filter((symbol) => marketOf(symbol) === one);
      expect([...((await market.offer(one))?.symbols ?? [])]).toEqual(symbols);
      expect((await market.offer(one))?.intervals).toEqual(markets.of(one)?.served as Interval[]);
      const read = { market: one, interval: "1m", closeTime: closeOf(69), timeframes: ["1m"], symbols: null } as const;
      const at = await (await market.at(read)).onServer?.read();
      expect([at?.symbols, at?.source]).toEqual([symbols, sourceOf(one)]);
      for (const symbol of symbols) expect(at?.price(symbol)).toBe(TRUTH.get(symbol)?.[69]?.close as number);
    }
    expect((await market.offer("bybit-linear"))?.symbols.size).toBe(0);
    const elsewhere = { market: "bybit-linear", interval: "1m", closeTime: closeOf(69) } as const;
    await expect(market.at({ ...elsewhere, timeframes: ["1m"], symbols: null })).rejects.toThrow(
      "Bybit linear perpetuals is not served there",
    );
    expect((await market.klines(SYMBOLS[2] as Symbol, "1m", 3)).klines.map(({ close }) => close)).toEqual(
      (TRUTH.get(SYMBOLS[2] as Symbol) ?? []).slice(67, 70).map(({ close }) => close),
    );
  });
});
