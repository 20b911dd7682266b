// Question: how soon does one reader have the whole market, and how long does the event loop keep others waiting meanwhile? As JSON,
//           plain and compressed, and as Arrow; asked of a server that has answered nothing yet, and again.
// Input:    500 symbols in six intervals of 500 klines, recorded figures (see lib/klines.ts); 250 changes of an open minute a second, each
//           of which moves six series; `symbols=*&intervals=1m`, 100 klines of each symbol (12 MB of JSON), and 500 (as Arrow 23 MB).
// Rival:    nginx serving the same bytes as a file, each on one core, curl on the other, in turns.
// Budget:   the second answer within 15 ms as JSON, also compressed; within 60 ms and sooner than JSON as Arrow; the loop never held
//           for more than 10 ms.
import { loopTimes, serveLoopTimes } from "./lib/loop-times.ts";
import { INTERVALS, KLINES, movingMarket } from "./lib/moving-market.ts";
import { type Nginx, startNginx } from "./lib/nginx.ts";
import { oneAnswer } from "./lib/one-answer.ts";
import { firstLine, pinned } from "./lib/pinned.ts";
import { sized } from "./lib/quick.ts";
import { READ_KEY, startReads } from "./lib/read-server.ts";
import { hasPrograms, machine, machineLoad, median, writeResult } from "./lib/results.ts";

const SYMBOLS: number = sized(500, 50);
const MOVES_PER_SECOND = 250;
const ROUNDS: number = sized(5, 1);
/** A server is left alone for so long first, to see how long its loop is held by nothing. */
const SETTLE_MS: number = sized(2_000, 200);
const SERVER_CORE = 0;
const LOAD_CORE = 1;

/** A way to ask for the market. Each is asked of a server of its own, so that none finds what another left encoded. */
interface Way {
  readonly name: string;
  readonly limit: number;
  readonly headers: Readonly<Record<string, string>>;
}
const WAYS = [
  { name: "JSON", limit: 100, headers: { "accept-encoding": "identity" } },
  { name: "JSON, gzip", limit: 100, headers: { "accept-encoding": "gzip" } },
  { name: "JSON, brotli", limit: 100, headers: { "accept-encoding": "br" } },
  { name: "JSON of 500", limit: 500, headers: { "accept-encoding": "identity" } },
  { name: "Arrow of 500", limit: 500, headers: { accept: "application/vnd.apache.arrow.stream" } },
] as const satisfies readonly Way[];
type Name = (typeof WAYS)[number]["name"];

/** One round of one way: milliseconds. `…Held`: how long the loop was held at most meanwhile; `idle`: by nothing. */
interface Round {
  readonly first: number;
  readonly second: number;
  readonly nginx: number;
  readonly idle: number;
  readonly firstHeld: number;
  readonly secondHeld: number;
  readonly bytes: number;
}

/** In the order of the table. */
const TIMES = ["first", "firstHeld", "second", "secondHeld", "nginx"] as const;

if (process.argv[2] === "--serve") {
  const { url } = startReads([movingMarket(SYMBOLS, MOVES_PER_SECOND)]);
  console.log(`${url} ${serveLoopTimes()}`);
} else await compare();

async function compare(): Promise<void> {
  if (!hasPrograms("batch", ["curl", "nginx", "taskset"], "curl nginx util-linux")) return;
  const nginx = await startNginx(SERVER_CORE, await bodies());
  try {
    const rounds = new Map<Name, Round[]>(WAYS.map(({ name }) => [name, []]));
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const way of WAYS) {
        const one = await measure(way, nginx);
        rounds.get(way.name)?.push(one);
        const shown = Object.entries(one).map(([name, figure]) => `${name} ${figure.toFixed(1)}`);
        console.log(`round ${round} of ${ROUNDS}, ${way.name}: ${shown.join(", ")}`);
      }
    }
    report(rounds, nginx.version);
  } finally {
    await nginx.stop();
  }
}

/** What each way answers, by the path of the file that nginx gets. */
async function bodies(): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  await served(async (url) => {
    for (const way of WAYS) {
      const response = await fetch(url + pathOf(way), { headers: headersOf(way), decompress: false });
      if (!response.ok) throw new Error(`${way.name}: ${response.status} ${await response.text()}`);
      files.set(fileOf(way), await response.bytes());
    }
  });
  return files;
}

async function measure(way: Way, nginx: Nginx): Promise<Round> {
  return await served(async (url, loop) => {
    await loopTimes(loop);
    await Bun.sleep(SETTLE_MS);
    const { worst: idle } = await loopTimes(loop);
    const first = await oneAnswer(LOAD_CORE, url + pathOf(way), headersOf(way));
    const { worst: firstHeld } = await loopTimes(loop);
    const second = await oneAnswer(LOAD_CORE, url + pathOf(way), headersOf(way));
    const { worst: secondHeld } = await loopTimes(loop);
    const file = nginx.url + fileOf(way);
    await oneAnswer(LOAD_CORE, file, {});
    const theirs = await oneAnswer(LOAD_CORE, file, {});
    return { first: first.ms, second: second.ms, nginx: theirs.ms, idle, firstHeld, secondHeld, bytes: second.bytes };
  });
}

/** Does something with a server that was just started. */
async function served<Result>(work: (url: string, loop: string) => Promise<Result>): Promise<Result> {
  const vyx = pinned(SERVER_CORE, [process.execPath, import.meta.path, "--serve"]);
  try {
    const [url = "", loop = ""] = (await firstLine(vyx.process.stdout)).split(" ");
    return await work(url, loop);
  } finally {
    await vyx.stop();
  }
}

function pathOf({ limit }: Way): string {
  return `/klines?symbols=*&intervals=1m&limit=${limit}`;
}

function headersOf({ headers }: Way): Record<string, string> {
  return { "X-API-Key": READ_KEY, ...headers };
}

function fileOf({ name }: Way): string {
  return `/${name.replaceAll(/\W+/g, "-")}`;
}

function report(rounds: ReadonlyMap<Name, readonly Round[]>, rival: string): void {
  const middle = (way: Name, of: keyof Round): number => median((rounds.get(way) ?? []).map((round) => round[of]));
  const rows = WAYS.map(({ name, limit }) => {
    const bytes = (middle(name, "bytes") / 1e6).toFixed(1);
    const ratio = (middle(name, "second") / middle(name, "nginx")).toFixed(1);
    const [first, firstHeld, second, secondHeld, nginx] = TIMES.map((of) => middle(name, of).toFixed(1));
    return `| ${name} | ${limit} | ${bytes} | ${first} | ${firstHeld} | ${second} | ${secondHeld} | ${nginx} | ${ratio} |`;
  });
  const all = [...rounds.values()].flat();
  const nginxOf = (way: Name): string => `${rival}: ${middle(way, "nginx").toFixed(1)} ms`;
  const slower = middle("JSON, gzip", "second") > middle("JSON, brotli", "second") ? "JSON, gzip" : "JSON, brotli";
  writeResult(
    "batch",
    `\`symbols=*&intervals=1m\` of ${SYMBOLS} symbols in ${INTERVALS.length} intervals of ${KLINES} klines, ${MOVES_PER_SECOND} changes of an open minute a second, each of
which moves ${INTERVALS.length} series; medians of ${ROUNDS} rounds, each way asked of a server of its own, whose compression shares the one core with it.
Milliseconds from the start of the connection to the last byte; how long the loop was held as its own process saw it, each millisecond.

| | klines a symbol | MB | first, ms | loop held | second, ms | loop held | ${rival}, ms | ratio of second |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join("\n")}

While nobody asks, the loop is held for ${median(all.map(({ idle }) => idle)).toFixed(1)} ms at most. ${machine()}. ${machineLoad()}`,
    [
      { row: "whole market as JSON, second answer", figure: middle("JSON", "second"), rival: nginxOf("JSON") },
      {
        row: "whole market as gzip or brotli, the slower second answer",
        figure: middle(slower, "second"),
        rival: nginxOf(slower),
      },
      {
        row: "event loop held by a whole-market answer",
        figure: Math.max(...WAYS.flatMap(({ name }) => [middle(name, "firstHeld"), middle(name, "secondHeld")])),
        rival: `by nothing: ${median(all.map(({ idle }) => idle)).toFixed(1)} ms`,
      },
      {
        row: "whole market as Arrow, 500 klines, second answer",
        figure: middle("Arrow of 500", "second"),
        rival: nginxOf("Arrow of 500"),
      },
      {
        row: "whole market as Arrow against the same klines as JSON",
        figure: middle("Arrow of 500", "second") / middle("JSON of 500", "second"),
        rival: `JSON: ${middle("JSON of 500", "second").toFixed(1)} ms`,
      },
    ],
  );
}
