// Question: what memory does a server of two markets need, spot and perpetuals, when all of their series have been read?
// Input:    the made-up market of two stand-ins over real sockets, 300 symbols each in six intervals of 500 klines; every series is read
//           with limits of 100 and 500, one question after another in an order drawn at random.
// Rivals:   the same server with the 300 spot symbols alone, in the same run.
// Budget:   500 MB resident for the two markets, shared memory counted.
import { seededRandom } from "../src/core/mod.ts";
import { firstLine } from "./lib/pinned.ts";
import { mostMb, residentMb } from "./lib/process-memory.ts";
import { sized } from "./lib/quick.ts";
import { machine, writeResult } from "./lib/results.ts";

const MARKETS = { binance: "/api/v3/exchangeInfo", "binance-usdm": "/fapi/v1/exchangeInfo" } as const;
type Market = keyof typeof MARKETS;
const SYMBOLS: number = sized(300, 10);
const INTERVALS = ["1m", "5m", "15m", "1h", "4h", "1d"];
const LIMITS = [100, 500];
/** From the last question to the last look: what was only garbage is gone then. */
const REST_MS: number = sized(20_000, 1_000);

const MAIN = `${import.meta.dir}/../src/cli/main.ts`;

interface Measured {
  readonly markets: number;
  readonly series: number;
  readonly wholeAfterSeconds: number;
  readonly wholeMb: number;
  readonly readMb: number;
  readonly restedMb: number;
  readonly peakMb: number;
}

const rows: string[] = [];
let mostMbOfTwo = Number.NaN;
for (const markets of [["binance"], ["binance", "binance-usdm"]] as const) {
  const one = await measure(markets);
  console.log(JSON.stringify(one));
  if (markets.length === 2) mostMbOfTwo = one.peakMb;
  rows.push(
    `| ${markets.join(", ")} | ${one.series} | ${one.wholeAfterSeconds.toFixed(0)} | ${one.wholeMb.toFixed(0)} | ${one.readMb.toFixed(0)} | ${one.restedMb.toFixed(0)} | ${one.peakMb.toFixed(0)} |`,
  );
}
writeResult(
  "markets",
  `${SYMBOLS} symbols of each market in ${INTERVALS.length} intervals of 500 klines, all series whole, and then each read with limits of
${LIMITS.join(" and ")}, and left alone for ${REST_MS / 1_000} s. Memory is what is resident, shared memory counted.

| markets | series | whole after, s | whole, MB | read, MB | left alone, MB | at most, MB |
| --- | --- | --- | --- | --- | --- | --- |
${rows.join("\n")}

${machine()}.`,
  [{ row: "memory, two markets of 300 symbols", figure: mostMbOfTwo, rival: "" }],
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
    await readAll(url, series);
    const readMb = residentMb(pid);
    await Bun.sleep(REST_MS);
    return {
      ...{ markets: markets.length, series: series.length, wholeAfterSeconds, wholeMb, readMb },
      restedMb: residentMb(pid),
      peakMb: mostMb(pid),
    };
  } finally {
    for (const one of started) one.kill("SIGKILL");
    await Promise.all(started.map(({ exited }) => exited));
  }
}

async function readAll(url: string, series: readonly string[]): Promise<void> {
  const random = seededRandom(7);
  const questions = series.flatMap((one) =>
    LIMITS.map((limit) => ({ path: `/klines/${one}?limit=${limit}`, at: random() })),
  );
  for (const { path } of questions.sort((a, b) => a.at - b.at)) {
    const response = await fetch(url + path);
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    await response.arrayBuffer();
  }
}
