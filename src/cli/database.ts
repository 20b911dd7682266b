import { createInterface } from "node:readline/promises";
import { type Command, Option } from "commander";
import { InvalidInput } from "../core/mod.ts";
import { hasEmbeddedDatabase, putAway, startEmbeddedDatabase } from "../embedded/mod.ts";
import {
  type CopiedRows,
  copyTraders,
  inWords,
  type MigrationStatus,
  migrateDown,
  migrateUp,
  migrationStatuses,
  openDatabase,
  type Sql,
} from "../traders/mod.ts";
import { systemClock } from "./clock.ts";
import { named } from "./flag-error.ts";
import { readMigrations } from "./migrations-folder.ts";
import { optionOf } from "./options.ts";
import { readSettings } from "./read-settings.ts";
import { rowsInWords } from "./rows-in-words.ts";
import { wholeNumber } from "./setting-values.ts";

interface DatabaseFlags {
  readonly databaseUrl?: string;
  readonly down?: string;
  readonly dryRun?: true;
  readonly moveFrom?: string;
  readonly status?: true;
  readonly yes?: true;
  readonly ifConfigured?: true;
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
    .addOption(
      new Option(
        "--move-from <DIR>",
        "afterwards move the traders of a server's own database, with executions and signals, from its data folder",
      ).conflicts(["down", "status"]),
    )
    .addOption(new Option("--yes", "don't ask before --down deletes data"))
    .addOption(
      new Option("--if-configured", "do nothing if no database URL is set, for deployments that may have none"),
    )
    .addOption(new Option("--dry-run", "run in a transaction, report the result, and roll it back"))
    .action(async (flags: DatabaseFlags) => {
      const { settings } = readSettings({ databaseUrl: flags.databaseUrl }, process.env);
      if (settings.databaseUrl === undefined && flags.ifConfigured === true) {
        console.log("nothing to do: no database URL is set");
        return;
      }
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
        const steps =
          flags.down === undefined
            ? undefined
            : named("down", () => wholeNumber(flags.down ?? "", 1, migrations.length));
        if (steps !== undefined && !dryRun && flags.yes !== true) {
          const applied = (await inWords(migrationStatuses(sql, migrations))).filter(
            ({ state }) => state === "applied",
          );
          await mayDelete(settings.databaseUrl, applied.slice(-steps));
        }
        const { done, statuses } =
          steps === undefined
            ? await inWords(migrateUp(sql, migrations, { dryRun }))
            : await inWords(migrateDown(sql, migrations, { steps, dryRun }));
        const what = `${dryRun ? "would have " : ""}${steps === undefined ? "applied" : "taken back"}`;
        console.log(done.length === 0 ? "nothing to do" : `${what}: ${done.join(", ")}`);
        tell(statuses);
        if (flags.moveFrom === undefined) return;
        if (dryRun && done.length > 0) console.log("moving can be tried once these migrations are applied");
        else await move(flags.moveFrom, sql, dryRun);
      } finally {
        await sql.end();
      }
    });
}

/** Asks the person at the terminal. Throws {@link InvalidInput} unless the answer is the database's name. */
async function mayDelete(databaseUrl: string, migrations: readonly MigrationStatus[]): Promise<void> {
  const { host, pathname } = new URL(databaseUrl);
  const database = decodeURIComponent(pathname.slice(1));
  const names = migrations.map(({ name }) => name).join(", ");
  const what = `--down reverts ${names || "no migrations"} in the database ${database} on ${host}, and deletes all data in their tables`;
  if (!process.stdin.isTTY) throw new InvalidInput(`${what}: expected --yes, or a terminal on which to ask`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${what}.\nType the database's name to go on: `);
  terminal.close();
  if (answer.trim() !== database) throw new InvalidInput("nothing was deleted: the answer isn't the database's name");
}

/** Copies what is in a server's own database, and then puts that away: it is kept, and no server uses it again. */
async function move(dataDir: string, to: Sql, dryRun: boolean): Promise<void> {
  if (!hasEmbeddedDatabase(dataDir)) {
    throw new InvalidInput(`${dataDir} holds no traders: expected the data folder of a server, as its --data-dir says`);
  }
  const own = await startEmbeddedDatabase(dataDir);
  let copied: CopiedRows;
  try {
    const from = openDatabase({ url: own.url, connections: 1 });
    try {
      await migrateUp(from, readMigrations());
      copied = await inWords(copyTraders(from, to, { dryRun }));
    } finally {
      await from.end();
    }
  } finally {
    await own.stop();
  }
  const what = `${rowsInWords(copied)} from ${dataDir}`;
  if (dryRun) console.log(`would have moved: ${what}`);
  else console.log(`moved: ${what}; what was there is kept in ${putAway(dataDir, systemClock.now())}`);
}

function tell(statuses: readonly MigrationStatus[]): void {
  for (const { version, name, state } of statuses) console.log(`${state.padEnd(8)}  ${version}_${name}`);
}
