// Question: how fast is one hot series of 500 klines read over keep-alive HTTP, while its open kline moves twice a second?
//           With an API key, its rate, metrics and the request log, as a server on the open internet has them.
// Input:    recorded minutes of one symbol (see lib/klines.ts), as many as the default capacity.
// Rival:    nginx serving the same bytes as a file, each on one core, wrk on the other, in turns.
// Budget:   at least 0.9 × nginx.
import { parseSymbol, type SymbolInfo, type UnixMs } from "../src/core/mod.ts";
import { MarketStore } from "../src/store/mod.ts";
import { someMinutes } from "./lib/klines.ts";
import { load } from "./lib/load.ts";
import { startNginx } from "./lib/nginx.ts";
import { firstLine, pinned } from "./lib/pinned.ts";
import { READ_KEY, serveReads } from "./lib/read-server.ts";
import { machine, median, missingPrograms, writeResult } from "./lib/results.ts";

const KLINES = 500;
const MOVES_EVERY_MS = 500;
const CONNECTIONS = 32;
/** Many short rounds: what else the machine does for some seconds then falls into few of them, and into both of a pair. */
const ROUNDS = 20;
const SECONDS = 1;
/** Until the runtime has compiled what is hot. */
const WARM_UP_SECONDS = 5;
const SERVER_CORE = 0;
const LOAD_CORE = 1;
const KEY = { "X-API-Key": READ_KEY };
const FILE = "/klines.json";
const PATH = `/klines/AVAXUSDT/1m?limit=${KLINES}`;

if (process.argv[2] === "--serve") serve();
else await compare();

/** The server under test: a store with one symbol whose open kline moves, and nothing else. */
function serve(): void {
  const symbol = parseSymbol("AVAXUSDT");
  const store = new MarketStore({ intervals: ["1m", "5m", "15m", "1h", "4h", "1d"], capacity: KLINES });
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
  serveReads(store);
}

async function compare(): Promise<void> {
  const missing = missingPrograms(["wrk", "nginx", "taskset"]);
  if (missing.length > 0) {
    console.error(
      `hot-read: not measured, as ${missing.join(", ")} is not installed (Debian: apt-get install wrk nginx util-linux)`,
    );
    process.exitCode = 1;
    return;
  }
  const vyx = pinned(SERVER_CORE, [process.execPath, import.meta.path, "--serve"]);
  try {
    const url = `${await firstLine(vyx.process.stdout)}${PATH}`;
    const body = await (await fetch(url, { headers: { "accept-encoding": "identity", ...KEY } })).bytes();
    const nginx = await startNginx(SERVER_CORE, new Map([[FILE, body]]));
    try {
      report(body.byteLength, nginx.version, await rounds(url, nginx.url + FILE));
    } finally {
      await nginx.stop();
    }
  } finally {
    await vyx.stop();
  }
}

type Round = { readonly vyx: number; readonly nginx: number; readonly p99: number };

async function rounds(vyx: string, nginx: string): Promise<Round[]> {
  await load(LOAD_CORE, vyx, CONNECTIONS, WARM_UP_SECONDS, KEY);
  await load(LOAD_CORE, nginx, CONNECTIONS, 1);
  const measured: Round[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const ours = await load(LOAD_CORE, vyx, CONNECTIONS, SECONDS, KEY);
    const theirs = await load(LOAD_CORE, nginx, CONNECTIONS, SECONDS);
    if (ours.errors + theirs.errors > 0)
      throw new Error(`errors under load: vyx ${ours.errors}, nginx ${theirs.errors}`);
    const [a, b] = [ours.requestsPerSecond, theirs.requestsPerSecond];
    console.log(
      `round ${round} of ${ROUNDS}: vyx ${Math.round(a)}/s, nginx ${Math.round(b)}/s, ratio ${(a / b).toFixed(2)}`,
    );
    measured.push({ vyx: a, nginx: b, p99: ours.p99Milliseconds });
  }
  return measured;
}

function report(bytes: number, rival: string, measured: readonly Round[]): void {
  const ratios = measured.map((round) => round.vyx / round.nginx).sort((a, b) => a - b);
  const vyx = median(measured.map((round) => round.vyx));
  const nginx = median(measured.map((round) => round.nginx));
  const { origin } = someMinutes(1);
  writeResult(
    "hot-read",
    `One series of ${KLINES} klines (${bytes} bytes, ${origin}), its open kline moving every ${MOVES_EVERY_MS} ms, read over
${CONNECTIONS} kept connections; medians of ${ROUNDS} pairs of rounds of ${SECONDS} s, server on one core and wrk on the other. With a key, its rate,
metrics and the request log.

| | requests/s | ratio |
| --- | --- | --- |
| Vyx | ${Math.round(vyx)} | ${median(ratios).toFixed(2)} (${ratios[0]?.toFixed(2)} to ${ratios.at(-1)?.toFixed(2)}) |
| ${rival}, the same bytes as a file | ${Math.round(nginx)} | 1 |

Budget: 0.9. p99 of Vyx at full load: ${median(measured.map((round) => round.p99)).toFixed(2)} ms. ${machine()}.`,
  );
}
