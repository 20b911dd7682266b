// Question: what does each part of a request's way cost: the match, the headers, the rate, the key, metrics, the log?
// Input:    100 klines of one symbol, recorded figures (see lib/klines.ts), that stand still, so that the answer is there whole and the
//           way to it is nearly all of the work; the same request with the same key for all.
// Rivals:   the route by itself, match and answer; and a bare handler that gives the same bytes. Each stage is a server of its own on one
//           core, wrk on the other, in rounds that begin with another stage each time.
// Budget:   all parts that a server on the open internet has together add at most 15 % to what the route by itself takes.
import { DOORS, type Door, serveBehind } from "./lib/door-server.ts";
import { load } from "./lib/load.ts";
import { movingMarket, pathsOf } from "./lib/moving-market.ts";
import { firstLine, pinned } from "./lib/pinned.ts";
import { sized } from "./lib/quick.ts";
import { READ_KEY } from "./lib/read-server.ts";
import { hasPrograms, machine, machineLoad, median, writeResult } from "./lib/results.ts";

const CONNECTIONS = 32;
const ROUNDS: number = sized(15, 1);
const SECONDS = 1;
const WARM_UP_SECONDS: number = sized(4, 0);
const SERVER_CORE = 0;
const LOAD_CORE = 1;
const KEY = { "X-API-Key": READ_KEY };
const PATH = pathsOf(1, [100])[0] as string;
/** Here the route is whole. */
const ROUTE: Door = "match";
/** The last that every server on the open internet has; those behind it are for whoever wants them. */
const LAST: Door = "log";

/** Requests a second of each stage in one round. */
type Round = Readonly<Record<Door, number>>;

if (process.argv[2] === "--serve") {
  console.log(await serveBehind(process.argv[3] as Door, movingMarket(1, 0), PATH));
} else await compare();

async function compare(): Promise<void> {
  if (!hasPrograms("doors", ["wrk", "taskset"], "wrk util-linux")) return;
  const servers = DOORS.map((door) => pinned(SERVER_CORE, [process.execPath, import.meta.path, "--serve", door]));
  try {
    const urls = await Promise.all(servers.map(({ process }) => firstLine(process.stdout)));
    const rate = async (stage: number, seconds: number): Promise<number> => {
      const { requestsPerSecond, errors } = await load(LOAD_CORE, urls[stage] + PATH, CONNECTIONS, seconds, KEY);
      if (errors > 0) throw new Error(`${DOORS[stage]}: ${errors} errors under load`);
      return requestsPerSecond;
    };
    if (WARM_UP_SECONDS > 0) for (const stage of DOORS.keys()) await rate(stage, WARM_UP_SECONDS);
    const rounds: Round[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const rates: Record<string, number> = {};
      for (const turn of DOORS.keys()) {
        const stage = (turn + round) % DOORS.length;
        rates[DOORS[stage] as Door] = await rate(stage, SECONDS);
      }
      rounds.push(rates as Round);
      console.log(`round ${round + 1} of ${ROUNDS}: ${DOORS.map((door) => Math.round(rates[door] ?? 0)).join(", ")}`);
    }
    report(rounds);
  } finally {
    await Promise.all(servers.map(({ stop }) => stop()));
  }
}

/** What a request takes longer behind a stage than behind another, as a share of what it takes by the route alone. */
function addedShare(rounds: readonly Round[], door: Door, before: Door): number {
  return median(rounds.map((round) => round[ROUTE] / round[door] - round[ROUTE] / round[before]));
}

function report(rounds: readonly Round[]): void {
  const rows = DOORS.map((door, index) => {
    const rates = rounds.map((round) => round[door]);
    const before = DOORS[index - 1];
    const added = before === undefined ? "" : percent(addedShare(rounds, door, before));
    const ofBare = median(rounds.map((round) => round[door] / round["bare handler"]));
    return `| ${index === 0 ? "" : "+ "}${door} | ${Math.round(median(rates))} | ${ofBare.toFixed(2)} | ${added} |`;
  });
  const together = addedShare(rounds, LAST, ROUTE);
  writeResult(
    "doors",
    `100 klines of one symbol that stands still, over ${CONNECTIONS} kept connections; each stage has all that stands above it; medians of ${ROUNDS} rounds of
${SECONDS} s, each beginning with another stage. What a stage adds is its share of the time that a request takes by the route alone: match and answer.

| | requests/s | of the bare handler | adds |
| --- | --- | --- | --- |
${rows.join("\n")}

Up to the ${LAST}, all that a server on the open internet has, the way adds ${percent(together)}. ${machine()}. ${machineLoad()}`,
    [
      {
        row: "cost of access control, limits, log and metrics",
        figure: 100 * together,
        rival: `route alone: ${Math.round(median(rounds.map((round) => round[ROUTE])))}/s, bare handler: ${Math.round(median(rounds.map((round) => round["bare handler"])))}/s`,
      },
    ],
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
