import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { RunningVyx } from "../../src/cli/serve.ts";
import { type Interval, type Kline, nextOpenTime, openTimeOf, type UnixMs } from "../../src/core/mod.ts";
import { dumpRows, hasRecorded, klineOfRow, RECORDED } from "../helpers/recorded.ts";
import { getJson, startOn, subscribe, untilReady } from "../helpers/running-vyx.ts";
import { rolledUp } from "../helpers/truth.ts";
import { startTurnedExchange, type TurnedExchange } from "../helpers/turned-exchange.ts";
import { until } from "../helpers/until.ts";

type Klines = { count: number; complete: boolean; klines: Kline[] };

const MINUTE = 60_000;
const DAY = 86_400_000;

describe.skipIf(!hasRecorded)("90 recorded minutes of seven symbols, as fast as a server takes them", () => {
  const START = Date.UTC(2026, 1, 10) as UnixMs;
  const MINUTES = 90;
  const END = START + MINUTES * MINUTE;
  const INTERVALS = ["1m", "5m", "15m", "1h", "4h", "1d"] as const;
  const files = hasRecorded ? readdirSync(join(RECORDED, "um_1m_full")) : [];
  const symbols = files.map((file) => file.split("-")[0] as string);
  const source = new Map<string, Kline[]>();
  let exchange: TurnedExchange;
  let vyx: RunningVyx;
  let heard: Record<string, unknown>[] = [];
  const answers = new Map<string, Klines>();
  let answeredAt = 0 as UnixMs;

  beforeAll(async () => {
    for (const [index, symbol] of symbols.entries()) {
      source.set(symbol, dumpRows(`um_1m_full/${files[index]}`, 0, END + DAY).map(klineOfRow));
    }
    exchange = startTurnedExchange({ data: join(RECORDED, "um_1m_full"), start: START });
    vyx = await startOn(exchange, { intervals: "1m,5m,15m,1h,4h,1d" });
    ({ heard } = await subscribe(vyx, ["closed:*:1m", "closed:*:5m", "closed:*:1h"]));
    await exchange.passDuring(untilReady(vyx));
    // A minute at a time, and the next one when all closes of this one have arrived.
    for (let minute: number = openTimeOf("1m", exchange.now()); minute < END; minute += MINUTE) {
      await exchange.pass(minute + MINUTE + 1_000 - exchange.now());
      await until(() => symbols.every((symbol) => isTold(symbol, minute)));
    }
    for (const symbol of symbols) {
      for (const interval of INTERVALS) {
        const path = `/klines/${symbol}/${interval}?limit=500&closed=true`;
        answers.set(`${symbol} ${interval}`, await getJson<Klines>(vyx, path));
      }
    }
    answeredAt = exchange.now();
    await vyx.stop();
  });
  afterAll(() => exchange?.stop());

  const told = (channel: string): Kline[] =>
    heard
      .filter((message) => message.type === "kline" && message.channel === channel)
      .map(({ kline }) => kline as Kline);
  const isTold = (symbol: string, openTime: number): boolean =>
    told(`closed:${symbol}:1m`).some((kline) => kline.openTime === openTime);
  const minutesOf = (symbol: string): Kline[] => source.get(symbol) ?? [];
  const sums = new Map<string, Kline[]>();
  /** All candles of the recording, from which each test takes those that it needs: adding them up takes a while. */
  const longerOf = (symbol: string, interval: Interval): Kline[] => {
    const name = `${symbol} ${interval}`;
    const sum = sums.get(name) ?? rolledUp(interval, minutesOf(symbol), Number.MAX_SAFE_INTEGER);
    sums.set(name, sum);
    return sum;
  };

  test("there are seven", () => expect(symbols).toHaveLength(7));

  test("the WebSocket told every close once, in order, in every column as its source row", () => {
    for (const symbol of symbols) {
      const closes = told(`closed:${symbol}:1m`);
      const [first, last] = [closes[0]?.openTime ?? 0, closes.at(-1)?.openTime ?? 0];
      expect(closes).toEqual(minutesOf(symbol).filter(({ openTime }) => openTime >= first && openTime <= last));
      expect(closes.length).toBeGreaterThan(MINUTES - 10);
    }
  });

  test("HTTP gave each closed minute as its source row, and 5m, 15m, 1h, 4h and 1d as an independent roll-up", () => {
    for (const symbol of symbols) {
      for (const interval of INTERVALS) {
        const { klines, complete } = answers.get(`${symbol} ${interval}`) as Klines;
        const all = interval === "1m" ? minutesOf(symbol) : longerOf(symbol, interval);
        const last = klines.at(-1) as Kline;
        expect(klines).toEqual(all.filter(({ openTime }) => openTime <= last.openTime).slice(-500));
        expect(complete).toBe(true);
        // All that closed within the 90 minutes is there, and nothing that hadn't closed when the answer came.
        expect(nextOpenTime(interval, last.openTime)).toBeGreaterThanOrEqual(openTimeOf(interval, END as UnixMs));
        expect(last.closeTime).toBeLessThan(answeredAt);
      }
    }
  });

  test("the WebSocket's hours and five minutes equal a roll-up of the source", () => {
    for (const symbol of symbols) {
      for (const interval of ["5m", "1h"] as const) {
        const closes = told(`closed:${symbol}:${interval}`);
        const from = closes[0]?.openTime ?? 0;
        const expected = longerOf(symbol, interval).filter(({ openTime }) => openTime >= from);
        expect(closes.length).toBeGreaterThan(0);
        expect(closes).toEqual(expected.slice(0, closes.length));
      }
    }
  });
});
