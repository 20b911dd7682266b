import type { Command } from "commander";
import { checkSides } from "../../migrate/mod.ts";
import { systemClock } from "../clock.ts";
import { addSideFlags, type SideFlags, selectionOf, withSides } from "./sides.ts";

/** `vyx migrate check`: ends with 0 only when moving over can begin. */
export function checkCommand(migrate: Command): void {
  addSideFlags(
    migrate
      .command("check")
      .description(
        "Check both sides: reachability, versions, series, market times, clocks. Changes nothing. The exit code is 0 if every check passes.",
      ),
  ).action(async (flags: SideFlags) => {
    const selection = selectionOf(flags);
    await withSides(flags, async (sides) => {
      if (flags.dryRun === true) {
        console.log(
          "would send PING, INFO, TIME, SCAN and MGET to Redis, and read the server's health, symbols and closes",
        );
        return;
      }
      const findings = await checkSides(sides, { ...selection, clock: systemClock });
      const ok = findings.every((finding) => finding.ok);
      if (flags.json === true) console.log(JSON.stringify({ ok, findings }, null, 2));
      else {
        for (const finding of findings) {
          console.log(`${finding.ok ? "✓" : "✗"} ${finding.check.padEnd(12)}${finding.found}`);
          if (!finding.ok) console.log(`${" ".repeat(14)}expected ${finding.expected}`);
        }
      }
      process.exitCode = ok ? 0 : 1;
    });
  });
}
