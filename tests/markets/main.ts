import { Command } from "commander";
import { MARKET_IDS, type MarketId, type OpenTimeRange } from "../../src/core/mod.ts";
import type { SymbolsAnswer } from "../../src/wire/mod.ts";
import { listening, startVyxProcess, type VyxProcess } from "../helpers/vyx-process.ts";

const MINUTE = 60_000;
const START = Date.UTC(2026, 1, 10, 12);
const INTERVALS = ["1m", "5m", "15m", "1h"];
const LOOK_EVERY_MS = 250;
const [WELL, BANNED, SILENT, KILLED] = ["binance", "binance-usdm", "bybit", "bybit-linear"] as const;

/** One server and four stand-ins, each in a process of its own; three of the markets are disturbed, one after another. */
const { minutes, speed, symbols, faults } = new Command("markets")
  .description(
    "Serve four markets over real sockets. One is banned and cut, one falls silent and one is killed and started again, each for some\n" +
      "market minutes; the first one is left alone. Tells how late closes came in each market meanwhile, and what has holes in the end.",
  )
  .option("--minutes <N>", "market minutes", Number, 60)
  .option("--speed <X>", "market seconds a second", Number, 10)
  .option("--symbols <N>", "symbols of each market", Number, 10)
  .option("--faults <SPEC>", "what goes wrong besides, in the three", "")
  .parse()
  .opts<{ minutes: number; speed: number; symbols: number; faults: string }>();

/** In market minutes from the start: when what happens to which market, and until when it is over. */
const bannedAt = Math.round(minutes * 0.2);
const silentAt = Math.round(minutes * 0.4);
const killedAt = Math.round(minutes * 0.6);
const spans = [
  { what: "nothing", who: undefined, from: 1, to: bannedAt },
  { what: "banned and cut", who: BANNED, from: bannedAt, to: bannedAt + 6 },
  { what: "silent", who: SILENT, from: silentAt, to: silentAt + 6 },
  { what: "killed for 3 minutes", who: KILLED, from: killedAt, to: killedAt + 6 },
  { what: "nothing", who: undefined, from: killedAt + 6, to: minutes },
] as const;
const PLANS: Partial<Record<MarketId, string>> = {
  [BANNED]: `http-418@${bannedAt}m,disconnect@${bannedAt + 1}m`,
  [SILENT]: `dead-air@${silentAt}m`,
};

const processes = new Map<MarketId | "server", VyxProcess>();
const urls = new Map<MarketId, string>();
const began = performance.now();
const marketMinute = (): number => ((performance.now() - began) / MINUTE) * speed;

try {
  await run();
} finally {
  for (const process of processes.values()) process.kill("SIGKILL");
  await Promise.all([...processes.values()].map(({ exited }) => exited));
}

async function run(): Promise<void> {
  await Promise.all(MARKET_IDS.map((market) => stand(market, 0)));
  const of = (scheme: string): string =>
    MARKET_IDS.map((market) => `${market}=${urls.get(market)?.replace("http", scheme)}`).join(";");
  const server = startVyxProcess([
    ...["serve", "--port", "0", "--data-dir", "none", "--log-level", "error", "--markets", MARKET_IDS.join()],
    ...["--symbols", MARKET_IDS.map((market) => `${market}=*`).join(";"), "--intervals", INTERVALS.join()],
    ...["--stale-after", "3", "--audit-every", "1", "--exchange-speed", String(speed)],
    ...["--exchange-rest", of("http"), "--exchange-ws", of("ws")],
  ]);
  processes.set("server", server);
  const url = await listening(server);
  const looks: Look[] = [];
  let isRestarting = false;
  let isKilled = false;
  for (let now = marketMinute(); now < minutes; now = marketMinute()) {
    if (!isKilled && now >= killedAt) {
      isKilled = true;
      processes.get(KILLED)?.kill("SIGKILL");
    }
    if (isKilled && !isRestarting && now >= killedAt + 3) {
      isRestarting = true;
      await processes.get(KILLED)?.exited;
      void stand(KILLED, now * MINUTE, new URL(urls.get(KILLED) ?? "").port);
    }
    looks.push(await look(url));
    await Bun.sleep(LOOK_EVERY_MS);
  }
  for (const span of spans) tellSpan(span, looks);
  await tellHoles(url);
}

/** Starts a market's stand-in so that it is so late there, in milliseconds from the start. */
async function stand(market: MarketId, at: number, port = "0"): Promise<void> {
  const plan = [PLANS[market], market === WELL ? "" : faults]
    .filter((part) => part !== undefined && part !== "")
    .join();
  const process = startVyxProcess([
    ...["exchange", "--as", market, "--port", port, "--symbols", String(symbols), "--speed", String(speed)],
    ...["--seed", String(1 + MARKET_IDS.indexOf(market)), "--start", new Date(START + at).toISOString()],
    ...(plan === "" || at > 0 ? [] : ["--faults", plan]),
  ]);
  processes.set(market, process);
  urls.set(market, await listening(process));
}

/** How each market is at a market time, in minutes. */
interface Look {
  readonly at: number;
  readonly isReady: boolean;
  readonly markets: Readonly<Record<MarketId, { ready: boolean; closes: number; inTime: number; p99: number }>>;
}

async function look(url: string): Promise<Look> {
  const isGood = async (path: string): Promise<boolean> => (await fetch(`${url}${path}`)).ok;
  const ready = await Promise.all(MARKET_IDS.map((market) => isGood(`/ready?market=${market}`)));
  const isReady = await isGood("/ready");
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const figure = (name: string, labels: string): number => {
    const line = metrics.split("\n").find((one) => one.startsWith(`${name}{`) && one.includes(labels));
    return Number(line?.split(" ").at(-1) ?? 0);
  };
  const markets = MARKET_IDS.map((market, at) => {
    const inTime = metrics
      .split("\n")
      .find(
        (one) =>
          one.startsWith("vyx_close_lag_seconds_bucket{") &&
          one.includes(`market="${market}"`) &&
          one.includes('le="2"'),
      );
    return [
      market,
      {
        ready: ready[at] === true,
        closes: figure("vyx_close_lag_seconds_count", `market="${market}"`),
        inTime: Number(inTime?.split(" ").at(-1) ?? 0),
        p99: figure("vyx_close_lag_p99_seconds", `market="${market}"`),
      },
    ];
  });
  return { at: marketMinute(), isReady, markets: Object.fromEntries(markets) };
}

function tellSpan({ what, who, from, to }: (typeof spans)[number], looks: readonly Look[]): void {
  const within = looks.filter(({ at }) => at >= from && at < to);
  const [first, last] = [within[0], within.at(-1)];
  if (first === undefined || last === undefined) return;
  console.log(
    `minutes ${from} to ${to}: ${who === undefined ? "" : `${who} `}${what}; /ready ${shareOf(within, ({ isReady }) => isReady)}`,
  );
  for (const market of MARKET_IDS) {
    const [before, after] = [first.markets[market], last.markets[market]];
    const closes = after.closes - before.closes;
    console.log(
      `  ${market}: ready ${shareOf(within, ({ markets }) => markets[market].ready)}, ${closes} closes, ` +
        `${closes - (after.inTime - before.inTime)} later than 2 s; p99 ${before.p99} s before, ${after.p99} s after`,
    );
  }
}

function shareOf(looks: readonly Look[], holds: (look: Look) => boolean): string {
  return `${looks.filter(holds).length} of ${looks.length}`;
}

/** The market goes on meanwhile; what isn't whole yet gets another five market minutes. */
async function tellHoles(url: string): Promise<void> {
  const read = async <T>(path: string): Promise<T> => (await (await fetch(`${url}${path}`)).json()) as T;
  const holes = async (market: MarketId): Promise<readonly [number, readonly string[]]> => {
    const { symbols } = await read<SymbolsAnswer>(`/symbols?market=${market}`);
    const series = symbols.flatMap(({ symbol }) => INTERVALS.map((interval) => `${symbol}/${interval}`));
    const answers = await Promise.all(
      series.map(async (one) =>
        (await read<{ holes: OpenTimeRange[] }>(`/coverage/${one}`)).holes.length > 0 ? [one] : [],
      ),
    );
    return [series.length, answers.flat()];
  };
  const until = marketMinute() + 5;
  let isWhole = false;
  while (!isWhole && marketMinute() < until) {
    isWhole = (await Promise.all(MARKET_IDS.map(holes))).every(([, found]) => found.length === 0);
    if (!isWhole) await Bun.sleep(LOOK_EVERY_MS);
  }
  for (const market of MARKET_IDS) {
    const [series, found] = await holes(market);
    console.log(
      `${market}: ${series} series, ${found.length} with holes${found.length > 0 ? `: ${found.join()}` : ""}`,
    );
  }
  process.exitCode = isWhole ? 0 : 1;
}
