import { Command, InvalidArgumentError } from "commander";
import { isMarketId, MARKET_IDS, type MarketId } from "../../src/core/mod.ts";
import { parseFaults } from "../../src/exchange/mod.ts";
import { type MarketSimulation, type Outcome, simulateMarkets } from "./simulate.ts";

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
  .option("--markets <LIST>", `markets at once, in one process: some of ${MARKET_IDS.join(", ")}`, markets, ["binance"])
  .option("--symbols <N>", "symbols of each market at the start", whole(1), 20)
  .option("--streams <N>", "streams on one connection, to see several connections with few symbols", whole(1))
  .option(
    "--faults <[MARKET:]SPEC>",
    "what goes wrong in all markets or in one, as in `vyx exchange --help`; may be repeated (default: all)",
    faults,
  )
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
  markets: readonly MarketId[];
  symbols: number;
  streams?: number;
  faults?: ReadonlyMap<MarketId | "others", string>;
  kills: number;
  clockSteps: number;
  story?: true;
}>();
const plans = options.markets.map((market): MarketSimulation => {
  const spec =
    options.faults?.get(market) ?? options.faults?.get("others") ?? (options.faults === undefined ? "all" : "");
  if (spec !== "") parseFaults(spec, market);
  return { market, ...(spec === "" ? {} : { faults: spec }) };
});

const totals: Partial<Record<MarketId, Record<string, number>>> = {};
let failed = 0;
for (let seed = options.seed; seed < options.seed + options.seeds; seed += 1) {
  const lines = new Map(options.markets.map((market): [MarketId, string[]] => [market, []]));
  const began = performance.now();
  const outcomes = await simulateMarkets({
    seed,
    hours: options.hours,
    symbols: options.symbols,
    markets: plans,
    killsPerHour: options.kills,
    clockStepsPerHour: options.clockSteps,
    ...(options.streams === undefined ? {} : { streamsPerConnection: options.streams }),
    onHour: (hours) => {
      // Of a long run, whether memory grows.
      if (hours > 0 && hours % 6 === 0 && options.hours >= 12)
        console.log(`  after ${hours} h: ${residentMegabytes()} MB`);
    },
    onLine: (line, market) => {
      const before = lines.get(market) ?? [];
      if (options.story === true) console.log(of(market) + line);
      else if (line.includes("VIOLATION")) tellViolation(of(market) + line, before);
      else before.push(line);
      if (before.length > MAX_LINES) before.splice(0, MAX_LINES / 2);
    },
  });
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  const good = outcomes.map(isGood);
  if (good.includes(false)) failed += 1;
  for (const [at, outcome] of outcomes.entries()) {
    addUp(outcome);
    if (!good[at]) tellFailure(lines.get(outcome.market) ?? [], outcome);
    const { lost, doubled, invented, differing, checked } = outcome.end;
    console.log(
      `seed ${seed}: ${of(outcome.market)}${good[at] ? "good" : "FAILED"}, ${checked} candles checked, ${lost} lost, ` +
        `${doubled} doubled, ${invented} invented, ${differing} figures differ, ${outcome.violations.length} violations, ` +
        `silent for ${outcome.longestSilenceMs} ms at most; story ${outcome.story.slice(0, 16)} (${seconds} s)`,
    );
  }
}
const { faults: _, ...shown } = options;
const summary = { ...shown, faults: plans.map((plan) => plan.faults ?? ""), failed };
const [only] = options.markets.length === 1 ? Object.values(totals) : [];
console.log(JSON.stringify({ ...summary, ...(only ?? totals) }));
process.exitCode = failed === 0 ? 0 : 1;

/** Of several markets, which one; nothing where there is one. */
function of(market: MarketId): string {
  return options.markets.length === 1 ? "" : `${market}: `;
}

function isGood({ violations, end, callsWhileBanned }: Outcome): boolean {
  const { lost, doubled, invented, differing, checked } = end;
  return violations.length + lost + doubled + invented + differing + callsWhileBanned === 0 && checked > 0;
}

function addUp({
  market,
  violations,
  end,
  faults,
  connections,
  readiness,
  longestSilenceMs,
  story: _,
  ...counts
}: Outcome): void {
  const total = totals[market] ?? {};
  totals[market] = total;
  const add = (parts: Readonly<Record<string, number>>, of = ""): void => {
    for (const [name, count] of Object.entries(parts)) total[of + name] = (total[of + name] ?? 0) + count;
  };
  add({ violations: violations.length, ...end, ...counts });
  add(connections, "connections ");
  add(readiness, "readiness ");
  add(faults, "fault ");
  total.longestSilenceMs = Math.max(total.longestSilenceMs ?? 0, longestSilenceMs);
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

function markets(text: string): readonly MarketId[] {
  const names = text.split(",");
  const wrong = names.find((name) => !isMarketId(name));
  if (wrong !== undefined) throw new InvalidArgumentError(`expected some of ${MARKET_IDS.join(", ")}`);
  return [...new Set(names)].filter(isMarketId);
}

/** A plan for all markets, or for one that stands before it. */
function faults(text: string, before?: ReadonlyMap<MarketId | "others", string>): Map<MarketId | "others", string> {
  const [, market = "", spec = ""] = /^([a-z-]+):(.*)$/s.exec(text) ?? [];
  return new Map(before).set(isMarketId(market) ? market : "others", isMarketId(market) ? spec : text);
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
