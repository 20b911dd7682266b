// npm run cluster -- [--minutes N] …: a cluster over NATS whose nodes, servers and streams are killed, compared with the exchange.
import { commandLine } from "../helpers/command-line.ts";
import { hasNats } from "../helpers/nats.ts";
import { type Failover, KILL_KINDS, type KillKind, runCluster } from "./run/run.ts";

const USAGE = `npm run cluster -- [options]: lets ingest and serve nodes follow a stand-in exchange with faults over NATS, kills nodes, NATS servers and the
stream in turn, freezes processes, cuts and slows links, and compares all closed klines and all subscribers' sequences with the exchange's.
  --minutes N      market minutes (default: 120)
  --speed X        market seconds per second; with 1 the market's time is the machine's (default: 30)
  --symbols N      symbols of the market (default: 10)
  --ingest N       ingest nodes (default: 2)
  --serve N        serve nodes (default: 3)
  --nats N         NATS servers, 1 or 3 as a cluster (default: 3)
  --subscribers N  readers by the SDK, each on a connection of its own (default: 1000)
  --every S        seconds from one repair to the next kill (default: 5)
  --twice          publish every final kline again, with its message id and without, at once or up to 20 s later
  --apart          nodes' clocks are wrong: by 3 s, by drift, and by steps
  --kinds LIST     what is killed in turn, of ${KILL_KINDS.join(",")} (default: all)
  --seed N         decides faults and kills (default: 1)`;

const values = commandLine("cluster", USAGE, {
  minutes: { type: "string", default: "120" },
  speed: { type: "string", default: "30" },
  symbols: { type: "string", default: "10" },
  ingest: { type: "string", default: "2" },
  serve: { type: "string", default: "3" },
  nats: { type: "string", default: "3" },
  subscribers: { type: "string", default: "1000" },
  every: { type: "string", default: "5" },
  kinds: { type: "string", default: KILL_KINDS.join(",") },
  seed: { type: "string", default: "1" },
  twice: { type: "boolean", default: false },
  apart: { type: "boolean", default: false },
});
const { kinds: named, twice: isTwice, apart: isApart, ...texts } = values;
const numbers = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Number(text)])) as Record<
  keyof typeof texts,
  number
>;
const kinds = named.split(",") as KillKind[];
if (!Object.values(numbers).every((one) => one >= 1) || !kinds.every((kind) => KILL_KINDS.includes(kind))) {
  console.error(`cluster: expected numbers of at least 1, and kinds of ${KILL_KINDS.join(",")}\n${USAGE}`);
  process.exit(2);
}
if (!hasNats) {
  console.error("cluster: nats-server is not installed (Debian: apt-get install nats-server)");
  process.exit(1);
}
const { minutes, every, nats, ...rest } = numbers;
const result = await runCluster(
  {
    ...{ ...rest, marketMinutes: minutes, killEveryMs: every * 1_000, natsServers: nats === 3 ? 3 : 1, kinds },
    ...{ isTwice, isApart },
  },
  (line) => console.log(`${(performance.now() / 1_000).toFixed(0)} s: ${line}`),
);
const { kills, candles, lost, invented, differing, doubled, again, faults, received, reconnects, late, failover } =
  result;
const bad = lost + invented + differing + doubled + faults.length;
const rows = [
  [
    "kills",
    Object.entries(kills)
      .map(([kind, count]) => `${count} ${kind}`)
      .join(", "),
  ],
  ["closed klines compared, all nodes and intervals", String(candles)],
  ["lost / invented / differing", `${lost} / ${invented} / ${differing}`],
  ["doubled in the stream", String(doubled)],
  ["published again on purpose, with the id / without", `${again.same} / ${again.without}`],
  ["subscribers' candles / reconnects", `${received} / ${reconnects}`],
  ["holes or doubles of subscribers", String(faults.length)],
  ["a close's way to a subscriber, ms: p50 / p90 / p99 / most", quantiles(late)],
  ...["any kill", ...Object.keys(kills)].flatMap((kind) => failoverRows(kind, failover)),
];
for (const [name = "", figure] of rows) console.log(`${name.padEnd(58)}  ${figure}`);
for (const fault of faults.slice(0, 20)) console.error(`cluster: ${fault}`);
console.log(bad === 0 ? "cluster: nothing was lost, doubled or invented" : `cluster: ${bad} faults`);
process.exit(bad === 0 ? 0 : 1);

function quantiles(figures: readonly number[]): string {
  const sorted = figures.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(0);
  return [0.5, 0.9, 0.99, 1].map(at).join(" / ");
}

/** Closes around kills of a kind, and the latest one of each of these kills. */
function failoverRows(kind: string, failover: readonly Failover[]): string[][] {
  const some = failover.filter((one) => one.late.length > 0 && (kind === "any kill" || one.kind === kind));
  if (some.length === 0) return [];
  return [
    [`around ${kind}, ms: p50 / p90 / p99 / most`, quantiles(some.flatMap((one) => one.late))],
    ["  the latest of each", quantiles(some.map((one) => one.late.reduce((most, ms) => Math.max(most, ms), 0)))],
  ];
}
