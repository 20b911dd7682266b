import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { BTC, LIFE, type ServedMarket, START, serveMarket } from "../../tests/helpers/served-market.ts";
import { NO_FINDINGS } from "../../tests/helpers/studies.ts";
import { createClient } from "../client/mod.ts";
import { addCandles, closeTimeOf, type Interval, openTimeOf, parseSymbol, type UnixMs } from "../core/mod.ts";
import type { FilterRunner } from "../strategy/mod.ts";
import { ClientMarket, type MarketAtClose, StrategyScreener } from "./mod.ts";

/** The filter's code names what it tells: the last close and the number of klines of the first of its timeframes. */
const RUNNER: FilterRunner = {
  ready: async () => {},
  prepare: (code) => ({
    engine: "compiled",
    why: code,
    readsTicker: false,
    study: NO_FINDINGS,
    run: (input) => {
      const { klines } = input.source(input.timeframes[0] ?? "");
      return {
        engine: "compiled",
        outcome: { kind: "match", facts: { close: klines.close.at(-1) ?? 0, klines: klines.length } },
      };
    },
    close: () => {},
  }),
};

describe("a server's market, read by the SDK", () => {
  let served: ServedMarket;
  let market: ClientMarket;
  beforeAll(() => {
    served = serveMarket();
    // Five minutes come from the stream; the second symbol lacks the last one.
    for (const minute of served.minutes.slice(300, 305)) {
      served.stream(minute);
      if (minute !== served.minutes[304]) served.stream(minute, LIFE);
    }
    market = new ClientMarket(createClient({ url: served.server.url, maxTries: 1 }));
  });
  afterAll(() => served?.server.stop());

  const closeOf = (index: number, interval: Interval = "1m"): UnixMs =>
    closeTimeOf(interval, openTimeOf(interval, START + index * 60_000));
  const screen = async (
    index: number,
    symbols: null | (typeof BTC)[],
    timeframes: Interval[] = ["1m"],
    anew = false,
  ) => {
    const close = { interval: "1m" as const, closeTime: closeOf(index) };
    const at = await market.at({ ...close, timeframes, symbols, anew });
    const screener = new StrategyScreener(RUNNER, () => 0);
    return {
      at,
      result: await screener.screen({
        owner: "anna",
        code: "x",
        timeframes,
        symbols: at.symbols,
        market: at,
        ...close,
      }),
    };
  };

  test("offers the intervals that the server serves and the symbols that it follows", async () => {
    const offer = await market.offer();
    expect(offer?.intervals).toEqual(served.store.served);
    expect([...(offer?.symbols ?? [])]).toEqual(served.store.symbols().map(({ symbol }) => symbol));
    const { at } = await screen(303, null);
    expect(at.intervals).toEqual(offer?.intervals);
  });

  test("each symbol's klines end with the close, whichever it is, and there are as many as a filter sees", async () => {
    for (const index of [303, 300, 280]) {
      const { at, result } = await screen(index, [BTC]);
      const { close } = served.minutes[index] as { close: number };
      expect([at.price(BTC), result.market?.price(BTC)]).toEqual([undefined, close]);
      expect(result.matches).toEqual([{ symbol: BTC, facts: { close, klines: 250 } }]);
    }
  });

  test("a filter that needs more klines gets them, as far as the server keeps them", async () => {
    const close = { interval: "1m" as const, closeTime: closeOf(303), timeframes: ["1m"] as const, symbols: [BTC] };
    const read = async (window: number): Promise<MarketAtClose | undefined> =>
      await (await market.at({ ...close, windows: async () => new Map([["1m", window]]) })).onServer?.read();
    expect((await read(280))?.view.closed(BTC, "1m", close.closeTime, 280)).toMatchObject({
      length: 280,
      cut: false,
      hasOlder: true,
    });
    expect((await read(2_000))?.view.closed(BTC, "1m", close.closeTime, 2_000)).toMatchObject({ length: 304 });
  });

  test("a symbol that hasn't closed yet has no price, and is skipped as one that may come", async () => {
    const { at, result } = await screen(304, null);
    expect(at.symbols).toEqual([BTC, LIFE]);
    const price = result.market?.price;
    expect([price?.(BTC), price?.(LIFE)]).toEqual([served.minutes[304]?.close, undefined]);
    expect(result.matches.map(({ symbol }) => symbol)).toEqual([BTC]);
    expect(result.skipped).toEqual([{ symbol: LIFE, reason: expect.any(String) }]);
    served.stream(served.minutes[304] as never, LIFE);
    expect((await screen(304, null)).result.market?.price(LIFE)).toBe(served.minutes[304]?.close);
  });

  test("a symbol whose klines were in doubt is read anew where that is asked for, and by all who ask together once", async () => {
    const from = (START + 290 * 60_000) as UnixMs;
    served.store.apply({ type: "gap", symbol: LIFE, interval: "1m", from, reason: "for the test" });
    const skipped = async (anew: boolean): Promise<unknown> => (await screen(302, [LIFE], ["1m"], anew)).result.skipped;
    const inDoubt = [{ symbol: LIFE, reason: "its 1m klines are not certain yet" }];
    expect(await skipped(true)).toEqual(inDoubt);
    const klines = served.minutes.slice(290, 305);
    served.store.apply({
      type: "history",
      symbol: LIFE,
      interval: "1m",
      from,
      to: klines.at(-1)?.openTime as UnixMs,
      klines,
    });
    expect(await skipped(false)).toEqual(inDoubt);
    expect(await skipped(true)).toEqual([]);
    const close = { interval: "1m", closeTime: closeOf(302), timeframes: ["1m"], symbols: [LIFE], anew: true } as const;
    const read = async (): Promise<unknown> => (await market.at(close)).onServer?.read();
    const [one, other] = await Promise.all([read(), read()]);
    expect(one).toBe(other);
    expect(await read()).not.toBe(one);
  });

  test("longer intervals end at or before the close", async () => {
    const { result } = await screen(303, [BTC], ["5m"]);
    const before = addCandles("5m", openTimeOf("5m", START + 303 * 60_000), -1);
    expect(result.matches[0]?.facts).toMatchObject({ close: served.minutes[(before - START) / 60_000 + 4]?.close });
  });

  test("traders of one close share one reading, until what lacked a candle has it", async () => {
    const close = { interval: "1m", closeTime: closeOf(302), timeframes: ["1m"], symbols: null } as const;
    const read = async (): Promise<unknown> => (await market.at(close)).onServer?.read();
    expect(await read()).toBeDefined();
    expect(await read()).toBe(await read());
  });

  test("until they are read, the server's closes say whether it has the candle", async () => {
    const hasClose = async (index: number): Promise<unknown> =>
      (await market.at({ interval: "1m", closeTime: closeOf(index), timeframes: ["1m"], symbols: null })).onServer
        ?.hasClose;
    expect([await hasClose(280), await hasClose(304), await hasClose(305)]).toEqual([true, true, false]);
  });

  test("symbols that the server doesn't follow are left out", async () => {
    const { at } = await screen(303, [BTC, parseSymbol("NOPEUSDT")]);
    expect(at.symbols).toEqual([BTC]);
    expect([at.source, at.readFrom]).toEqual(["recorded", { source: "vyx", fallback: false }]);
  });

  test("klines with their ticker, and without where none has come yet", async () => {
    const { klines, ticker } = await market.klines(BTC, "1m", 3);
    expect([klines.length, ticker?.price]).toEqual([3, 101]);
    expect((await market.klines(LIFE, "5m", 2)).klines).toHaveLength(2);
    await expect(market.klines(parseSymbol("NOPEUSDT"), "1m", 3)).rejects.toMatchObject({ code: "unknown_symbol" });
  });

  test("an older server, which names no markets, is asked without them: it has Binance spot", async () => {
    const asked: string[] = [];
    const old = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: async (request) => {
        const { pathname, search } = new URL(request.url);
        asked.push(pathname + search);
        const answer = await fetch(served.server.url + pathname + search);
        const { markets: _, ...body } = (await answer.json()) as { markets?: unknown };
        return Response.json(body);
      },
    });
    const ofOld = new ClientMarket(createClient({ url: old.url.origin, maxTries: 1 }));
    expect((await ofOld.closes(undefined, "binance"))["1m"]).toBeDefined();
    expect(await ofOld.markets()).toEqual(["binance"]);
    const close = { interval: "1m", closeTime: closeOf(303), timeframes: ["1m"], symbols: null } as const;
    expect((await ofOld.at({ ...close, market: "binance" })).symbols).toEqual([BTC, LIFE]);
    await expect(ofOld.at({ ...close, market: "bybit" })).rejects.toThrow("Bybit spot is not served there");
    expect([...new Set(asked)].sort()).toEqual(["/closes", "/health", "/symbols"]);
    await old.stop(true);
  });

  test("a server that is away is told as trouble that may pass", async () => {
    const away = new ClientMarket(createClient({ url: "http://127.0.0.1:9", maxTries: 1 }));
    await expect(away.closes()).rejects.toMatchObject({ code: "network", retryable: true });
  });
});
