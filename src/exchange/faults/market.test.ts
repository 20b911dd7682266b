import { afterEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type FaultyExchange, START, startFaulty, stopFaulty } from "../../../tests/helpers/in-process.ts";
import { listenTo } from "../../../tests/helpers/listening-client.ts";
import { rolledUp } from "../../../tests/helpers/truth.ts";
import type { Interval, Kline } from "../../core/mod.ts";
import { decimal } from "../dialects/binance/encode.ts";
import { parseFaults } from "../mod.ts";
import { SeededMarket } from "../seeded/market.ts";
import { Faults } from "./faults.ts";
import { SymbolLives } from "./life.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

type Row = [number, ...string[]];

afterEach(stopFaulty);

function rowOf(kline: Kline): unknown[] {
  const { openTime, open, high, low, close, volume, closeTime, quoteVolume, trades } = kline;
  const taker = [kline.takerBuyVolume, kline.takerBuyQuoteVolume].map(decimal);
  return [
    openTime,
    ...[open, high, low, close, volume].map(decimal),
    closeTime,
    decimal(quoteVolume),
    trades,
    ...taker,
    "0",
  ];
}

function openTimesOf(frames: readonly string[]): number[] {
  return [...new Set(frames.map((frame) => JSON.parse(frame).k.t as number))];
}

async function statusesOf(faulty: FaultyExchange): Promise<Record<string, string>> {
  const { symbols } = await faulty.json<{ symbols: { symbol: string; status: string }[] }>("exchangeInfo");
  expect(faulty.exchange.symbolsAt()).toEqual(symbols.map(({ symbol, status }) => ({ symbol, status })) as never);
  return Object.fromEntries(symbols.map(({ symbol, status }) => [symbol, status]));
}

describe("halt", () => {
  test("the symbol says HALT, has no klines and no frames, and trades again", async () => {
    const faulty = startFaulty("halt@5m", { symbols: 1 });
    const { exchange, clock, story, json } = faulty;
    const klines = listenTo(exchange, clock, "/ws/btcusdt@kline_1m");
    const tickers = listenTo(exchange, clock, "/ws/!miniTicker@arr");
    await clock.turn(5 * MINUTE);
    expect(await statusesOf(faulty)).toEqual({ BTCUSDT: "HALT" });
    const [heard, ticked] = [klines.frames.length, tickers.frames.length];
    expect(JSON.parse(klines.frames.at(-1) as string).k).toMatchObject({ t: START + 4 * MINUTE, x: true });
    const to = Date.parse(/ to (\S+)$/.exec(story[0]?.what ?? "")?.[1] ?? "");
    await clock.turn(to - clock.now() - 1_000);
    expect([klines.frames.length, tickers.frames.length]).toEqual([heard, ticked]);
    expect(await statusesOf(faulty)).toEqual({ BTCUSDT: "HALT" });
    const during = await json<Row[]>(`klines?symbol=BTCUSDT&interval=1m&startTime=${START}`);
    expect(during.map(([openTime]) => (openTime - START) / MINUTE)).toEqual([0, 1, 2, 3, 4]);
    await clock.turn(1_000 + 3 * MINUTE);
    expect(await statusesOf(faulty)).toEqual({ BTCUSDT: "TRADING" });
    expect(openTimesOf(klines.frames).slice(5)).toEqual([to, to + MINUTE, to + 2 * MINUTE]);
    expect(tickers.frames.length).toBeGreaterThan(ticked);
    expect(exchange.symbolsAt(to - 1)).toEqual([{ symbol: "BTCUSDT", status: "HALT" }]);
    expect(exchange.truth("BTCUSDT", START, clock.now() - 1).map(({ openTime }) => openTime as number)).toEqual([
      ...[0, 1, 2, 3, 4].map((minute) => START + minute * MINUTE),
      ...[0, 1, 2].map((minute) => to + minute * MINUTE),
    ]);
  });
});

describe("list", () => {
  test("a new symbol appears and trades; before, it isn't there, and it has no past", async () => {
    const faulty = startFaulty("list@150s");
    const { exchange, clock, get, json } = faulty;
    const before = Object.keys(await statusesOf(faulty));
    const refused = get("klines?symbol=BNBUSDT&interval=1m");
    await clock.turn(0);
    expect([(await refused).status, await (await refused).json()]).toEqual([
      400,
      { code: -1121, msg: "Invalid symbol." },
    ]);
    const client = listenTo(exchange, clock, "/ws/bnbusdt@kline_1m");
    await clock.turn(3 * MINUTE - 1_000);
    expect(Object.keys(await statusesOf(faulty))).toEqual(before);
    await clock.turn(1_000);
    expect(await statusesOf(faulty)).toMatchObject({ BNBUSDT: "TRADING" });
    await clock.turn(2 * MINUTE);
    expect(openTimesOf(client.frames)).toEqual([START + 3 * MINUTE, START + 4 * MINUTE]);
    for (const query of ["limit=1000", "startTime=0", `endTime=${clock.now()}`]) {
      const rows = await json<Row[]>(`klines?symbol=BNBUSDT&interval=1m&${query}`);
      expect(rows.map(([openTime]) => (openTime - START) / MINUTE)).toEqual([3, 4]);
    }
    const [hour] = await json<Row[]>("klines?symbol=BNBUSDT&interval=1h&startTime=0");
    expect(hour?.[1]).toBe(exchange.truth("BNBUSDT", 0, clock.now())[0]?.open.toFixed(8) as string);
    const day = await json<{ count: number }>("ticker/24hr?symbol=BNBUSDT");
    const trades = exchange.truth("BNBUSDT", 0, clock.now() - 1).reduce((sum, kline) => sum + kline.trades, 0);
    expect(day.count).toBe(trades);
    expect(exchange.symbols).toEqual(before);
  });

  test("a market that has none to list says so", () => {
    const faults = new Faults(parseFaults("list"), 1, START, () => START, undefined);
    expect(() => new SymbolLives(new SeededMarket(1, START, 1), [], faults)).toThrow(
      "list: a recorded market has no symbols to list; leave list out, or say list=0/h",
    );
  });
});

describe("delist", () => {
  test("the symbol goes to BREAK, still answers, and then is gone; half of the symbols always stay", async () => {
    const faulty = startFaulty("delist@2m,delist@1h,delist@61m,delist@62m");
    const { exchange, clock, get, json, story } = faulty;
    const all = exchange.symbols.map((symbol) => `${symbol.toLowerCase()}@kline_1m`);
    const client = listenTo(exchange, clock, `/ws/${all.join("/")}`);
    await clock.turn(2 * MINUTE);
    const [gone = ""] = (story[0]?.what ?? "").split(" ");
    expect(await statusesOf(faulty)).toMatchObject({ [gone]: "BREAK" });
    const rows = await json<Row[]>(`klines?symbol=${gone}&interval=1m&startTime=${START}`);
    expect(rows.map(([openTime]) => (openTime - START) / MINUTE)).toEqual([0, 1]);
    await clock.turn(30 * MINUTE);
    expect(await statusesOf(faulty)).not.toHaveProperty(gone);
    const refused = get(`klines?symbol=${gone}&interval=1m`);
    await clock.turn(0);
    expect((await (await refused).json()).code).toBe(-1121);
    const told = client.frames.filter((frame) => JSON.parse(frame).s === gone);
    expect(openTimesOf(told)).toEqual([START, START + MINUTE]);
    expect(exchange.truth(gone, START, clock.now())).toHaveLength(2);
    await clock.turn(2 * HOUR);
    expect(Object.values(await statusesOf(faulty))).toEqual(["TRADING", "TRADING"]);
    expect(exchange.faults().delist).toBe(2);
  });
});

describe("restate", () => {
  test("amounts of a closed candle rise later by REST, in the longer candles that hold it too, and nowhere else", async () => {
    const faulty = startFaulty("restate=0.1", { symbols: 1 });
    const { exchange, clock, json, story } = faulty;
    const client = listenTo(exchange, clock, "/ws/btcusdt@kline_1m");
    await clock.turn(3 * HOUR);
    const finals = client.frames.map((frame) => JSON.parse(frame).k).filter(({ x }) => x);
    const truth = exchange.truth("BTCUSDT", START, clock.now() - 1);
    expect(finals).toHaveLength(truth.length);
    const changed = truth.filter((kline, index) => kline.volume.toFixed(8) !== finals[index].v);
    expect(changed).toHaveLength(exchange.faults().restate);
    // Of 180 candles 18 are meant, and those of the last half hour may wait for theirs.
    expect(Math.abs(changed.length - 17)).toBeLessThan(15);
    for (const [index, kline] of truth.entries()) {
      const { o, h, l, c, v, q, n, V, Q } = finals[index];
      expect([kline.open, kline.high, kline.low, kline.close].map((price) => price.toFixed(8))).toEqual([o, h, l, c]);
      const isChanged = changed.includes(kline);
      const more = [kline.volume - v, kline.quoteVolume - q, kline.trades - n];
      const taker = [kline.takerBuyVolume - V, kline.takerBuyQuoteVolume - Q];
      for (const difference of [...more, ...taker]) expect(difference > 1e-9).toBe(isChanged);
      expect(kline.takerBuyVolume).toBeLessThanOrEqual(kline.volume);
      expect(kline.trades % 1).toBe(0);
    }
    const asTold = exchange.truth("BTCUSDT", START, clock.now() - 1, "1m", START);
    expect(asTold.map(({ volume }) => volume.toFixed(8))).toEqual(finals.map(({ v }) => v));
    expect(await json<unknown>(`klines?symbol=BTCUSDT&interval=1m&startTime=${START}`)).toEqual(truth.map(rowOf));
    const hours = rolledUp("1h", exchange.truth("BTCUSDT", START + HOUR / 2, clock.now() - 1), clock.now());
    const told = await json<Row[]>(`klines?symbol=BTCUSDT&interval=1h&startTime=${START + HOUR / 2}`);
    expect(told.slice(0, 2)).toEqual(hours.slice(0, 2).map(rowOf) as never);
    expect(story[0]?.what).toMatch(/^BTCUSDT 1m of 2026-02-10T\S+: volume [\d.]+ becomes [\d.]+$/);
  });

  test("nothing is restated of a symbol that has left", async () => {
    const { exchange, clock, story } = startFaulty("restate=1,delist@1h");
    await clock.turn(3 * HOUR);
    const [gone = ""] = story.find(({ kind }) => kind === "delist")?.what.split(" ") ?? [];
    const leaves = Date.parse(
      /gone from (\S+)$/.exec(story.find(({ kind }) => kind === "delist")?.what ?? "")?.[1] ?? "",
    );
    const ofGone = story.filter(({ kind, what }) => kind === "restate" && what.startsWith(`${gone} `));
    expect(ofGone.length).toBeGreaterThan(20);
    expect(Math.max(...ofGone.map(({ at }) => START + at * 1_000))).toBeLessThan(leaves);
    const last = exchange.truth(gone, START, clock.now());
    expect(last).toEqual([...exchange.truth(gone, START, clock.now(), "1m", leaves - 1)]);
    expect(last.length).toBe(60);
  });

  test("at a time: the candle that closes next, of each symbol", async () => {
    const { exchange, clock } = startFaulty("restate@90s");
    await clock.turn(HOUR);
    for (const symbol of exchange.symbols) {
      const [told, now] = [START, clock.now()].map((asOf) =>
        exchange.truth(symbol, START, clock.now() - 1, "1m", asOf),
      );
      const changed = now?.flatMap((kline, index) => (kline.volume === told?.[index]?.volume ? [] : index));
      expect(changed).toEqual([1]);
    }
    expect(exchange.faults().restate).toBe(4);
  });
});

describe("all that befalls symbols at once", () => {
  const faults = "halt=6/h,list=2/h,delist=2/h,restate=0.05";

  test("truth is what REST finally answers, and every longer candle is what its minutes add up to", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 1e6 }), async (seed) => {
        // A market minute a second.
        const { exchange, clock, json } = startFaulty(faults, { seed, speed: 60, symbols: 6 });
        await clock.turn((4 * HOUR) / 60);
        const now = exchange.now();
        const present = exchange.symbolsAt().map(({ symbol }) => symbol);
        expect(present.length).toBeGreaterThan(0);
        for (const symbol of present) {
          const minutes = exchange.truth(symbol, START - HOUR / 2, now - 1);
          const told = await json<unknown[]>(
            `klines?symbol=${symbol}&interval=1m&startTime=${START - HOUR / 2}&endTime=${now - 1}&limit=1000`,
          );
          expect(told).toEqual(minutes.map(rowOf));
          for (const interval of ["5m", "1h", "2h"] as Interval[]) {
            const rows = await json<Row[]>(
              `klines?symbol=${symbol}&interval=${interval}&startTime=${START - HOUR / 2}&endTime=${now - 1}`,
            );
            const expected = rolledUp(interval, minutes, now).filter(
              ({ openTime, closed }) => closed && openTime >= START - HOUR / 2,
            );
            expect(rows.filter((row) => Number(row[6]) < now)).toEqual(expected.map(rowOf) as never);
          }
        }
        const counts = exchange.faults();
        expect(Math.min(counts.halt, counts.list, counts.restate)).toBeGreaterThan(0);
      }),
      { numRuns: 6 },
    );
  });

  test("what was true of a time stays true of it, but for restatements", async () => {
    const { exchange, clock } = startFaulty(faults, { speed: 60, symbols: 6 });
    const seen: { at: number; symbols: unknown; klines: unknown }[] = [];
    const klinesAt = (at: number): unknown =>
      exchange.symbols.map((symbol) => exchange.truth(symbol, START, at - 1, "1m", at));
    for (let step = 0; step < 40; step += 1) {
      await clock.turn(7_000);
      const at = exchange.now();
      seen.push({ at, symbols: exchange.symbolsAt(), klines: klinesAt(at) });
    }
    for (const { at, symbols, klines } of seen) {
      expect(exchange.symbolsAt(at)).toEqual(symbols as never);
      expect(klinesAt(at)).toEqual(klines);
    }
  });
});
