import { Command, InvalidArgumentError } from "commander";
import { parseFaults } from "../../src/exchange/mod.ts";
import { type Outcome, simulate } from "./simulate.ts";

/** The lines of history that are shown before something that must not happen. */
const LINES_BEFORE = 60;

/** Lines of history that are kept for the case of a failure; of more, the older half goes. */
const MAX_LINES = 2_000;

/** Runs feed, store and stand-in under one clock for many seeds, and prints what became of them: `npm run simulate -- --help`. */
const program = new Command("simulate")
  .description(
    "Run feed, store and stand-in exchange in one process under one clock, with faults, and hold them to what the\n" +
      "exchange says. The same seed does the same again, to the last event; a failure prints its history.",
  )
  .option("--seed <N>", "the first seed", whole(0), 1)
  .option("--seeds <N>", "how many seeds, one after another", whole(1), 1)
  .option("--hours <H>", "market hours before the calm in which everything has to come right", positive, 6)
  .option("--symbols <N>", "symbols at the start", whole(1), 20)
  .option("--streams <N>", "streams on one connection, to see several connections with few symbols", whole(1), 400)
  .option("--faults <SPEC>", "what goes wrong, as in `vyx exchange --help`", "all")
  .option(
    "--kills <N>",
    "kills of the process a market hour, each followed by a start from its checkpoint",
    whole(0),
    0,
  )
  .option(
    "--clock-steps <N>",
    "how often the machine's clock is set, by up to an hour forward or back, a market hour",
    whole(0),
    4,
  )
  .option("--story", "print the whole history, not only that of a failure");

const options = program.parse().opts<{
  seed: number;
  seeds: number;
  hours: number;
  symbols: number;
  streams: number;
  faults: string;
  kills: number;
  clockSteps: number;
  story?: true;
}>();
if (options.faults !== "") parseFaults(options.faults);

const totals: Record<string, number> = {};
let failed = 0;
for (let seed = options.seed; seed < options.seed + options.seeds; seed += 1) {
  const lines: string[] = [];
  const began = performance.now();
  const outcome = await simulate({
    seed,
    hours: options.hours,
    symbols: options.symbols,
    streamsPerConnection: options.streams,
    killsPerHour: options.kills,
    clockStepsPerHour: options.clockSteps,
    ...(options.faults === "" ? {} : { faults: options.faults }),
    onHour: (hours) => {
      // Of a long run, whether memory grows.
      if (hours > 0 && hours % 6 === 0 && options.hours >= 12)
        console.log(`  after ${hours} h: ${residentMegabytes()} MB`);
    },
    onLine: (line) => {
      if (options.story === true) console.log(line);
      else if (line.includes("VIOLATION")) tellViolation(line, lines);
      else lines.push(line);
      if (lines.length > MAX_LINES) lines.splice(0, MAX_LINES / 2);
    },
  });
  addUp(outcome);
  const { lost, doubled, invented, differing, checked } = outcome.end;
  const isGood =
    outcome.violations.length + lost + doubled + invented + differing + outcome.callsWhileBanned === 0 && checked > 0;
  if (!isGood) {
    failed += 1;
    tellFailure(lines, outcome);
  }
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  console.log(
    `seed ${seed}: ${isGood ? "good" : "FAILED"}, ${checked} candles checked, ${lost} lost, ${doubled} doubled, ` +
      `${invented} invented, ${differing} figures differ, ${outcome.violations.length} violations, silent for ` +
      `${outcome.longestSilenceMs} ms at most; story ${outcome.story.slice(0, 16)} (${seconds} s)`,
  );
}
console.log(JSON.stringify({ ...options, failed, ...totals }));
process.exitCode = failed === 0 ? 0 : 1;

function addUp({
  violations,
  end,
  faults,
  connections,
  readiness,
  longestSilenceMs,
  story: _,
  ...counts
}: Outcome): void {
  const add = (parts: Readonly<Record<string, number>>, of = ""): void => {
    for (const [name, count] of Object.entries(parts)) totals[of + name] = (totals[of + name] ?? 0) + count;
  };
  add({ violations: violations.length, ...end, ...counts });
  add(connections, "connections ");
  add(readiness, "readiness ");
  add(faults, "fault ");
  totals.longestSilenceMs = Math.max(totals.longestSilenceMs ?? 0, longestSilenceMs);
}

function residentMegabytes(): number {
  Bun.gc(true);
  return Math.round(process.memoryUsage.rss() / 1_048_576);
}

/** Shows what must not happen as it does, behind what came before it and wasn't shown yet. */
function tellViolation(line: string, lines: string[]): void {
  for (const before of lines.splice(0).slice(-LINES_BEFORE)) console.log(`  ${before}`);
  console.log(`  ${line}`);
}

function tellFailure(lines: readonly string[], { violations, end }: Outcome): void {
  if (violations.length === 0) for (const line of lines.slice(-LINES_BEFORE)) console.log(`  ${line}`);
  console.log(`  ${violations.length} violations; at the end ${JSON.stringify(end)}`);
}

function whole(least: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least)) throw new InvalidArgumentError(`expected a whole number from ${least}`);
    return value;
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("expected a number above 0");
  return value;
}
