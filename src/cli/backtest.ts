import { readFileSync, writeFileSync } from "node:fs";
import { type Command, Option } from "commander";
import { countOf, InvalidInput, parseInterval, parseMarket, parseMoment, reasonOf } from "../core/mod.ts";
import type { BacktestLine, BacktestRequest } from "../wire/mod.ts";
import type { BacktestSource } from "./backtest-source.ts";
import { backtestTable } from "./backtest-table.ts";
import { SETTINGS } from "./config.ts";
import { named } from "./flag-error.ts";
import { FolderBacktests } from "./folder-backtests.ts";
import { existingFolder } from "./history/folder.ts";
import { ServedBacktests } from "./served-backtests.ts";
import { wholeNumber } from "./setting-values.ts";

const DEFAULT_URL = "http://127.0.0.1:8080";

interface BacktestFlags {
  readonly url: string;
  readonly history?: string;
  readonly capacity: string;
  readonly market?: string;
  readonly interval?: string;
  readonly timeframes?: string;
  readonly from: string;
  readonly to?: string;
  readonly universe: string;
  readonly horizons?: string;
  readonly cooldown?: string;
  readonly fees?: string;
  readonly facts: boolean;
  readonly json?: true;
  readonly arrow?: string;
}

/** `vyx backtest FILE`: what a filter would have signalled, by a running server or over a folder of history. */
export function backtestCommand(program: Command): void {
  program
    .command("backtest")
    .description(
      "Say what the filter in FILE would have signalled at each close of a range, and what became of it.\n" +
        "Asks a running server; with --history, it reads a folder itself.\n" +
        "Prints a table; docs/backtests.md says how to read it. Progress goes to stderr.",
    )
    .argument("<FILE>", "a file with the filter's code")
    .addOption(new Option("--url <URL>", "the server's URL").env("VYX_URL").default(DEFAULT_URL))
    .addOption(
      new Option("--history <DIR>", "a folder that vyx history fetch has written, in place of a server").conflicts(
        "url",
      ),
    )
    .addOption(
      new Option(
        "--capacity <N>",
        "with --history: the candles that a filter can see, as the server's --capacity",
      ).default(SETTINGS.capacity.fallback),
    )
    .addOption(
      new Option("--market <MARKET>", "the market (default: the server's first one, or the folder's only one)"),
    )
    .addOption(new Option("--interval <INTERVAL>", "whose closes (default: the shortest that the filter reads)"))
    .addOption(new Option("--timeframes <LIST>", "the intervals that the filter reads (default: as its code says)"))
    .addOption(
      new Option("--from <TIME>", "closes from here on: an ISO date or Unix milliseconds").makeOptionMandatory(),
    )
    .addOption(new Option("--to <TIME>", "closes up to here (default: the newest)"))
    .addOption(
      new Option(
        "--universe <WHICH>",
        "all, also delisted symbols; BTCUSDT,ETHUSDT; or top:50:30, the 50 with the most quote volume in the 30 days before each close's day",
      ).default("all"),
    )
    .addOption(new Option("--horizons <LIST>", "candles after a signal (default: 1,4,16,96)"))
    .addOption(new Option("--cooldown <CANDLES>", "candles after a signal without another one of the symbol"))
    .addOption(new Option("--fees <PERCENT>", "what buying and selling cost together, subtracted from each return"))
    .addOption(new Option("--no-facts", "leave the signals' facts out"))
    .addOption(
      new Option(
        "--json",
        "print the signals and the result as JSON lines, in place of the table; not with --arrow",
      ).conflicts("arrow"),
    )
    .addOption(
      new Option(
        "--arrow <FILE>",
        "write the signals to a file, as an Arrow IPC stream, and print no table; not with --json",
      ),
    )
    .addHelpText("after", "\nThe server's key is read from VYX_API_KEY; it needs the scope screen.")
    .action(async (file: string, flags: BacktestFlags) => {
      const request = requestOf(codeIn(file), flags);
      const source = sourceOf(flags);
      try {
        if (flags.arrow === undefined) await show(source.lines(request), flags.json === true);
        else write(flags.arrow, await source.arrow(request));
      } finally {
        source.stop();
      }
    });
}

function codeIn(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new InvalidInput(`${file} can't be read: ${reasonOf(cause)}`, { cause });
  }
}

function requestOf(code: string, flags: BacktestFlags): BacktestRequest {
  const { market, interval, timeframes, from, to, universe, horizons, cooldown, fees, facts } = flags;
  const given = <Value>(name: string, text: string | undefined, read: (text: string) => Value): Value | undefined =>
    text === undefined ? undefined : named(name, () => read(text));
  return {
    code,
    market: given("market", market, parseMarket),
    interval: given("interval", interval, parseInterval),
    timeframes: given("timeframes", timeframes, (text) => text.split(",").map(parseInterval)),
    from: named("from", () => parseMoment(from)),
    to: given("to", to, parseMoment),
    universe: given("universe", universe, universeOf),
    horizons: given("horizons", horizons, (text) => text.split(",").map((one) => wholeNumber(one, 1, 1_000))),
    cooldownCandles: given("cooldown", cooldown, (text) => wholeNumber(text, 0, 1_000)),
    feesPercent: given("fees", fees, percentOf),
    facts,
  };
}

/** Reads all, symbols, or top:N:DAYS. */
function universeOf(text: string): NonNullable<BacktestRequest["universe"]> {
  if (text === "all") return text;
  const [, top, days] = /^top:(\d+):(\d+)$/.exec(text) ?? [];
  if (top !== undefined && days !== undefined) return { top: Number(top), days: Number(days) };
  if (text.startsWith("top")) {
    throw new InvalidInput(`"${text}" is no universe: expected all, BTCUSDT,ETHUSDT or top:50:30`);
  }
  return text.split(",");
}

function percentOf(text: string): number {
  const percent = Number(text);
  if (text.trim() === "" || !Number.isFinite(percent) || percent < 0) {
    throw new InvalidInput(`"${text}" is no percentage: expected a number such as 0.2`);
  }
  return percent;
}

function sourceOf({ url, history, capacity }: BacktestFlags): BacktestSource {
  if (history === undefined) return new ServedBacktests(url, process.env.VYX_API_KEY || undefined);
  return new FolderBacktests(
    existingFolder(history),
    named("capacity", () => SETTINGS.capacity.read(capacity)),
  );
}

/** Prints the table, or the lines as they are. */
async function show(lines: AsyncIterable<BacktestLine>, isJson: boolean): Promise<void> {
  const progress = new Progress();
  for await (const line of lines) {
    if (line.progress !== undefined) progress.show(line.progress);
    else if (isJson) console.log(JSON.stringify(line));
    if (line.result === undefined) continue;
    progress.end();
    if (!isJson) console.log(backtestTable(line.result));
  }
}

function write(file: string, bytes: Uint8Array): void {
  try {
    writeFileSync(file, bytes);
  } catch (cause) {
    throw new InvalidInput(`${file} can't be written: ${reasonOf(cause)}`, { cause });
  }
  console.error(`${file}: ${countOf(bytes.byteLength, "byte")}`);
}

/** The share that is done, on one line of a terminal. */
class Progress {
  readonly #isShown = process.stderr.isTTY === true;
  #percent = -1;

  show({ minutes, of }: { readonly minutes: number; readonly of: number }): void {
    const percent = of === 0 ? 100 : Math.floor((100 * minutes) / of);
    if (!this.#isShown || percent === this.#percent) return;
    this.#percent = percent;
    process.stderr.write(`\r${percent} %`);
  }

  end(): void {
    if (this.#isShown && this.#percent >= 0) process.stderr.write("\r     \r");
  }
}
