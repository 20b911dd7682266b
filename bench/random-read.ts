// Question: how fast are series drawn at random read over keep-alive HTTP, while the market moves; and what memory does that take?
//           With an API key, its rate, metrics and the request log, as a server on the open internet has them.
// Input:    500 symbols in six intervals of 500 klines, recorded figures (see lib/klines.ts); 250 changes of an open minute a second, each
//           of which moves six series; each of the 3,000 series as likely as another, limit 100.
// Rival:    nginx serving the same bytes as 3,000 files, each on one core, wrk on the other, in turns.
// Budget:   at least 0.7 × nginx.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { someMinutes } from "./lib/klines.ts";
import { drawnFrom, load } from "./lib/load.ts";
import { INTERVALS, KLINES, movingMarket, pathsOf } from "./lib/moving-market.ts";
import { startNginx } from "./lib/nginx.ts";
import { firstLine, pinned } from "./lib/pinned.ts";
import { mostMb, residentMb } from "./lib/process-memory.ts";
import { sized } from "./lib/quick.ts";
import { filesOf, READ_KEY, serveReads } from "./lib/read-server.ts";
import { hasPrograms, machine, machineLoad, median, writeResult } from "./lib/results.ts";

const SYMBOLS: number = sized(500, 50);
const LIMIT = 100;
const MOVES_PER_SECOND = 250;
const CONNECTIONS = 32;
const ROUNDS: number = sized(15, 1);
const SECONDS: number = sized(2, 1);
/** Until the runtime has compiled what is hot, and each series was asked for. */
const WARM_UP_SECONDS: number = sized(8, 1);
const SERVER_CORE = 0;
const LOAD_CORE = 1;
const KEY = { "X-API-Key": READ_KEY };
if (process.argv[2] === "--serve") serveReads(movingMarket(SYMBOLS, MOVES_PER_SECOND));
else await compare();

async function compare(): Promise<void> {
  if (!hasPrograms("random-read", ["wrk", "nginx", "taskset"], "wrk nginx util-linux")) return;
  const vyx = pinned(SERVER_CORE, [process.execPath, ...profiling(), import.meta.path, "--serve"]);
  const scripts = mkdtempSync(join(tmpdir(), "vyx-bench-"));
  try {
    const url = await firstLine(vyx.process.stdout);
    const paths = pathsOf(SYMBOLS, [LIMIT]);
    const files = await filesOf(url, paths);
    const nginx = await startNginx(SERVER_CORE, files);
    try {
      const scriptOf = (name: string, list: readonly string[]): string => {
        writeFileSync(join(scripts, name), drawnFrom(list));
        return join(scripts, name);
      };
      const ours = { url, script: scriptOf("vyx.lua", paths) };
      const theirs = { url: nginx.url, script: scriptOf("nginx.lua", [...files.keys()]) };
      const measured = await rounds(ours, theirs);
      report([...files.values()], nginx.version, measured, memoryInWords(vyx.process.pid));
    } finally {
      await nginx.stop();
    }
  } finally {
    await vyx.stop();
    rmSync(scripts, { recursive: true });
  }
}

/** `--profile FOLDER` writes a profile of the server's processor time there. */
function profiling(): string[] {
  const at = process.argv.indexOf("--profile");
  return at < 0 ? [] : ["--cpu-prof", `--cpu-prof-dir=${process.argv[at + 1]}`];
}

type Round = { readonly vyx: number; readonly nginx: number; readonly p99: number };
type Asked = { readonly url: string; readonly script: string };

async function rounds(vyx: Asked, nginx: Asked): Promise<Round[]> {
  const ofVyx = (seconds: number) => load(LOAD_CORE, vyx.url, CONNECTIONS, seconds, KEY, vyx.script);
  const ofNginx = (seconds: number) => load(LOAD_CORE, nginx.url, CONNECTIONS, seconds, {}, nginx.script);
  await ofVyx(WARM_UP_SECONDS);
  await ofNginx(2);
  const measured: Round[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const ours = await ofVyx(SECONDS);
    const theirs = await ofNginx(SECONDS);
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

function report(bodies: readonly Uint8Array[], rival: string, measured: readonly Round[], memory: string): void {
  const ratios = measured.map((round) => round.vyx / round.nginx).sort((a, b) => a - b);
  const middle = (of: (round: Round) => number): number => median(measured.map(of));
  const bytes = bodies.reduce((sum, body) => sum + body.byteLength, 0) / bodies.length;
  writeResult(
    "random-read",
    `${SYMBOLS} symbols in ${INTERVALS.length} intervals of ${KLINES} klines (${someMinutes(1).origin}), ${MOVES_PER_SECOND} changes of an open minute a second, each
of which moves ${INTERVALS.length} series; ${bodies.length} addresses drawn at random, limit ${LIMIT} (${bytes.toFixed(0)} bytes on average), over ${CONNECTIONS} kept
connections; medians of ${ROUNDS} pairs of rounds of ${SECONDS} s, server on one core and wrk on the other. With a key, its rate, metrics and the
request log.

| | requests/s | ratio | p99, ms |
| --- | --- | --- | --- |
| Vyx | ${Math.round(middle(({ vyx }) => vyx))} | ${median(ratios).toFixed(2)} (${ratios[0]?.toFixed(2)} to ${ratios.at(-1)?.toFixed(2)}) | ${middle(({ p99 }) => p99).toFixed(2)} |
| ${rival}, the same bytes as ${bodies.length} files | ${Math.round(middle(({ nginx }) => nginx))} | 1 | |

The server's memory afterwards: ${memory}. ${machine()}. ${machineLoad()}`,
    [
      {
        row: "series drawn at random, 100 klines",
        figure: median(ratios),
        rival: `${rival}: ${Math.round(middle(({ nginx }) => nginx))}/s`,
      },
    ],
  );
}

function memoryInWords(pid: number): string {
  return `${residentMb(pid).toFixed(0)} MB resident, ${mostMb(pid).toFixed(0)} at most`;
}
