import { type Command, Option } from "commander";
import { countOf } from "../../core/mod.ts";
import { verifyHistory } from "../../history/mod.ts";
import { asOnlyWriter, existingFolder, folderOption } from "./folder.ts";

/** `vyx history verify`: reads every byte. */
export function verifyCommand(history: Command): void {
  history
    .command("verify")
    .description(
      "Compare every file with the hash that was noted when it was written. Prints what is damaged; the exit code is 1 then.",
    )
    .addOption(folderOption())
    .addOption(new Option("--drop", "take damaged files out, so that the next fetch makes them again"))
    .action(async ({ history: folder, drop }: { history: string; drop?: true }) => {
      existingFolder(folder);
      const work = (): ReturnType<typeof verifyHistory> => verifyHistory(folder, { drop: drop === true });
      const { files, bytes, damages } = drop === true ? await asOnlyWriter(folder, work) : await work();
      for (const { path, what } of damages) console.log(`${path}: ${what}`);
      const found = damages.length === 0 ? "all as they were written" : countOf(damages.length, "fault");
      console.log(`verified: ${countOf(files, "file")}, ${(bytes / 1e6).toFixed(1)} MB: ${found}`);
      if (damages.length > 0) process.exitCode = 1;
    });
}
