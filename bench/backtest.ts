// Question: how long does a backtest of one filter over 200 symbols × 90 days of 5m take, how much memory, and what do others notice?
// Input:    a made-up random walk of 90 days of minutes, which each symbol has from another day on; its blocks are copied in the server's
//           main thread, as those of a ring are. Beside it one reader asks for 100 klines every 5 ms, and another caller screens 200 symbols
//           once a second: first alone, then while the backtest runs.
// Rival:    the same reads and screens before.
// Budget:   60 s on two cores, 500 MB, p99 of reads 10 ms and of screens 250 ms.

import { systemClock } from "../src/cli/clock.ts";
import { BACKTEST_PROGRAM } from "../src/cli/screening-program.ts";
import { processorMs, stopwatch } from "../src/cli/stopwatch.ts";
import {
  closeTimeOf,
  KLINE_COLUMNS,
  type KlineColumn,
  type OpenTimeRange,
  PAST_BLOCK_ROWS,
  type PastBlock,
  type PastKlines,
  parseSymbol,
  type Symbol,
  seededRandom,
  type UnixMs,
} from "../src/core/mod.ts";
import { Backtests, backtestThreads, Quarantine } from "../src/screening/mod.ts";
import { backtestRoutes, screenRoutes } from "../src/server/mod.ts";
import { MarketStore } from "../src/store/mod.ts";
import { screensOf } from "../tests/helpers/screens.ts";
import { minuteKlines, rolledUp } from "../tests/helpers/truth.ts";
import { mostMb } from "./lib/process-memory.ts";
import { sized } from "./lib/quick.ts";
import { READ_KEY, startReads } from "./lib/read-server.ts";
import { machine, machineLoad, quantile, writeResult } from "./lib/results.ts";

const SYMBOLS: number = sized(200, 10);
const DAYS: number = sized(90, 5);
const BEFORE_SECONDS: number = sized(20, 2);
const DAY = 24 * 60;
const MINUTE_MS = 60_000;
const START = Date.UTC(2026, 7, 1) as UnixMs;
/** Two days of minutes stand before the first close, so that windows are full. */
const FIRST = (START - 2 * DAY * MINUTE_MS) as UnixMs;
const MINUTES = (DAYS + 2) * DAY;
const FILTER = `const five = candles("5m");
const strength = rsi(five.close, 14).at(-1);
return {match: strength < 30 && five.close.at(-1) < bollinger(five.close, 20, 2).lower.at(-1), facts: {rsi: strength}};`;
const SCREEN = `const five = candles("5m").close; return rsi(five, 14).at(-1) < 30 && five.at(-1) > ema(five, 50).at(-1);`;

if (process.argv[2] === "--serve") serve();
else await measure();

/** A server with klines in memory for reads and screens, and a long past for backtests. */
function serve(): void {
  const store = filledStore();
  const parts = { markets: store, clock: systemClock, stopwatch, processorMs, quarantine: new Quarantine() };
  const threads = backtestThreads({ ...parts, program: BACKTEST_PROGRAM });
  const backtests = new Backtests({ past: new WalkPast(), threads, capacity: 500 });
  const routes = [...screenRoutes(store, screensOf(store)), ...backtestRoutes(store, backtests)];
  console.log(startReads([store], routes).url);
}

function symbols(): Symbol[] {
  return Array.from({ length: SYMBOLS }, (_, index) => parseSymbol(`S${String(index).padStart(3, "0")}USDT`));
}

function filledStore(): MarketStore {
  const store = new MarketStore({ intervals: ["1m", "5m"], capacity: 500 });
  const about = { base: "S", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 2 } as const;
  store.apply({ type: "symbols", symbols: symbols().map((symbol) => ({ symbol, ...about })) });
  for (const [index, symbol] of symbols().entries()) {
    const minutes = minuteKlines(START, 2_000, index + 1, () => false);
    for (const interval of store.intervals) {
      const klines = rolledUp(interval, minutes, START + 2_000 * MINUTE_MS).slice(-500);
      const [from, to] = [klines[0]?.openTime as UnixMs, klines.at(-1)?.openTime as UnixMs];
      store.apply({ type: "history", symbol, interval, from, to, klines });
    }
  }
  return store;
}

/** One random walk for all symbols: each has it from another day on. */
class WalkPast implements PastKlines {
  readonly #columns = walk();
  readonly #span: OpenTimeRange = { from: FIRST, to: (FIRST + (MINUTES - 1) * MINUTE_MS) as UnixMs };

  async symbols() {
    return symbols().map((symbol) => ({ symbol, span: this.#span }));
  }

  async settled() {
    return [this.#span];
  }

  async *read(symbol: Symbol, range: OpenTimeRange): AsyncGenerator<PastBlock, void> {
    const shift = (Number(symbol.slice(1, 4)) % DAYS) * DAY;
    const first = Math.max(0, (range.from - FIRST) / MINUTE_MS);
    const end = Math.min(MINUTES, (range.to - FIRST) / MINUTE_MS + 1);
    for (let row = first; row < end; row += PAST_BLOCK_ROWS)
      yield this.#block(row, Math.min(end, row + PAST_BLOCK_ROWS), shift);
  }

  async files() {
    return [];
  }

  #block(from: number, to: number, shift: number): PastBlock {
    const length = to - from;
    const columns = KLINE_COLUMNS.map((name): [KlineColumn, Float64Array] => {
      const column = this.#columns[name];
      if (name === "openTime" || name === "closeTime") return [name, column.slice(from, to)];
      const at = (from + shift) % MINUTES;
      const values = new Float64Array(length);
      const unbroken = Math.min(length, MINUTES - at);
      values.set(column.subarray(at, at + unbroken));
      values.set(column.subarray(0, length - unbroken), unbroken);
      return [name, values];
    });
    return { length, columns: Object.fromEntries(columns) as PastBlock["columns"] };
  }
}

function walk(): PastBlock["columns"] {
  const columns = Object.fromEntries(KLINE_COLUMNS.map((name) => [name, new Float64Array(MINUTES)])) as Record<
    KlineColumn,
    Float64Array
  >;
  const random = seededRandom(1);
  let price = 100;
  for (let row = 0; row < MINUTES; row += 1) {
    const openTime = FIRST + row * MINUTE_MS;
    const open = price;
    price = Math.round(price * (1 + (random() - 0.5) / 200) * 1e4) / 1e4;
    const volume = Math.round(random() * 1e6) / 1e3;
    const times = {
      openTime,
      closeTime: closeTimeOf("1m", openTime),
      open,
      close: price,
      high: Math.max(open, price),
      low: Math.min(open, price),
      volume,
    };
    const rest = {
      quoteVolume: volume * 100,
      trades: 10,
      takerBuyVolume: volume / 2,
      takerBuyQuoteVolume: volume * 50,
    };
    for (const [name, value] of Object.entries({ ...times, ...rest })) columns[name as KlineColumn][row] = value;
  }
  return columns;
}

interface Noticed {
  readonly reads: number[];
  readonly screens: number[];
}

/** Reads and screens beside each other until told to stop. */
async function others(url: string, isOver: () => boolean): Promise<Noticed> {
  const noticed: Noticed = { reads: [], screens: [] };
  const headers = { "x-api-key": READ_KEY, "content-type": "application/json" };
  const timed = async (list: number[], ask: () => Promise<Response>): Promise<void> => {
    const began = performance.now();
    const response = await ask();
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`the answer has the status ${response.status}`);
    list.push(performance.now() - began);
  };
  const read = async (): Promise<void> => {
    for (let at = 0; !isOver(); at += 1) {
      const symbol = `S${String(at % SYMBOLS).padStart(3, "0")}USDT`;
      await timed(noticed.reads, () => fetch(`${url}/klines/${symbol}/5m?limit=100`, { headers }));
      await Bun.sleep(5);
    }
  };
  const body = JSON.stringify({ code: SCREEN, closeTime: START + 2_000 * MINUTE_MS - 1 });
  const screen = async (): Promise<void> => {
    while (!isOver()) {
      await timed(noticed.screens, () => fetch(`${url}/screen`, { method: "POST", headers, body }));
      await Bun.sleep(1_000);
    }
  };
  await Promise.all([read(), screen()]);
  return noticed;
}

async function measure(): Promise<void> {
  const server = Bun.spawn([process.execPath, "--no-orphans", import.meta.path, "--serve"], {
    stdout: "pipe",
    stderr: "inherit",
  });
  const { value } = await server.stdout.getReader().read();
  const url = new TextDecoder().decode(value).trim();
  try {
    // The first ones warm the server up.
    await others(url, until(2));
    const before = await others(url, until(BEFORE_SECONDS));
    const memoryBefore = mostMb(server.pid);
    let isOver = false;
    const during = others(url, () => isOver);
    const began = performance.now();
    const from = START;
    const response = await fetch(`${url}/backtest`, {
      method: "POST",
      headers: { "x-api-key": READ_KEY, "content-type": "application/json" },
      body: JSON.stringify({ code: FILTER, from, to: START + DAYS * DAY * MINUTE_MS - 1 }),
    });
    const text = await response.text();
    const seconds = (performance.now() - began) / 1_000;
    isOver = true;
    const noticed = await during;
    const { result } = JSON.parse(text.trim().split("\n").at(-1) as string);
    if (result?.checked !== SYMBOLS * DAYS * 288) throw new Error(`the backtest is another one: ${text.slice(-300)}`);
    report({ seconds, before, noticed, memoryBefore, memory: mostMb(server.pid), result, bytes: text.length });
  } finally {
    server.kill();
  }
}

function until(seconds: number): () => boolean {
  const end = performance.now() + seconds * 1_000;
  return () => performance.now() > end;
}

interface Measured {
  readonly seconds: number;
  readonly before: Noticed;
  readonly noticed: Noticed;
  readonly memoryBefore: number;
  readonly memory: number;
  readonly result: { readonly checked: number; readonly signals: number };
  readonly bytes: number;
}

function report({ seconds, before, noticed, memoryBefore, memory, result, bytes }: Measured): void {
  const row = (what: string, name: keyof Noticed): string => {
    const cells = [before, noticed].map((one) => {
      const [middle, most] = [quantile(one[name], 0.5), quantile(one[name], 0.99)];
      return `${middle.toFixed(1)} | ${most.toFixed(1)}`;
    });
    return `| ${what} | ${cells.join(" | ")} |`;
  };
  writeResult(
    "backtest",
    `One filter (RSI, Bollinger's bands, facts) at ${result.checked} closes, ${SYMBOLS} symbols × ${DAYS} days of 5m, folded from ${SYMBOLS * MINUTES}
minutes that are copied in the main thread: ${seconds.toFixed(1)} s, ${((1e6 * seconds) / result.checked).toFixed(1)} µs a close, ${result.signals} signals, an answer of ${(bytes / 1e6).toFixed(1)} MB. Memory
of the process at most ${memory.toFixed(0)} MB, ${memoryBefore.toFixed(0)} MB before. Beside it, milliseconds until the answer was there:

| | p50 before | p99 before | p50 during | p99 during |
| --- | --- | --- | --- | --- |
${row("100 klines, every 5 ms", "reads")}
${row(`a screen of ${SYMBOLS} symbols, every second`, "screens")}

${machine()}. ${machineLoad()}`,
    [
      { row: "a backtest of 200 symbols × 90 days × 5m", figure: seconds, rival: "" },
      {
        row: "memory of a server with such a backtest",
        figure: memory,
        rival: `before: ${memoryBefore.toFixed(0)} MB`,
      },
      {
        row: "reads beside a backtest, p99",
        figure: quantile(noticed.reads, 0.99),
        rival: `before: ${quantile(before.reads, 0.99).toFixed(1)} ms`,
      },
      {
        row: "screens beside a backtest, p99",
        figure: quantile(noticed.screens, 0.99),
        rival: `before: ${quantile(before.screens, 0.99).toFixed(1)} ms`,
      },
    ],
  );
}
