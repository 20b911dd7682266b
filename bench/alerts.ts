// Question: what do 20,000 price alerts on 500 symbols cost that each move twice a second, and how long do they hold the event loop?
// Input:    500 symbols in five intervals of 500 made-up klines; 20,000 alerts, 40 on each symbol: 24 levels, 6 lines, 6 moves over 5 minutes
//           to a day, 4 volumes. Ten minutes of states of the open minute, two a second for each symbol, and the closes, as fast as they
//           are taken in. Then all 20,000 on one symbol, as levels that one state passes at once.
//           Times are of the thread, so that other processes don't count.
// Rival:    the same states without alerts.
// Budget:   5 % of one core, and no state that holds the loop for more than 10 ms.
import { AlertEvaluator, type WatchedAlert } from "../src/alerts/mod.ts";
import { threadTime } from "../src/cli/stopwatch.ts";
import {
  addCandles,
  closeTimeOf,
  type Interval,
  type Kline,
  openTimeOf,
  parseSymbol,
  type Symbol,
  seededRandom,
  type UnixMs,
} from "../src/core/mod.ts";
import { StoredMinutes } from "../src/screening/host/stored-minutes.ts";
import { MarketStore } from "../src/store/mod.ts";
import type { AlertCondition } from "../src/wire/mod.ts";
import { sized } from "./lib/quick.ts";
import { machine, machineLoad, median, quantile, writeResult } from "./lib/results.ts";

const SYMBOLS: number = sized(500, 20);
const ALERTS: number = sized(20_000, 800);
const MINUTES: number = sized(10, 2);
const ROUNDS: number = sized(3, 1);
const STATES_A_MINUTE = 120;
const KLINES = 500;
const INTERVALS: readonly Interval[] = ["1m", "5m", "15m", "1h", "4h"];
const MINUTE_MS = 60_000;
const START = Date.UTC(2026, 1, 10, 12) as UnixMs;
const PRICE = 100;
const random = seededRandom(20_261_130);

interface Round {
  readonly seconds: number;
  /** How long each state took, in milliseconds. */
  readonly times: Float64Array;
  readonly fired: number;
}

const names = Array.from({ length: SYMBOLS }, (_, at) => parseSymbol(`S${String(at).padStart(3, "0")}USDT`));
const [without, having] = [[] as Round[], [] as Round[]];
for (let round = 0; round < ROUNDS; round += 1) {
  without.push(run(filled(), undefined));
  having.push(run(filled(), alertsOf));
}
const burstMs = burst();
report();

/** A store whose series are full, with walks of their own. */
function filled(): MarketStore {
  const store = new MarketStore({ intervals: INTERVALS, capacity: KLINES });
  const about = { base: "S", quote: "USDT", status: "TRADING", priceDecimals: 3, quantityDecimals: 2 } as const;
  store.apply({ type: "symbols", symbols: names.map((symbol) => ({ symbol, ...about })) });
  for (const symbol of names) {
    for (const interval of INTERVALS.toReversed()) {
      const present = openTimeOf(interval, START);
      const klines = Array.from({ length: KLINES }, (_, at): Kline => {
        const openTime = addCandles(interval, present, at - KLINES);
        return klineOf(openTime, closeTimeOf(interval, openTime), PRICE, true, 1 + random());
      });
      store.apply({
        type: "history",
        symbol,
        interval,
        from: klines[0]?.openTime as UnixMs,
        to: klines.at(-1)?.openTime as UnixMs,
        klines,
      });
    }
  }
  return store;
}

function klineOf(openTime: UnixMs, closeTime: UnixMs, price: number, closed: boolean, volume: number): Kline {
  const [high, low] = [price * 1.001, price * 0.999];
  const taken = { takerBuyVolume: 0, takerBuyQuoteVolume: 0 };
  return {
    openTime,
    closeTime,
    open: price,
    high,
    low,
    close: price,
    volume,
    quoteVolume: 1,
    trades: 1,
    closed,
    ...taken,
  };
}

function conditionOf(at: number): AlertCondition {
  const level = PRICE * (0.9 + random() * 0.2);
  if (at % 40 < 24) return { kind: "level", direction: "either", level };
  if (at % 40 < 30) {
    const from = { time: START, price: level };
    return {
      kind: "line",
      direction: "either",
      from,
      to: { time: (START + 86_400_000) as UnixMs, price: PRICE },
      extended: true,
    };
  }
  if (at % 40 < 36) {
    const minutes = [5, 15, 60, 240, 720, 1_440][at % 6] as number;
    return { kind: "move", direction: "either", percent: 1 + random() * 20, minutes };
  }
  return { kind: "volume", minutes: [5, 15, 60, 240][at % 4] as number, times: 5 };
}

function alertOf(id: number, symbol: Symbol, condition: AlertCondition): WatchedAlert {
  const never = { again: 1, expiresAt: null, lastFiredAt: null, side: null, seenAt: START };
  return { id: String(id), revision: 1, symbol, condition, ...never };
}

function alertsOf(): WatchedAlert[] {
  return Array.from({ length: ALERTS }, (_, at) =>
    alertOf(at, names[Math.floor(at / 40) % SYMBOLS] as Symbol, conditionOf(at)),
  );
}

function run(store: MarketStore, alerts: (() => WatchedAlert[]) | undefined): Round {
  const evaluator = new AlertEvaluator({ past: new StoredMinutes(store), last: () => undefined });
  for (const alert of alerts?.() ?? []) evaluator.put(alert);
  if (alerts !== undefined)
    store.listen({
      kline: ({ interval, symbol }, kline) => {
        if (interval === "1m") evaluator.observe(symbol, kline, store.marketTime);
      },
    });
  const prices = new Float64Array(SYMBOLS).fill(PRICE);
  const times = new Float64Array(MINUTES * (STATES_A_MINUTE + 1) * SYMBOLS);
  let [states, fired] = [0, 0];
  const began = threadTime();
  for (let minute = 0; minute < MINUTES; minute += 1) {
    const openTime = (START + minute * MINUTE_MS) as UnixMs;
    for (let state = 0; state <= STATES_A_MINUTE; state += 1) {
      const eventTime = Math.min(openTime + state * 500, openTime + MINUTE_MS - 1) as UnixMs;
      for (const [index, symbol] of names.entries()) {
        const price = (prices[index] as number) * (1 + (random() - 0.5) / 500);
        prices[index] = price;
        const closeTime = (openTime + MINUTE_MS - 1) as UnixMs;
        const kline = klineOf(openTime, closeTime, price, state === STATES_A_MINUTE, 1 + state / 100);
        const before = threadTime();
        store.apply({ type: "kline", symbol, interval: "1m", kline, eventTime });
        times[states] = threadTime() - before;
        states += 1;
      }
      fired += evaluator.take().firings.length;
    }
  }
  return { seconds: (threadTime() - began) / 1_000, times, fired };
}

/** All alerts on one symbol, and a state that passes each. How long it holds the loop, in milliseconds. */
function burst(): number {
  const store = filled();
  const [symbol] = names as [Symbol];
  const evaluator = new AlertEvaluator({ past: new StoredMinutes(store), last: () => undefined });
  for (let at = 0; at < ALERTS; at += 1)
    evaluator.put(alertOf(at, symbol, { kind: "level", direction: "up", level: PRICE + at / ALERTS }));
  const closeTime = (START + MINUTE_MS - 1) as UnixMs;
  evaluator.observe(symbol, klineOf(START, closeTime, PRICE / 2, false, 1), START);
  evaluator.observe(symbol, klineOf(START, closeTime, PRICE / 2, false, 1), (START + 1) as UnixMs);
  const before = threadTime();
  evaluator.observe(symbol, klineOf(START, closeTime, PRICE * 2, false, 1), (START + 2) as UnixMs);
  const held = threadTime() - before;
  if (evaluator.take().firings.length !== ALERTS) throw new Error("not all alerts fired");
  return held;
}

function report(): void {
  const marketSeconds = MINUTES * 60;
  const [bare, full] = [median(without.map(({ seconds }) => seconds)), median(having.map(({ seconds }) => seconds))];
  const share = ((full - bare) / marketSeconds) * 100;
  const worst = Math.max(...having.map(({ times }) => quantile(times, 1)));
  const row = (name: string, rounds: readonly Round[], seconds: number): string => {
    const at = (part: number): string => median(rounds.map(({ times }) => quantile(times, part))).toFixed(3);
    return `| ${name} | ${((seconds / marketSeconds) * 100).toFixed(2)} % | ${at(0.5)} | ${at(0.999)} | ${at(1)} |`;
  };
  writeResult(
    "alerts",
    `${ALERTS.toLocaleString("en")} price alerts on ${SYMBOLS} symbols, of which ${having[0]?.fired ?? 0} fired in ${MINUTES} minutes of market time; two states a second for
each symbol, and the closes.

| | of one core | a state, median ms | p99.9 ms | longest ms |
| --- | --- | --- | --- | --- |
${row("without alerts", without, bare)}
${row("with alerts", having, full)}

All on one symbol, as levels that one state passes at once: ${burstMs.toFixed(1)} ms.

${machine()}. ${machineLoad()}`,
    [
      { row: "20,000 price alerts, 500 symbols moving twice a second", figure: share, rival: "" },
      {
        row: "event loop held by a state that price alerts are judged at",
        figure: Math.max(worst, burstMs),
        rival: "",
      },
    ],
  );
}
