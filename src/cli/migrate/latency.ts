import { type Command, Option } from "commander";
import { InvalidInput, parseInterval } from "../../core/mod.ts";
import {
  DEFAULT_PRICE_PER_100K,
  type LatencyReport,
  measureLatency,
  readSeriesOfBoth,
  type Sides,
} from "../../migrate/mod.ts";
import { named } from "../flag-error.ts";
import { wholeNumber } from "../setting-values.ts";
import { stopwatch } from "../stopwatch.ts";
import { progressBar } from "./progress.ts";
import { addSideFlags, type SideFlags, selectionOf, withSides } from "./sides.ts";
import { table } from "./table.ts";

interface LatencyFlags extends SideFlags {
  readonly interval: string;
  readonly limit: string;
  readonly reads: string;
  readonly rate: string;
  readonly price: string;
}

/** `vyx migrate latency`: both sides side by side. */
export function latencyCommand(migrate: Command): void {
  addSideFlags(
    migrate
      .command("latency")
      .description("Read the same series from both sides in turn, and report the time and Upstash's price for it."),
  )
    .addOption(new Option("--interval <INTERVAL>", "which series").default("1m"))
    .addOption(new Option("--limit <N>", "candles in a read").default("100"))
    .addOption(new Option("--reads <N>", "reads of each side").default("200"))
    .addOption(new Option("--rate <N>", "reads per second for the estimated bill").default("1"))
    .addOption(
      new Option(
        "--price <USD>",
        "price of 100,000 commands; the default is Upstash's pay-as-you-go price, 2025-11",
      ).default(String(DEFAULT_PRICE_PER_100K)),
    )
    .action(async (flags: LatencyFlags) => {
      const report = await withSides(flags, (sides) => measured(sides, flags));
      if (report === undefined) return;
      console.log(flags.json === true ? JSON.stringify(report, null, 2) : told(report));
    });
}

async function measured(sides: Sides, flags: LatencyFlags): Promise<LatencyReport | undefined> {
  const interval = named("interval", () => parseInterval(flags.interval));
  const limit = named("limit", () => wholeNumber(flags.limit, 1, 20_000));
  const reads = named("reads", () => wholeNumber(flags.reads, 1, 100_000));
  const readsPerSecond = named("rate", () => amount(flags.rate));
  const pricePer100k = named("price", () => amount(flags.price));
  const { both } = await readSeriesOfBoth(sides, { ...selectionOf(flags), intervals: [interval] });
  const symbols = both.map(({ symbol }) => symbol);
  if (symbols.length === 0) throw new InvalidInput(`no series of ${interval} is on both sides: try another --interval`);
  if (flags.dryRun === true) {
    console.log(
      `would read ${interval} of ${symbols.length} symbols ${reads} times from each side, ${limit} candles each`,
    );
    return undefined;
  }
  const onProgress = progressBar("reading");
  return await measureLatency(sides, {
    symbols,
    interval,
    limit,
    reads,
    readsPerSecond,
    pricePer100k,
    stopwatch,
    onProgress,
  });
}

function told({ redis, server, redisBillPerMonth, readsPerSecond, pricePer100k }: LatencyReport): string {
  const ms = (figure: number): string => `${figure.toFixed(2)} ms`;
  return [
    table([
      ["", "p50", "p95", "p99", "spent"],
      ["Redis", ms(redis.p50), ms(redis.p95), ms(redis.p99), `${redis.commands} commands`],
      ["Vyx", ms(server.p50), ms(server.p95), ms(server.p99), `${server.requests} requests`],
    ]),
    `${readsPerSecond} reads a second are ${redisBillPerMonth.toFixed(2)} USD a month at ${pricePer100k} USD for 100,000 commands, without the collector's writes`,
  ].join("\n");
}

function amount(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && Number.isFinite(value)) return value;
  throw new InvalidInput(`"${text}" is not possible: expected a number, 0 or more`);
}
