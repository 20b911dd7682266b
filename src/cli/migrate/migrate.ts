import type { Command } from "commander";
import { checkCommand } from "./check.ts";
import { compareCommand } from "./compare.ts";
import { cutoverCommand, rollbackCommand } from "./cutover.ts";
import { importCommand } from "./import.ts";
import { latencyCommand } from "./latency.ts";

/** `vyx migrate`: from Redis to a server, and back. */
export function migrateCommand(program: Command): void {
  const migrate = program
    .command("migrate")
    .description("Migrate from a collector's Redis, verify the data, and roll back if necessary: docs/migration.md.");
  checkCommand(migrate);
  importCommand(migrate);
  compareCommand(migrate);
  latencyCommand(migrate);
  cutoverCommand(migrate);
  rollbackCommand(migrate);
}
