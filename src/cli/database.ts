import { type Command, Option } from "commander";
import { InvalidInput } from "../core/mod.ts";
import {
  inWords,
  type MigrationStatus,
  migrateDown,
  migrateUp,
  migrationStatuses,
  openDatabase,
} from "../traders/mod.ts";
import { readSettings, wholeNumber } from "./config.ts";
import { readMigrations } from "./migrations-folder.ts";
import { optionOf } from "./options.ts";

interface DatabaseFlags {
  readonly databaseUrl?: string;
  readonly down?: string;
  readonly dryRun?: true;
  readonly status?: true;
}

/** `vyx database`: brings a PostgreSQL database up to date. The database of our own is kept so by the server. */
export function databaseCommand(program: Command): void {
  program
    .command("database")
    .description(
      "Apply the missing traders' migrations to a PostgreSQL database, all of them or none.\n" +
        "The server migrates its embedded database by itself. Supabase's CLI applies the same files.",
    )
    .addOption(optionOf("databaseUrl"))
    .addOption(new Option("--status", "only list the migrations and their state").conflicts(["down", "dryRun"]))
    .addOption(new Option("--down <N>", "revert the newest N migrations instead, with all data in their tables"))
    .addOption(new Option("--dry-run", "run in a transaction, report the result, and roll it back"))
    .action(async (flags: DatabaseFlags) => {
      const { settings } = readSettings({ databaseUrl: flags.databaseUrl }, process.env);
      if (settings.databaseUrl === undefined) {
        throw new InvalidInput("--database-url is missing: expected postgres://user:password@host:5432/database");
      }
      const sql = openDatabase({ url: settings.databaseUrl, connections: 1 });
      const migrations = readMigrations();
      const dryRun = flags.dryRun === true;
      try {
        if (flags.status === true) {
          tell(await inWords(migrationStatuses(sql, migrations)));
          return;
        }
        const steps = flags.down === undefined ? undefined : wholeNumber(flags.down, 1, migrations.length);
        const { done, statuses } =
          steps === undefined
            ? await inWords(migrateUp(sql, migrations, { dryRun }))
            : await inWords(migrateDown(sql, migrations, { steps, dryRun }));
        const what = `${dryRun ? "would have " : ""}${steps === undefined ? "applied" : "taken back"}`;
        console.log(done.length === 0 ? "nothing to do" : `${what}: ${done.join(", ")}`);
        tell(statuses);
      } finally {
        await sql.end();
      }
    });
}

function tell(statuses: readonly MigrationStatus[]): void {
  for (const { version, name, state } of statuses) console.log(`${state.padEnd(8)}  ${version}_${name}`);
}
