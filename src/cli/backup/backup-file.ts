import { InvalidInput } from "../../core/mod.ts";
import type { RowSlice } from "../../screening/mod.ts";
import {
  continueIdsAfter,
  noRows,
  type RowCounts,
  type Sql,
  TRADER_TABLES,
  type TraderTableName,
  unannounced,
  writeRows,
} from "../../traders/mod.ts";
import { Archive, ArchiveWriter } from "./archive.ts";

const FORMAT = "vyx backup";

/** Changes when an older program couldn't read the file. */
const VERSION = 1;

/** Names of the parts beside the rows, which are `TABLE-NUMBER.ndjson.gz`. */
const KEYS = "keys.json";
const SETTINGS_PART = "settings.json";

/** What a backup says about itself. */
export interface BackupAbout {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  /** In ISO 8601, by the clock of the machine. */
  readonly createdAt: string;
  readonly program: string;
  /** The versions of the migrations that its database had. */
  readonly migrations: readonly string[];
  readonly rows: RowCounts;
  /** The highest id of a signal, so that no id is given twice. */
  readonly lastSignalId: number;
}

/** What goes into a backup beside the rows. */
export interface BackupExtras {
  readonly createdAt: string;
  readonly program: string;
  readonly migrations: readonly string[];
  /** The file of API keys as it is; undefined for none. */
  readonly keys: Uint8Array | undefined;
  /** Variables of settings, none of them secret. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Writes a backup. The file has its name only once it is whole. Gives back how many rows it has. */
export async function writeBackup(
  path: string,
  slices: AsyncIterable<RowSlice>,
  extras: BackupExtras,
): Promise<BackupAbout> {
  const archive = new ArchiveWriter(path);
  try {
    const rows = noRows();
    let lastSignalId = 0;
    let parts = 0;
    for await (const slice of slices) {
      parts += 1;
      rows[slice.table] += slice.rows.length;
      const last = slice.rows.at(-1);
      if (slice.table === "signals" && last !== undefined) lastSignalId = Math.max(lastSignalId, JSON.parse(last).id);
      const name = `${slice.table}-${String(parts).padStart(6, "0")}.ndjson.gz`;
      archive.add(name, Bun.gzipSync(`${slice.rows.join("\n")}\n`));
    }
    if (extras.keys !== undefined) archive.add(KEYS, extras.keys);
    archive.add(SETTINGS_PART, Buffer.from(`${JSON.stringify(extras.settings, null, 2)}\n`));
    const { createdAt, program, migrations } = extras;
    const about: BackupAbout = { format: FORMAT, version: VERSION, createdAt, program, migrations, rows, lastSignalId };
    archive.finish(about);
    return about;
  } finally {
    archive.abandon();
  }
}

/** A backup of which every byte was checked. */
export class Backup {
  readonly #archive: Archive;
  readonly about: BackupAbout;

  private constructor(archive: Archive, about: BackupAbout) {
    this.#archive = archive;
    this.about = about;
  }

  /** Throws {@link InvalidInput} when the file isn't a whole backup, or one of a newer version: `known` are this one's migrations. */
  static open(path: string, known: readonly string[]): Backup {
    const archive = Archive.open(path);
    const about = archive.about as BackupAbout;
    if (about.format !== FORMAT)
      throw new InvalidInput(`${path} is not a backup: expected a file that \`vyx backup\` wrote`);
    const newer = about.migrations.find((version) => !known.includes(version));
    if (about.version > VERSION || newer !== undefined) {
      throw new InvalidInput(
        `${path} was written by a newer version of Vyx, ${about.program}: restore it with that version or a newer one`,
      );
    }
    return new Backup(archive, about);
  }

  get keys(): Buffer | undefined {
    return this.#archive.read(KEYS);
  }

  get settings(): Readonly<Record<string, string>> {
    return JSON.parse(this.#archive.read(SETTINGS_PART)?.toString() ?? "{}");
  }

  /**
   * Puts all rows into a database that has all migrations, in one transaction: all of it or nothing. `replaces` deletes first what is
   * there. Signals keep their ids, and aren't published as new ones. Leases end. Gives back how many rows there are of each table.
   */
  async restore(to: Sql, { replaces }: { readonly replaces: boolean }): Promise<RowCounts> {
    const written = noRows();
    await to.begin(async (transaction) => {
      if (replaces)
        await transaction`truncate public.traders, public.trader_versions, public.executions, public.signals,
        public.signal_outcomes, public.outcomes_due, public.destinations, public.deliveries, public.price_alerts,
        public.alert_events`;
      await unannounced(transaction, async () => {
        for (const table of TRADER_TABLES) {
          for (const rows of this.#slicesOf(table)) {
            written[table] += await writeRows(transaction, table, rows, { keepsIds: true });
          }
        }
      });
      await continueIdsAfter(transaction, this.about.lastSignalId);
    });
    return written;
  }

  *#slicesOf(table: TraderTableName): Generator<string[], void> {
    for (const name of this.#archive.names) {
      if (!name.startsWith(`${table}-`)) continue;
      const packed = this.#archive.read(name) ?? Buffer.alloc(0);
      yield new TextDecoder()
        .decode(Bun.gunzipSync(new Uint8Array(packed)))
        .trimEnd()
        .split("\n");
    }
  }
}
