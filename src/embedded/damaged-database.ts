import { InvalidInput } from "../core/mod.ts";
import type { FileDamage } from "./file-damage.ts";

/** How many damaged files, and how many losses, are named: the sentence has to end before a log cuts it. */
const NAMED = 3;

/** What is lost with a file of which isn't known what it holds. */
const UNKNOWN = "rows of traders, executions or signals";

/** Files of an embedded database aren't as they were written. It isn't opened: it would have fewer rows, and not say so. */
export class DamagedDatabase extends InvalidInput {
  constructor(dataFolder: string, damage: readonly FileDamage[]) {
    const files = named(damage.map(({ path, what }) => `${path} ${what}`)).join("; ");
    super(
      `the database in ${dataFolder} is damaged (${files}) and isn't opened: this would lose ${lossesOf(damage).join(", ")}; to put a backup in its place, stop the server and run: vyx restore FILE --data-dir ${dataFolder} --force`,
    );
  }
}

function named(files: readonly string[]): string[] {
  const more = files.length - NAMED;
  if (more <= 0) return [...files];
  return [...files.slice(0, NAMED), more === 1 ? "1 more file is damaged" : `${more} more files are damaged`];
}

/** What would be lost, in words; in general words where it is a lot. */
function lossesOf(damage: readonly FileDamage[]): readonly string[] {
  const losses = [...new Set(damage.map(({ holds }) => holds ?? UNKNOWN))];
  return losses.length > NAMED ? [UNKNOWN] : losses;
}
