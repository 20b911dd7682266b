import { existsSync, readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import packageFile from "../../../package.json" with { type: "json" };
import { InvalidInput, reasonOf } from "../../core/mod.ts";
import { hasEmbeddedDatabase, startEmbeddedDatabase } from "../../embedded/mod.ts";
import { backupSocket, READ_ORDER, type RowSlice, rowsFrom } from "../../screening/mod.ts";
import { inWords, migrateUp, openDatabase, readRows, type Sql } from "../../traders/mod.ts";
import { systemClock } from "../clock.ts";
import { SETTINGS } from "../config.ts";
import { readMigrations } from "../migrations-folder.ts";
import { optionOf } from "../options.ts";
import { readSettings, type SettingsInForce } from "../read-settings.ts";
import { rowsInWords } from "../rows-in-words.ts";
import { variableOf } from "../setting.ts";
import type { SettingName } from "../settings.ts";
import { type BackupAbout, type BackupExtras, writeBackup } from "./backup-file.ts";
import { noteBackup } from "./last-backup.ts";

interface BackupFlags {
  readonly dataDir?: string;
  readonly databaseUrl?: string;
  readonly keysFile?: string;
  readonly force?: true;
}

/** `vyx backup`: traders, executions, signals, keys and settings in one file, while the server runs or not. */
export function backupCommand(program: Command): void {
  program
    .command("backup")
    .argument("<FILE>", "where the backup is written")
    .description(
      "Write traders, executions, signals, API keys and settings to one file. The server may run meanwhile.\n" +
        "Klines aren't part of it: the exchange has them. Secrets aren't, except for the hashes of API keys.",
    )
    .addOption(optionOf("dataDir"))
    .addOption(optionOf("databaseUrl"))
    .addOption(optionOf("keysFile"))
    .addOption(new Option("--force", "replace FILE if it exists"))
    .action(async (file: string, { force, ...flags }: BackupFlags) => {
      const inForce = readSettings({ ...flags }, process.env);
      if (existsSync(file) && force !== true) throw new InvalidInput(`${file} exists: choose another name, or --force`);
      const { rows, createdAt } = await inWords(backUp(file, inForce));
      console.log(`backed up: ${rowsInWords(rows)} to ${file}`);
      note(inForce.settings.dataDir, createdAt);
    });
}

/** For the metric vyx_backup_age_seconds. The backup is whole without it. */
function note(dataDir: string | undefined, createdAt: string): void {
  if (dataDir === undefined) return;
  try {
    noteBackup(dataDir, createdAt);
  } catch (cause) {
    console.error(`vyx: the server can't know of this backup (vyx_backup_age_seconds): ${reasonOf(cause)}`);
  }
}

async function backUp(file: string, inForce: SettingsInForce): Promise<BackupAbout> {
  const { dataDir, databaseUrl } = inForce.settings;
  const extras = extrasOf(inForce);
  if (databaseUrl !== undefined) {
    const sql = openDatabase({ url: databaseUrl, connections: 1 });
    try {
      return await writeBackup(file, oneState(sql), extras);
    } finally {
      await sql.end();
    }
  }
  if (dataDir === undefined || !existsSync(dataDir)) {
    throw new InvalidInput(
      `${dataDir === undefined ? "--data-dir is none" : `--data-dir: there is no folder ${dataDir}`}: expected the data folder of a server, or --database-url`,
    );
  }
  const running = await rowsFrom(backupSocket(dataDir));
  if (running !== undefined) return await writeBackup(file, running, extras);
  if (!hasEmbeddedDatabase(dataDir)) {
    console.error(
      `vyx: ${dataDir} has no database, so the backup has no traders. If this server had traders, its folder is another one, or was moved`,
    );
    return await writeBackup(file, nothing(), extras);
  }
  const own = await startEmbeddedDatabase(dataDir);
  const sql = openDatabase({ url: own.url, connections: 1 });
  try {
    await migrateUp(sql, readMigrations());
    return await writeBackup(file, oneState(sql), extras);
  } finally {
    await sql.end();
    await own.stop();
  }
}

/** A server that never had a trader has no database. */
async function* nothing(): AsyncGenerator<RowSlice, void> {}

/** All rows as they are at one moment, however long reading them takes. */
async function* oneState(sql: Sql): AsyncGenerator<RowSlice, void> {
  const connection = await sql.reserve();
  try {
    await connection`begin isolation level repeatable read read only`;
    for (const table of READ_ORDER) {
      for await (const rows of readRows(connection, table)) yield { table, rows };
    }
    await connection`commit`;
  } finally {
    connection.release();
  }
}

function extrasOf({ settings, texts }: SettingsInForce): BackupExtras {
  const names = (Object.keys(SETTINGS) as SettingName[]).filter((name) => {
    return texts[name].origin !== "default" && !SETTINGS[name].secret;
  });
  return {
    createdAt: new Date(systemClock.now()).toISOString(),
    program: packageFile.version,
    migrations: readMigrations().map(({ version }) => version),
    keys: settings.keysFile === undefined ? undefined : keysIn(settings.keysFile),
    settings: Object.fromEntries(names.map((name) => [variableOf(SETTINGS[name].flag), texts[name].text])),
  };
}

function keysIn(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new InvalidInput(`--keys-file: ${file} can't be read: ${reasonOf(cause)}`, { cause });
  }
}
