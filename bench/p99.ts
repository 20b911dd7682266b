// Question: how long does one of a hundred readers of 100 klines wait at most, while the server is half busy and the market moves?
// Input:    500 symbols in six intervals of 500 klines, recorded figures (see lib/klines.ts); 250 changes of an open minute a second, each
//           of which moves six series; series drawn at random, asked for at an even pace over 32 kept connections, at half of the
//           rate that the server reaches at most. A request counts from when it was due, whether or not a connection was free.
// Rival:    nginx serving the same bytes as 3,000 files, asked at the same rate; each on one core, the load on the other, in turns.
// Budget:   p99 of 2 ms.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { someMinutes } from "./lib/klines.ts";
import { drawnFrom, load } from "./lib/load.ts";
import { INTERVALS, KLINES, movingMarket, pathsOf } from "./lib/moving-market.ts";
import { startNginx } from "./lib/nginx.ts";
import { type PacedLoad, pacedLoad } from "./lib/paced-load.ts";
import { firstLine, pinned } from "./lib/pinned.ts";
import { sized } from "./lib/quick.ts";
import { filesOf, READ_KEY, serveReads } from "./lib/read-server.ts";
import { hasPrograms, machine, machineLoad, median, writeResult } from "./lib/results.ts";

const SYMBOLS: number = sized(500, 50);
const LIMIT = 100;
const MOVES_PER_SECOND = 250;
const CONNECTIONS = 32;
const ROUNDS: number = sized(7, 1);
const SECONDS: number = sized(5, 1);
/** How long the highest rate is looked for; the runtime compiles what is hot meanwhile. */
const HIGHEST_SECONDS: number = sized(8, 1);
const SERVER_CORE = 0;
const LOAD_CORE = 1;
const KEY = { "X-API-Key": READ_KEY };

interface Round {
  readonly vyx: PacedLoad;
  readonly nginx: PacedLoad;
}

if (process.argv[2] === "--serve") serveReads(movingMarket(SYMBOLS, MOVES_PER_SECOND));
else await compare();

async function compare(): Promise<void> {
  if (!hasPrograms("p99", ["wrk", "nginx", "taskset"], "wrk nginx util-linux")) return;
  const vyx = pinned(SERVER_CORE, [process.execPath, import.meta.path, "--serve"]);
  const scripts = mkdtempSync(join(tmpdir(), "vyx-bench-"));
  try {
    const url = await firstLine(vyx.process.stdout);
    const paths = pathsOf(SYMBOLS, [LIMIT]);
    const files = await filesOf(url, paths);
    const nginx = await startNginx(SERVER_CORE, files);
    try {
      const script = join(scripts, "paths.lua");
      writeFileSync(script, drawnFrom(paths));
      const highest = await load(LOAD_CORE, url, CONNECTIONS, HIGHEST_SECONDS, KEY, script);
      const perSecond = Math.round(highest.requestsPerSecond / 2);
      const pace = { connections: CONNECTIONS, perSecond, seconds: SECONDS };
      const rounds: Round[] = [];
      for (let round = 1; round <= ROUNDS; round += 1) {
        const ours = await pacedLoad(LOAD_CORE, { ...pace, url, paths, headers: KEY });
        const theirs = await pacedLoad(LOAD_CORE, { ...pace, url: nginx.url, paths: [...files.keys()], headers: {} });
        console.log(
          `round ${round} of ${ROUNDS}: p99 of vyx ${ours.p99.toFixed(2)} ms, nginx ${theirs.p99.toFixed(2)} ms`,
        );
        rounds.push({ vyx: ours, nginx: theirs });
      }
      report(rounds, highest.requestsPerSecond, nginx.version);
    } finally {
      await nginx.stop();
    }
  } finally {
    await vyx.stop();
    rmSync(scripts, { recursive: true });
  }
}

function report(rounds: readonly Round[], highest: number, rival: string): void {
  const middle = (of: keyof Round, figure: keyof PacedLoad): number => median(rounds.map((round) => round[of][figure]));
  const row = (name: string, of: keyof Round): string =>
    `| ${name} | ${(["p50", "p99", "worst"] as const).map((figure) => middle(of, figure).toFixed(2)).join(" | ")} |`;
  writeResult(
    "p99",
    `${SYMBOLS} symbols in ${INTERVALS.length} intervals of ${KLINES} klines (${someMinutes(1).origin}), ${MOVES_PER_SECOND} changes of an open minute a second, each
of which moves ${INTERVALS.length} series; series drawn at random, limit ${LIMIT}. ${Math.round(highest / 2)} requests a second over ${CONNECTIONS} kept connections, half of the
${Math.round(highest)} that the server answers at most; medians of ${ROUNDS} pairs of rounds of ${SECONDS} s. Milliseconds from when a request was due.
With a key, its rate, metrics and the request log.

| | p50 | p99 | worst |
| --- | --- | --- | --- |
${row("Vyx", "vyx")}
${row(`${rival}, the same bytes as files, at the same rate`, "nginx")}

The load's own timing is in both. ${machine()}. ${machineLoad()}`,
    [
      {
        row: "p99 of 100 klines at half of the highest rate",
        figure: middle("vyx", "p99"),
        rival: `${rival}: ${middle("nginx", "p99").toFixed(2)} ms`,
      },
    ],
  );
}
