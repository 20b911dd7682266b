import { type Command, Option } from "commander";
import { InvalidInput, millis } from "../../core/mod.ts";
import {
  type CompareReport,
  compareOnce,
  DIFFERENCE_KINDS,
  type Difference,
  type DifferenceKind,
  readSeriesOfBoth,
  type Sides,
  watch,
} from "../../migrate/mod.ts";
import { systemClock } from "../clock.ts";
import { named } from "../flag-error.ts";
import { wholeNumber } from "../setting-values.ts";
import { progressBar } from "./progress.ts";
import { addSideFlags, type SideFlags, selectionOf, withSides } from "./sides.ts";
import { table } from "./table.ts";

/** Differences that are shown one by one; JSON holds more. */
const SHOWN = 20;

interface CompareFlags extends SideFlags {
  readonly limit: string;
  readonly grace: string;
  readonly every: string;
  readonly for?: string;
  readonly watch?: true;
}

/** `vyx migrate compare`: ends with 0 only when the sides agree. */
export function compareCommand(migrate: Command): void {
  addSideFlags(
    migrate
      .command("compare")
      .description(
        "Compare the closed candles of each series on both sides, field by field. The exit code is 0 only if they agree.",
      ),
  )
    .addOption(new Option("--limit <N>", "candles of each series, the newest").default("500"))
    .addOption(new Option("--grace <SECONDS>", "a difference counts only if it persists for this long").default("5"))
    .addOption(new Option("--watch", "repeat the comparison, and report each difference once"))
    .addOption(new Option("--every <SECONDS>", "with --watch: the wait between two comparisons").default("60"))
    .addOption(new Option("--for <SECONDS>", "with --watch: for how long (default: until stopped)"))
    .action(async (flags: CompareFlags) => {
      if (flags.for !== undefined && flags.watch !== true) throw new InvalidInput("--for goes with --watch only");
      const report = await withSides(flags, (sides) => compared(sides, flags));
      if (report === undefined) return;
      console.log(flags.json === true ? JSON.stringify(report, null, 2) : told(report));
      process.exitCode = report.agree ? 0 : 1;
    });
}

async function compared(sides: Sides, flags: CompareFlags): Promise<CompareReport | undefined> {
  const selection = selectionOf(flags);
  const limit = named("limit", () => wholeNumber(flags.limit, 1, 20_000));
  const seconds = (flag: "grace" | "every" | "for"): number =>
    named(flag, () => wholeNumber(flags[flag] ?? "0", 0, 31_536_000) * 1_000);
  if (flags.dryRun === true) {
    const { both, redisOnly, serverOnly } = await readSeriesOfBoth(sides, selection);
    console.log(
      `would compare ${both.length} series, up to ${limit} candles each, with ${both.length} Redis commands each time; ${redisOnly.length} are in Redis only, ${serverOnly.length} on the server only`,
    );
    return undefined;
  }
  const ending = new AbortController();
  const isWatching = flags.watch === true;
  if (isWatching) for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => ending.abort());
  const options = {
    ...selection,
    limit,
    grace: millis(seconds("grace")),
    clock: systemClock,
    signal: ending.signal,
    ...(isWatching ? { onDifference: tellFound } : { onProgress: progressBar("comparing") }),
  };
  if (!isWatching) return await compareOnce(sides, options);
  const span = flags.for === undefined ? undefined : millis(seconds("for"));
  return await watch(sides, { ...options, every: millis(seconds("every")), for: span });
}

function tellFound(difference: Difference): void {
  console.error(`${new Date(systemClock.now()).toISOString()} ${lineOf(difference).join(" ")}`);
}

function told({
  agree,
  series,
  candles,
  looks,
  counts,
  differences,
  redisCommands,
  milliseconds,
}: CompareReport): string {
  const kinds = (Object.keys(DIFFERENCE_KINDS) as DifferenceKind[]).filter((kind) => counts[kind] > 0);
  const verdict = agree
    ? "the sides agree"
    : candles === 0
      ? "nothing could be compared: no closed candle is on both sides"
      : "the sides differ";
  const lines = [
    `${candles} closed candles of ${series} series compared in ${(milliseconds / 1_000).toFixed(1)} s, ${looks} comparisons, ${redisCommands} Redis commands`,
    ...(kinds.length === 0
      ? []
      : [
          "",
          table([
            ["kind", "count", "what it is"],
            ...kinds.map((kind) => [kind, String(counts[kind]), DIFFERENCE_KINDS[kind]]),
          ]),
        ]),
    ...(differences.length === 0 ? [] : ["", table(differences.slice(0, SHOWN).map(lineOf))]),
    ...(differences.length > SHOWN ? [`… ${differences.length - SHOWN} more: --json shows them`] : []),
    verdict,
  ];
  return lines.join("\n");
}

function lineOf({ kind, symbol, interval, openTime, detail }: Difference): string[] {
  return [kind, symbol, interval, openTime === null ? "-" : new Date(openTime).toISOString(), detail];
}
