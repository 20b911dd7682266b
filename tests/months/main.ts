import { Command } from "commander";
import { parseInterval } from "../../src/core/mod.ts";
import { type Day, type DaysOptions, months, type Took } from "./months.ts";

/** Opening after a kill may take so long, in milliseconds. */
const OPENS_WITHIN_MS = 2_000;

/** A close is on time if its signals are stored within this, in milliseconds. */
const CLOSES_WITHIN_MS = 2_000;

/** A piece of maintenance begins 20 s before a close at the latest, and has to be over by then, in milliseconds. */
const PIECES_WITHIN_MS = 20_000;

const program = new Command("months")
  .description(
    "Let the embedded database live through days of signals under a clock that is turned, with the server's own\n" +
      "maintenance and retention. Prints each day's sizes, rows and times; kills the process at the end and opens what it left.",
  )
  .option("--days <N>", "days", Number, 30)
  .option("--signals <N>", "signals a day", Number, 77_000)
  .option(
    "--interval <I>",
    "the interval at whose closes the 20 traders run; longer ones take less time",
    parseInterval,
    parseInterval("1m"),
  )
  .option("--keep-signals <DAYS>", "days for which signals are kept", Number, 7)
  .option("--keep-executions <DAYS>", "days for which executions are kept", Number, 7);

const { days, ...options } = program.parse().opts<Omit<DaysOptions, "folder"> & { readonly days: number }>();
console.log(
  "Times are milliseconds, and milliseconds of a processor in brackets. Sizes are megabytes: folder = tables + log + checksums.",
);
const lived: Day[] = [];
const { opening, lastSignalBefore, lastSignalAfter } = await months(days, options, (day) => {
  lived.push(day);
  console.log(lineOf(day));
});
const late = lived.filter(({ closes }) => closes.longest.processorMs > CLOSES_WITHIN_MS).length;
const held = lived.filter(({ maintenance }) => maintenance.longest.processorMs > PIECES_WITHIN_MS).length;
const faults = [
  ...(late > 0 ? [`on ${late} days a close took longer than ${CLOSES_WITHIN_MS} ms of a processor`] : []),
  ...(held > 0
    ? [`on ${held} days a piece of maintenance took longer than ${PIECES_WITHIN_MS} ms of a processor`]
    : []),
  ...(opening.processorMs > OPENS_WITHIN_MS ? [`opening took longer than ${OPENS_WITHIN_MS} ms of a processor`] : []),
  ...(lastSignalAfter < lastSignalBefore ? ["signals are missing after the kill"] : []),
];
console.log(
  `killed, and opened in ${inWords(opening)}: the last signal is ${lastSignalAfter}, and was ${lastSignalBefore} when the last day ended`,
);
console.log(faults.length === 0 ? "good" : `FAILED: ${faults.join("; ")}`);
process.exitCode = faults.length === 0 ? 0 : 1;

function lineOf({ day, tablesBytes, logBytes, folderBytes, rows, deleted, closes, sweeps, maintenance }: Day): string {
  const [folder, tables, log] = [folderBytes, tablesBytes, logBytes].map((bytes) => (bytes / 1e6).toFixed(0));
  const { pieces, urgent, all, longest } = maintenance;
  return [
    `day ${day}: ${folder} MB = ${tables} + ${log}`,
    `${rows.signals} signals (${deleted.signals} deleted), ${rows.executions} executions (${deleted.executions})`,
    `closes ${inWords(closes.median)}, longest ${inWords(closes.longest)}`,
    `sweeps ${inWords(sweeps.all)}, longest ${inWords(sweeps.longest)}`,
    `${pieces} pieces of maintenance, ${urgent} urgent, ${inWords(all)}, longest ${inWords(longest)} ${longest.what}`,
  ].join("; ");
}

function inWords({ ms, processorMs }: Took): string {
  return `${ms} (${processorMs})`;
}
