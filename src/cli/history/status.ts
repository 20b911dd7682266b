import { type Command, Option } from "commander";
import { countOf, minuteText } from "../../core/mod.ts";
import { historyStatus } from "../../history/mod.ts";
import { existingFolder, folderOption } from "./folder.ts";

interface StatusFlags {
  readonly history: string;
  readonly json?: true;
  readonly faults?: true;
}

/** `vyx history status`: what the folder has. */
export function statusCommand(history: Command): void {
  history
    .command("status")
    .description("Print what the history has of each symbol: from when to when, how much, and what is missing.")
    .addOption(folderOption())
    .addOption(new Option("--faults", "also print what was wrong with the dumps"))
    .addOption(new Option("--json", "as JSON, with all that is known of each file"))
    .action(async ({ history: folder, json, faults }: StatusFlags) => {
      const { symbols: status, damaged } = await historyStatus(existingFolder(folder));
      for (const { why } of damaged)
        console.error(`${why}: vyx history verify --drop takes it out, and fetch makes it again`);
      if (damaged.length > 0) process.exitCode = 1;
      if (json === true) {
        console.log(JSON.stringify(status, null, 1));
        return;
      }
      for (const { symbol, first, last, rows, bytes, holeMinutes, unknownMinutes, records } of status) {
        const missing = [
          ...(holeMinutes > 0 ? [`the exchange has none of ${countOf(holeMinutes, "minute")}`] : []),
          ...(unknownMinutes > 0 ? [`nothing is known of ${countOf(unknownMinutes, "minute")}`] : []),
        ];
        const whole = missing.length === 0 ? "whole" : missing.join(", ");
        console.log(
          `${symbol}  ${minuteText(first)} to ${minuteText(last)}  ${countOf(rows, "kline")}  ${(bytes / 1e6).toFixed(1)} MB  ${whole}`,
        );
        if (faults !== true) continue;
        for (const { kind, file, count, what } of records.flatMap((record) => record.faults)) {
          console.log(`  ${kind}: ${file}: ${count}${what === undefined ? "" : ` (${what})`}`);
        }
      }
      const total = (of: (one: (typeof status)[number]) => number): number =>
        status.reduce((sum, one) => sum + of(one), 0);
      const size = `${(total(({ bytes }) => bytes) / 1e6).toFixed(1)} MB`;
      console.log(
        `${countOf(status.length, "symbol")}, ${countOf(
          total(({ rows }) => rows),
          "kline",
        )}, ${size}`,
      );
    });
}
