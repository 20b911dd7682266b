import { existsSync, renameSync, writeFileSync } from "node:fs";
import { type Command, Option } from "commander";
import { countOf, InvalidInput } from "../../core/mod.ts";
import { DamagedDatabase, type EmbeddedDatabase, putAway, startEmbeddedDatabase } from "../../embedded/mod.ts";
import { ExecutionsTable, inWords, migrateUp, openDatabase, type RowCounts, type Sql } from "../../traders/mod.ts";
import { systemClock } from "../clock.ts";
import { SETTINGS } from "../config.ts";
import { readMigrations } from "../migrations-folder.ts";
import { optionOf } from "../options.ts";
import { readSettings } from "../read-settings.ts";
import { rowsInWords } from "../rows-in-words.ts";
import { variableOf } from "../setting.ts";
import { Backup } from "./backup-file.ts";

interface RestoreFlags {
  readonly dataDir?: string;
  readonly databaseUrl?: string;
  readonly keysFile?: string;
  readonly settingsFile?: string;
  readonly force?: true;
}

/** `vyx restore`: puts a backup into a data folder or a PostgreSQL database. */
export function restoreCommand(program: Command): void {
  program
    .command("restore")
    .argument("<FILE>", "a file that `vyx backup` wrote")
    .description(
      "Put a backup's traders, executions and signals into a data folder, whose server doesn't run, or a PostgreSQL " +
        "database: all of them or none.\nThe whole file is verified first.",
    )
    .addOption(optionOf("dataDir"))
    .addOption(optionOf("databaseUrl"))
    .addOption(new Option("--keys-file <FILE>", "also write the backup's API keys to this file"))
    .addOption(
      new Option("--settings-file <FILE>", "also write the backup's settings to this file, one VARIABLE=value a line"),
    )
    .addOption(
      new Option("--force", "delete the traders, executions and signals that are there, and replace the files"),
    )
    .action(async (file: string, flags: RestoreFlags) => {
      const { dataDir, databaseUrl, keysFile, settingsFile } = flags;
      const { settings } = readSettings({ dataDir, databaseUrl }, process.env);
      const backup = Backup.open(
        file,
        readMigrations().map(({ version }) => version),
      );
      const keys = keysFile === undefined ? undefined : backup.keys;
      if (keysFile !== undefined && keys === undefined)
        throw new InvalidInput(`${file} has no API keys: leave out --keys-file`);
      for (const one of [keysFile, settingsFile]) {
        if (one !== undefined && existsSync(one) && flags.force !== true) {
          throw new InvalidInput(`${one} exists: choose another name, or --force to replace it`);
        }
      }
      const replaces = flags.force === true;
      const into = settings.databaseUrl === undefined ? settings.dataDir : "the database at --database-url";
      if (into === undefined) throw new InvalidInput("--data-dir is none: expected a data folder, or --database-url");
      const rows = await inWords(
        settings.databaseUrl === undefined
          ? intoFolder(into, backup, replaces)
          : intoDatabase(settings.databaseUrl, into, backup, replaces),
      );
      if (keysFile !== undefined && keys !== undefined) writePrivately(keysFile, keys);
      if (settingsFile !== undefined) {
        // A server that starts with them finds what was restored, not what the backup was taken of.
        const places = {
          ...(settings.databaseUrl === undefined ? { [variableOf(SETTINGS.dataDir.flag)]: into } : {}),
          ...(keysFile === undefined ? {} : { [variableOf(SETTINGS.keysFile.flag)]: keysFile }),
        };
        writePrivately(settingsFile, variablesOf({ ...backup.settings, ...places }));
      }
      console.log(`restored: ${rowsInWords(rows)} of ${backup.about.createdAt} into ${into}`);
    });
}

async function intoFolder(dataDir: string, backup: Backup, replaces: boolean): Promise<RowCounts> {
  const own = await openedFor(dataDir, replaces);
  try {
    return await intoDatabase(own.url, dataDir, backup, replaces);
  } finally {
    await own.stop();
  }
}

/** Opens the database of a folder. A damaged one that may be replaced is put away first, and the new one is empty. */
async function openedFor(dataDir: string, replaces: boolean): Promise<EmbeddedDatabase> {
  try {
    return await startEmbeddedDatabase(dataDir);
  } catch (cause) {
    if (!(cause instanceof DamagedDatabase) || !replaces) throw cause;
    console.log(`the damaged database is kept in ${putAway(dataDir, systemClock.now())}`);
    return await startEmbeddedDatabase(dataDir);
  }
}

async function intoDatabase(url: string, name: string, backup: Backup, replaces: boolean): Promise<RowCounts> {
  const sql = openDatabase({ url, connections: 1 });
  try {
    await migrateUp(sql, readMigrations());
    if (!replaces) await refuseUnlessEmpty(sql, name);
    const restored = await backup.restore(sql, { replaces });
    await new ExecutionsTable(sql).releaseAll();
    return restored;
  } finally {
    await sql.end();
  }
}

/** Executions and signals belong to traders: without these there are none. */
async function refuseUnlessEmpty(sql: Sql, name: string): Promise<void> {
  const [row] = await sql<{ traders: number }[]>`select count(*)::integer as traders from public.traders`;
  if (row === undefined || row.traders === 0) return;
  throw new InvalidInput(
    `${name} already holds ${countOf(row.traders, "trader")}: expected an empty one, or --force to delete them with their executions and signals`,
  );
}

function variablesOf(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, text]) => `${name}=${text}\n`)
    .join("");
}

/** Nobody finds half a file, and nobody else may read it. */
function writePrivately(path: string, content: string | Uint8Array): void {
  writeFileSync(`${path}.unfinished`, content, { mode: 0o600 });
  renameSync(`${path}.unfinished`, path);
}
