// npm run scaling -- [options]: nodes, bandwidth and cost for so many clients and requests, computed from what was measured.
import { read } from "../../tests/repository/project.ts";

/** What is planned, and at which prices. */
export interface ScalingPlan {
  readonly clients: number;
  /** Requests a second, each for 500 klines. */
  readonly requests: number;
  readonly symbols: number;
  /** The part of a node's measured rate that it is to have in use. */
  readonly use: number;
  /** US dollars for a vCPU and an hour, its memory included, and for a GB that is sent. */
  readonly vcpuHour: number;
  readonly gb: number;
}

/** The plan of docs/scaling.md. Its prices are assumptions, near what large clouds list. */
export const PLAN: ScalingPlan = {
  ...{ clients: 1_000_000, requests: 10_000, symbols: 500, use: 0.5 },
  ...{ vcpuHour: 0.05, gb: 0.05 },
};

/** One core for the market and its clients, one for compression, screens and traders. */
const VCPUS_A_NODE = 2;
const HOURS_A_MONTH = 730;
/** What a node's network carries without a surcharge, in GB a second: 10 Gbit/s. */
const NODE_GB_A_SECOND = 1.25;

/** What the benchmarks measured. */
interface Measured {
  /** Answers of a core a second: one series that many read, and series drawn at random. */
  readonly hot: number;
  readonly random: number;
  readonly answerBytes: number;
  readonly gzip: number;
  /** Messages of a core a second to its sockets, while it answered requests. */
  readonly messages: number;
  /** A kline's message, in bytes. */
  readonly json: number;
  readonly packed: number;
  /** Changes of an open minute a second, for each symbol. */
  readonly changes: number;
}

/** What clients of a kind are sent. */
interface Kind {
  readonly name: string;
  /** Messages a second to one client, and their bytes. */
  readonly messages: number;
  readonly bytes: number;
}

/** The figures, as the pages have them. Throws where one isn't there any more. */
export function measured(results: string, capacity: string): Measured {
  const figure = (text: string, pattern: RegExp): number => {
    const found = pattern.exec(text)?.[1];
    if (found === undefined) throw new Error(`no figure fits ${pattern}`);
    return Number(found.replaceAll(",", ""));
  };
  const section = (name: string): string => results.split(/^## /m).find((text) => text.startsWith(`${name}\n`)) ?? "";
  const plain = figure(section("batch"), /^\| JSON \| 100 \| ([\d.]+)/m);
  const json = figure(section("packed"), /^\| bytes a kline \| ([\d.]+)/m);
  return {
    hot: figure(section("hot-read"), /^\| Vyx \| (\d+)/m),
    random: figure(section("memory"), /^\| 500 \|.*\| (\d+) \|$/m),
    answerBytes: figure(section("hot-read"), /\((\d+) bytes/),
    gzip: figure(section("batch"), /^\| JSON, gzip \| 100 \| ([\d.]+)/m) / plain,
    messages: figure(section("loop"), /(\d+) messages a second to the sockets/),
    json,
    packed: figure(section("packed"), /^\| bytes a kline \| [\d.]+ \| ([\d.]+)/m),
    changes: (figure(capacity, /client of `kline:\*:1m` \| ([\d.]+) kB a second a symbol/) * 1_000) / json,
  };
}

/** The table: a row for each kind of client, and one for the requests. */
export function scalingTable(plan: ScalingPlan, figures: Measured): string {
  const { clients, requests, symbols, use } = plan;
  const { json, packed, changes } = figures;
  const kinds: readonly Kind[] = [
    { name: "one symbol each, `kline:SYMBOL:1m`", messages: changes, bytes: json },
    { name: "the closes of all, `closed:*:1m`", messages: symbols / 60, bytes: json },
    { name: "the same, `format=packed`", messages: symbols / 60, bytes: packed },
    { name: "all open klines, `kline:*:1m`", messages: symbols * changes, bytes: json },
    { name: "the same, `format=packed`", messages: symbols * changes, bytes: packed },
  ];
  const asked = [
    { name: "500 klines of one series", perCore: figures.hot, bytes: figures.answerBytes },
    {
      name: "100 or 500 klines of series at random, as if all were 500",
      perCore: figures.random,
      bytes: figures.answerBytes,
    },
    {
      name: "the same, gzip, without what compressing takes",
      perCore: figures.random,
      bytes: figures.answerBytes * figures.gzip,
    },
  ];
  const rows = [
    ...kinds.map(({ name, messages, bytes }) => {
      const rate = clients * messages;
      return row(plan, name, rate, rate / (figures.messages * use), (rate * bytes) / 1e9);
    }),
    ...asked.map(({ name, perCore, bytes }) =>
      row(plan, name, requests, requests / (perCore * use), (requests * bytes) / 1e9),
    ),
  ];
  const head = "| | a second | serve nodes | GB/s | vCPUs, $ a month | traffic, $ a month |";
  return [head, "| --- | --- | --- | --- | --- | --- |", ...rows].join("\n");
}

/** One node more than the load takes, so that one can be away. */
function row({ vcpuHour, gb }: ScalingPlan, name: string, rate: number, cores: number, gbASecond: number): string {
  const nodes = Math.max(Math.ceil(cores), Math.ceil(gbASecond / NODE_GB_A_SECOND)) + 1;
  const machines = nodes * VCPUS_A_NODE * vcpuHour * HOURS_A_MONTH;
  const traffic = gbASecond * 3_600 * HOURS_A_MONTH * gb;
  return `| ${name} | ${short(rate)} | ${nodes.toLocaleString("en")} | ${short(gbASecond)} | ${short(machines)} | ${short(traffic)} |`;
}

/** Two digits that count: more would claim what nobody measured. */
function short(figure: number): string {
  return Number(figure.toPrecision(2)).toLocaleString("en", { maximumFractionDigits: 3 });
}

if (import.meta.main) {
  const { commandLine } = await import("../../tests/helpers/command-line.ts");
  const usage = `npm run scaling -- [options]: nodes, bandwidth and cost, computed from bench/RESULTS.md.
  --clients N      WebSocket clients (default: ${PLAN.clients})
  --requests N     requests for 500 klines a second (default: ${PLAN.requests})
  --symbols N      symbols of the market (default: ${PLAN.symbols})
  --use X          part of a node's measured rate that is in use (default: ${PLAN.use})
  --vcpu-hour X    US dollars for a vCPU and an hour (default: ${PLAN.vcpuHour}, an assumption)
  --gb X           US dollars for a GB that is sent (default: ${PLAN.gb}, an assumption)`;
  const text = { type: "string" } as const;
  const given = commandLine("scaling", usage, {
    ...{ clients: text, requests: text, symbols: text, use: text, "vcpu-hour": text, gb: text },
  });
  const { "vcpu-hour": vcpuHour = PLAN.vcpuHour, ...rest } = given;
  const numbers = Object.fromEntries(
    Object.entries({ ...PLAN, ...rest, vcpuHour }).map(([name, value]) => [name, Number(value)]),
  ) as unknown as ScalingPlan;
  if (!Object.values(numbers).every((one) => one > 0)) {
    console.error(`scaling: expected numbers above 0\n${usage}`);
    process.exit(2);
  }
  console.log(scalingTable(numbers, measured(read("bench/RESULTS.md"), read("docs/capacity.md"))));
}
