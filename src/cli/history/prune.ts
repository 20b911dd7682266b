import { type Command, Option } from "commander";
import { countOf, InvalidInput, parseMoment } from "../../core/mod.ts";
import { DAY_MS, pruneHistory } from "../../history/mod.ts";
import { systemClock } from "../clock.ts";
import { named } from "../flag-error.ts";
import { wholeNumber } from "../setting-values.ts";
import { asOnlyWriter, existingFolder, folderOption } from "./folder.ts";

/** The most days or months that can be kept: a hundred years. */
const [MAX_DAYS, MAX_MONTHS] = [36_500, 1_200];

interface PruneFlags {
  readonly history: string;
  readonly olderThan?: string;
  readonly keep?: string;
}

/** `vyx history prune`: removes old months. */
export function pruneCommand(history: Command): void {
  history
    .command("prune")
    .description("Remove months that are over for long. A server that reads one of them reads on to its end.")
    .addOption(folderOption())
    .addOption(
      new Option(
        "--older-than <DATE|DAYS>",
        "remove what ended before this day, for example 2024-01-01, or so many days ago",
      ),
    )
    .addOption(new Option("--keep <MONTHS>", "keep so many of the newest months of each symbol, and remove the others"))
    .action(async ({ history: folder, olderThan, keep }: PruneFlags) => {
      if (olderThan === undefined && keep === undefined) {
        throw new InvalidInput("nothing says what is to go: expected --older-than, --keep, or both");
      }
      const bounds = {
        olderThan: olderThan === undefined ? undefined : named("older-than", () => momentOf(olderThan)),
        keepMonths: keep === undefined ? undefined : named("keep", () => wholeNumber(keep, 1, MAX_MONTHS)),
      };
      const { files, bytes } = await asOnlyWriter(existingFolder(folder), () => pruneHistory(folder, bounds));
      console.log(`pruned: ${countOf(files, "file")}, ${(bytes / 1e6).toFixed(1)} MB`);
    });
}

function momentOf(text: string): number {
  if (!/^\d{1,5}d?$/.test(text)) return parseMoment(text);
  return systemClock.now() - wholeNumber(text.replace("d", ""), 1, MAX_DAYS) * DAY_MS;
}
