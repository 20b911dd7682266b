import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { type Command, Option } from "commander";
import {
  countOf,
  InvalidInput,
  type MarketId,
  marketOf,
  type OpenTimeRange,
  parseMoment,
  parseSymbol,
  type Symbol,
  type UnixMs,
} from "../../core/mod.ts";
import { EXCHANGES, PastAsker } from "../../feeds/mod.ts";
import {
  DAY_MS,
  DUMPS_URL,
  DumpFolder,
  DumpServer,
  type DumpSource,
  type FetchReport,
  fetchHistory,
  MINUTE_MS,
  monthsBetween,
  type PastRest,
  WorkThreads,
} from "../../history/mod.ts";
import { readAddress } from "../address.ts";
import { systemClock, systemRandom } from "../clock.ts";
import { named } from "../flag-error.ts";
import { wholeNumber } from "../setting-values.ts";
import { stopwatch } from "../stopwatch.ts";
import { asOnlyWriter, folderOption } from "./folder.ts";
import { ProgressLine } from "./progress-line.ts";

/** What is fetched of the past unless said, in days. */
const DEFAULT_DAYS = 730;

/** Minutes that are younger than this are left for the next time, in milliseconds: the exchange may still restate them. */
const YOUNGEST_MS = 10 * MINUTE_MS;

/** The share of the exchange's request budget that is spent: servers behind the same address need the rest. */
const WEIGHT_SHARE = 0.25;

/** More threads than this wait for the disk. */
const MAX_THREADS = 8;

interface FetchFlags {
  readonly history: string;
  readonly from: string;
  readonly symbols: string;
  readonly since?: string;
  readonly until?: string;
  readonly rest?: string;
  readonly threads?: string;
}

/** `vyx history fetch`: dumps and REST into the folder. */
export function fetchCommand(history: Command): void {
  history
    .command("fetch")
    .description(
      "Fetch 1m klines from the exchange's public dumps, and from its REST API what they lack. Goes on where it was stopped or killed.\n" +
        "Every row is checked. What is wrong with a dump is listed, and `vyx history status --faults` lists it again. The exit code is 1 if\n" +
        "nothing could be read of a symbol.",
    )
    .addOption(folderOption())
    .addOption(
      new Option(
        "--symbols <LIST>",
        "BTCUSDT,BINANCE:BTCUSDT.P, or * for all that a folder of dumps has",
      ).makeOptionMandatory(),
    )
    .addOption(
      new Option("--from <URL|DIR>", "where the dumps are: a server, or a folder with a mirror of it").default(
        DUMPS_URL,
      ),
    )
    .addOption(new Option("--since <DATE>", "first day, UTC; its whole month is fetched (default: two years ago)"))
    .addOption(new Option("--until <DATE>", "the day after the last one, UTC (default: now)"))
    .addOption(
      new Option(
        "--rest <URL|none>",
        "REST API that is asked for what the dumps lack (default: the exchange's own if the dumps are, otherwise none)",
      ),
    )
    .addOption(
      new Option("--threads <N>", `threads that unpack and check (default: one for each core, up to ${MAX_THREADS})`),
    )
    .action(async (flags: FetchFlags) => {
      const report = await asOnlyWriter(flags.history, () => fetched(flags));
      for (const line of reportLines(report)) console.log(line);
      // A misspelled symbol makes a scheduled run fail, so it is noticed.
      if (report.unfound.length > 0) process.exitCode = 1;
    });
}

async function fetched(flags: FetchFlags): Promise<FetchReport> {
  const source = sourceOf(flags.from);
  const rest = restOf(flags);
  const now = systemClock.now();
  const until = named("until", () => (flags.until === undefined ? now : parseMoment(flags.until)));
  const since = named("since", () =>
    flags.since === undefined ? until - DEFAULT_DAYS * DAY_MS : parseMoment(flags.since),
  );
  // Without REST there is nothing of today.
  const newest = rest === undefined ? now - (now % DAY_MS) : now - YOUNGEST_MS;
  const last = Math.min(until, newest - (newest % MINUTE_MS)) - MINUTE_MS;
  const symbols = await symbolsOf(flags.symbols, source);
  const months = named("since", () => monthsBetween(since, last));
  const threadCount =
    flags.threads === undefined
      ? Math.min(MAX_THREADS, availableParallelism())
      : named("threads", () => wholeNumber(flags.threads ?? "", 1, 64));
  const threads = new WorkThreads(threadCount);
  const line = new ProgressLine(process.stderr, stopwatch);
  const stop = new AbortController();
  const stopOn = (): void => stop.abort(new InvalidInput("stopped: the same command goes on from here"));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stopOn);
  try {
    return await fetchHistory({
      root: flags.history,
      source,
      rest,
      threads,
      threadCount,
      symbols,
      months,
      until: last as UnixMs,
      stopwatch,
      signal: stop.signal,
      onProgress: (progress) => line.show(progress),
      warn: (message) => line.say(message),
    });
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, stopOn);
    line.end();
    threads.stop();
  }
}

function sourceOf(from: string): DumpSource {
  if (!/^https?:/i.test(from)) {
    if (!existsSync(from))
      throw new InvalidInput(`--from: ${from} doesn't exist: expected a folder with dumps, or an address`);
    return new DumpFolder(from);
  }
  return new DumpServer(
    named("from", () => readAddress(from, ["https:", "http:"])),
    systemClock,
  );
}

/** All markets' REST APIs as one. Where an address is given, it is that of each symbol's market. */
function restOf({ rest, from }: FetchFlags): PastRest | undefined {
  if (rest === "none" || (rest === undefined && from !== DUMPS_URL)) return undefined;
  const url = rest === undefined ? undefined : named("rest", () => readAddress(rest, ["https:", "http:"]));
  const askers = new Map<MarketId, PastAsker>();
  const askerOf = (market: MarketId): PastAsker => {
    const exchange = EXCHANGES[market];
    const asker =
      askers.get(market) ??
      new PastAsker({
        exchange,
        baseUrl: url ?? exchange.rest.url,
        clock: systemClock,
        stopwatch,
        random: systemRandom,
        weightShare: WEIGHT_SHARE,
      });
    askers.set(market, asker);
    return asker;
  };
  return {
    name: "REST",
    klines: (symbol: Symbol, range: OpenTimeRange, signal) => askerOf(marketOf(symbol)).klines(symbol, range, signal),
  };
}

async function symbolsOf(text: string, source: DumpSource): Promise<readonly Symbol[]> {
  if (text.trim() !== "*")
    return named("symbols", () => [...new Set(text.split(",").map((one) => parseSymbol(one.trim())))]);
  const symbols = await source.symbols();
  if (symbols === undefined)
    throw new InvalidInput(`--symbols: ${source.name} has no list of symbols: expected their names`);
  if (symbols.length === 0)
    throw new InvalidInput(
      `--from: ${source.name} has no dumps: expected a folder with data/spot/monthly/klines/… or data/spot/daily/klines/…`,
    );
  return symbols;
}

function* reportLines(report: FetchReport): Generator<string> {
  const { fetched: made, current, absent, verdicts, rows, klines, elapsedMs, unfound, faults } = report;
  const rate = Math.round(rows / Math.max(0.001, elapsedMs / 1_000));
  yield `fetched: ${countOf(made, "month")} (${verdicts.whole} whole, ${verdicts.holes} with holes, ${verdicts.incomplete} incomplete), ` +
    `${current} were there, ${absent} are nowhere; ${countOf(klines, "kline")} in all. Read ${countOf(rows, "row")} in ` +
    `${(elapsedMs / 1_000).toFixed(1)} s, ${rate.toLocaleString("en-US")} a second`;
  if (unfound.length > 0)
    yield `nothing could be read of: ${unfound.join(", ")}: is it the exchange's name, had it been listed by then, and are its dumps whole (see below)?`;
  for (const { kind, file, count, places, what } of faults) {
    const where = places[0] === undefined ? "" : ` from ${new Date(places[0]).toISOString()}`;
    yield `${kind}: ${file}: ${count}${where}${what === undefined ? "" : ` (${what})`}`;
  }
}
