// Question: how fast is one hot series of 500 klines read over keep-alive HTTP, while its open kline moves twice a second?
//           With an API key, its rate, metrics and the request log, as a server on the open internet has them.
// Input:    recorded minutes of one symbol (see lib/klines.ts), as many as the default capacity.
// Rivals:   nginx serving the same bytes as a file, and the same server with a second market, each on one core, wrk on the other, in turns.
// Budget:   at least 1.2 × nginx.
import { BARE_MARKET, type MarketId, parseSymbol, type SymbolInfo, type UnixMs } from "../src/core/mod.ts";
import { MarketStore } from "../src/store/mod.ts";
import { someMinutes } from "./lib/klines.ts";
import { load } from "./lib/load.ts";
import { startNginx } from "./lib/nginx.ts";
import { firstLine, pinned } from "./lib/pinned.ts";
import { sized } from "./lib/quick.ts";
import { READ_KEY, serveReads } from "./lib/read-server.ts";
import { hasPrograms, machine, machineLoad, median, writeResult } from "./lib/results.ts";

const KLINES = 500;
const MOVES_EVERY_MS = 500;
const CONNECTIONS = 32;
/** Many short rounds: what else the machine does for some seconds then falls into few of them, and into both of a pair. */
const ROUNDS: number = sized(20, 1);
const SECONDS = 1;
/** Until the runtime has compiled what is hot. */
const WARM_UP_SECONDS: number = sized(5, 1);
const SERVER_CORE = 0;
const LOAD_CORE = 1;
const KEY = { "X-API-Key": READ_KEY };
const FILE = "/klines.json";
const PATH = `/klines/AVAXUSDT/1m?limit=${KLINES}`;

if (process.argv[2] === "--serve") serveReads(...process.argv.slice(3).map((market) => storeOf(market as MarketId)));
else await compare();

/** A store with one symbol whose open kline moves, and nothing else. */
function storeOf(market: MarketId): MarketStore {
  const symbol = parseSymbol(market === BARE_MARKET ? "AVAXUSDT" : "BYBIT:AVAXUSDT.P");
  const store = new MarketStore({ market, intervals: ["1m", "5m", "15m", "1h", "4h", "1d"], capacity: KLINES });
  const about: SymbolInfo = {
    symbol,
    base: "AVAX",
    quote: "USDT",
    status: "TRADING",
    priceDecimals: 3,
    quantityDecimals: 2,
  };
  store.apply({ type: "symbols", symbols: [about] });
  const { minutes } = someMinutes(KLINES);
  const last = minutes.at(-1);
  const [from, to] = [minutes[0]?.openTime as UnixMs, minutes.at(-2)?.openTime as UnixMs];
  if (last === undefined) throw new Error("no minutes to serve");
  store.apply({ type: "history", symbol, interval: "1m", from, to, klines: minutes.slice(0, -1) });
  let moves = 0;
  const move = (): void => {
    moves += 1;
    const kline = { ...last, volume: last.volume + moves, trades: last.trades + moves, closed: false };
    store.apply({ type: "kline", symbol, interval: "1m", kline, eventTime: (last.openTime + moves) as UnixMs });
  };
  move();
  setInterval(move, MOVES_EVERY_MS);
  return store;
}

async function compare(): Promise<void> {
  if (!hasPrograms("hot-read", ["wrk", "nginx", "taskset"], "wrk nginx util-linux")) return;
  const serverOf = (...markets: readonly MarketId[]) =>
    pinned(SERVER_CORE, [process.execPath, import.meta.path, "--serve", ...markets]);
  const [vyx, both] = [serverOf("binance"), serverOf("binance", "bybit-linear")];
  try {
    const url = `${await firstLine(vyx.process.stdout)}${PATH}`;
    const urlOfBoth = `${await firstLine(both.process.stdout)}${PATH}`;
    const body = await (await fetch(url, { headers: { "accept-encoding": "identity", ...KEY } })).bytes();
    const nginx = await startNginx(SERVER_CORE, new Map([[FILE, body]]));
    try {
      report(body.byteLength, nginx.version, await rounds(url, urlOfBoth, nginx.url + FILE));
    } finally {
      await nginx.stop();
    }
  } finally {
    await Promise.all([vyx.stop(), both.stop()]);
  }
}

type Round = { readonly vyx: number; readonly both: number; readonly nginx: number; readonly p99: number };

async function rounds(vyx: string, both: string, nginx: string): Promise<Round[]> {
  for (const url of [vyx, both]) await load(LOAD_CORE, url, CONNECTIONS, WARM_UP_SECONDS, KEY);
  await load(LOAD_CORE, nginx, CONNECTIONS, 1);
  const measured: Round[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const ours = await load(LOAD_CORE, vyx, CONNECTIONS, SECONDS, KEY);
    const theirs = await load(LOAD_CORE, nginx, CONNECTIONS, SECONDS);
    const ofBoth = await load(LOAD_CORE, both, CONNECTIONS, SECONDS, KEY);
    const errors = ours.errors + theirs.errors + ofBoth.errors;
    if (errors > 0) throw new Error(`${errors} errors under load`);
    const [a, b, c] = [ours, theirs, ofBoth].map(({ requestsPerSecond }) => requestsPerSecond) as [
      number,
      number,
      number,
    ];
    console.log(
      `round ${round} of ${ROUNDS}: vyx ${Math.round(a)}/s, nginx ${Math.round(b)}/s, ratio ${(a / b).toFixed(2)}; two markets ${Math.round(c)}/s`,
    );
    measured.push({ vyx: a, nginx: b, both: c, p99: ours.p99Milliseconds });
  }
  return measured;
}

function report(bytes: number, rival: string, measured: readonly Round[]): void {
  const rowOf = (title: string, of: (round: Round) => number): string => {
    const ratios = measured.map((round) => of(round) / round.nginx).sort((a, b) => a - b);
    const range = `${median(ratios).toFixed(2)} (${ratios[0]?.toFixed(2)} to ${ratios.at(-1)?.toFixed(2)})`;
    return `| ${title} | ${Math.round(median(measured.map(of)))} | ${range} |`;
  };
  const nginx = median(measured.map((round) => round.nginx));
  const { origin } = someMinutes(1);
  writeResult(
    "hot-read",
    `One series of ${KLINES} klines (${bytes} bytes, ${origin}), its open kline moving every ${MOVES_EVERY_MS} ms, read over
${CONNECTIONS} kept connections; medians of ${ROUNDS} pairs of rounds of ${SECONDS} s, server on one core and wrk on the other. With a key, its rate,
metrics and the request log.

| | requests/s | ratio |
| --- | --- | --- |
${rowOf("Vyx", ({ vyx }) => vyx)}
${rowOf("Vyx with a second market", ({ both }) => both)}
| ${rival}, the same bytes as a file | ${Math.round(nginx)} | 1 |

p99 of Vyx at full load: ${median(measured.map((round) => round.p99)).toFixed(2)} ms. ${machine()}. ${machineLoad()}`,
    [
      {
        row: "one hot series of 500 klines, its open kline moving",
        figure: median(measured.map((round) => round.vyx / round.nginx)),
        rival: `${rival}: ${Math.round(nginx)}/s`,
      },
    ],
  );
}
