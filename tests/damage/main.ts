import { Command } from "commander";
import { type CutOptions, cutFiles } from "./damage.ts";

/** Cuts files of a killed embedded database, and opens it: `npm run damage -- --help`. */
const options = new Command("damage")
  .description(
    "Kill a process that writes to an embedded database; cut short, change or delete one of its files; and open it.\n" +
      "It has to open with all rows, or to refuse with a sentence.",
  )
  .option("--cuts <N>", "how many cuts, each of the same killed database", Number, 50)
  .option("--signals <N>", "signals that are committed before the kill", Number, 12_000)
  .option("--seed <N>", "decides the cuts", Number, 1)
  .parse()
  .opts<CutOptions>();
const ends: Record<string, number> = {};
await cutFiles(options, ({ cut, end, sentence }) => {
  ends[end] = (ends[end] ?? 0) + 1;
  console.log(`${end.padEnd(8)} ${cut}${sentence === undefined ? "" : `\n         ${sentence}`}`);
});
console.log(JSON.stringify({ ...options, ...ends }));
process.exitCode = ends.silent === undefined && ends.other === undefined ? 0 : 1;
