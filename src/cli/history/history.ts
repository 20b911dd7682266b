import type { Command } from "commander";
import { fetchCommand } from "./fetch.ts";
import { pruneCommand } from "./prune.ts";
import { statusCommand } from "./status.ts";
import { verifyCommand } from "./verify.ts";

/** `vyx history`: closed minutes of years, in Parquet files. */
export function historyCommand(program: Command): void {
  const history = program
    .command("history")
    .description("Keep years of 1m klines in a folder of Parquet files: docs/history.md.");
  fetchCommand(history);
  verifyCommand(history);
  statusCommand(history);
  pruneCommand(history);
}
