// Question: what memory does a server of two markets need, spot and perpetuals, when all of their series have been read?
// Input:    the made-up market of two stand-ins over real sockets, 300 symbols each in six intervals of 500 klines; every series is read
//           with limits of 100 and 500, in an order drawn at random, for a minute.
// Rivals:   the same server with the 300 spot symbols alone, in the same run.
// Budget:   500 MB resident for the two markets, shared memory counted.
import { readFileSync } from "node:fs";
import { seededRandom } from "../src/core/mod.ts";
import { firstLine } from "./lib/pinned.ts";
import { machine, writeResult } from "./lib/results.ts";

const MARKETS = { binance: "/api/v3/exchangeInfo", "binance-usdm": "/fapi/v1/exchangeInfo" } as const;
type Market = keyof typeof MARKETS;
const SYMBOLS = 300;
const INTERVALS = ["1m", "5m", "15m", "1h", "4h", "1d"];
const READ_MS = 60_000;
const LIMITS = [100, 500];
/** Questions that are under way at once. */
const READERS = 4;

const MAIN = `${import.meta.dir}/../src/cli/main.ts`;

interface Measured {
  readonly markets: number;
  readonly series: number;
  readonly wholeAfterSeconds: number;
  readonly wholeMb: number;
  readonly readMb: number;
  readonly peakMb: number;
  readonly reads: number;
  readonly worstMs: number;
}

const rows: string[] = [];
for (const markets of [["binance"], ["binance", "binance-usdm"]] as const) {
  const one = await measure(markets);
  console.log(JSON.stringify(one));
  rows.push(
    `| ${markets.join(", ")} | ${one.series} | ${one.wholeAfterSeconds.toFixed(0)} | ${one.wholeMb.toFixed(0)} | ${one.readMb.toFixed(0)} | ${one.peakMb.toFixed(0)} | ${one.reads} |`,
  );
}
writeResult(
  "markets",
  `${SYMBOLS} symbols of each market in ${INTERVALS.length} intervals of 500 klines, all series whole, and then read at random with limits of
${LIMITS.join(" and ")} for ${READ_MS / 1_000} s. Memory is what is resident, shared memory counted; the budget for both markets is 500 MB.

| markets | series | whole after, s | whole, MB | read, MB | at most, MB | reads |
| --- | --- | --- | --- | --- | --- | --- |
${rows.join("\n")}

${machine()}.`,
);

async function measure(markets: readonly Market[]): Promise<Measured> {
  const started: Bun.Subprocess<"ignore", "pipe", "ignore">[] = [];
  const start = async (...args: readonly string[]): Promise<{ pid: number; url: string }> => {
    const process_ = Bun.spawn([process.execPath, MAIN, ...args], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
    });
    started.push(process_);
    const { listening } = JSON.parse(await firstLine(process_.stdout)) as { listening: string };
    return { pid: process_.pid, url: listening };
  };
  try {
    const urls = new Map<Market, string>();
    const names = new Map<Market, readonly string[]>();
    for (const market of markets) {
      const { url } = await start("exchange", "--as", market, "--port", "0", "--symbols", String(SYMBOLS));
      urls.set(market, url);
      const { symbols } = (await (await fetch(url + MARKETS[market])).json()) as { symbols: { symbol: string }[] };
      names.set(
        market,
        symbols.map(({ symbol }) => symbol),
      );
    }
    const each = (of: (market: Market) => string): string =>
      markets.map((market) => `${market}=${of(market)}`).join(";");
    const began = performance.now();
    const { pid, url } = await start(
      ...["serve", "--port", "0", "--data-dir", "none", "--markets", markets.join(), "--capacity", "500"],
      ...["--symbols", each((market) => (names.get(market) ?? []).join()), "--intervals", INTERVALS.join()],
      ...["--weight-share", "100", "--exchange-rest", each((market) => urls.get(market) ?? "")],
      ...["--exchange-ws", each((market) => (urls.get(market) ?? "").replace("http", "ws"))],
    );
    while (!(await fetch(`${url}/ready`)).ok) await Bun.sleep(200);
    const wholeAfterSeconds = (performance.now() - began) / 1_000;
    const wholeMb = residentMb(pid);
    const series: string[] = [];
    for (const market of markets) {
      const { symbols } = (await (await fetch(`${url}/symbols?market=${market}`)).json()) as {
        symbols: { symbol: string }[];
      };
      for (const { symbol } of symbols) for (const interval of INTERVALS) series.push(`${symbol}/${interval}`);
    }
    const { reads, worstMs } = await readAtRandom(url, series);
    return {
      ...{ markets: markets.length, series: series.length, wholeAfterSeconds, wholeMb, reads, worstMs },
      readMb: residentMb(pid),
      peakMb: kilobytesIn(pid, "VmHWM") / 1_024,
    };
  } finally {
    for (const one of started) one.kill("SIGKILL");
    await Promise.all(started.map(({ exited }) => exited));
  }
}

async function readAtRandom(url: string, series: readonly string[]): Promise<{ reads: number; worstMs: number }> {
  const random = seededRandom(7);
  const end = performance.now() + READ_MS;
  let [reads, worstMs] = [0, 0];
  const reader = async (): Promise<void> => {
    while (performance.now() < end) {
      const one = series[Math.floor(random() * series.length)];
      const limit = LIMITS[Math.floor(random() * LIMITS.length)];
      const began = performance.now();
      const response = await fetch(`${url}/klines/${one}?limit=${limit}`);
      if (!response.ok) throw new Error(`${one}: ${response.status}`);
      await response.arrayBuffer();
      worstMs = Math.max(worstMs, performance.now() - began);
      reads += 1;
    }
  };
  await Promise.all(Array.from({ length: READERS }, reader));
  return { reads, worstMs };
}

/** What the process holds itself and in shared memory. */
function residentMb(pid: number): number {
  return (kilobytesIn(pid, "RssAnon") + kilobytesIn(pid, "RssShmem") + kilobytesIn(pid, "RssFile")) / 1_024;
}

function kilobytesIn(pid: number, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}
