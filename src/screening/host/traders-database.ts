import { existsSync } from "node:fs";
import { assert } from "../../core/mod.ts";
import {
  type DatabaseDurability,
  databaseFolder,
  type EmbeddedDatabase,
  hasEmbeddedDatabase,
  startEmbeddedDatabase,
} from "../../embedded/mod.ts";
import { type Migration, migrateUp, migrationStatuses, openDatabase, type Sql } from "../../traders/mod.ts";
import { NotThere } from "./not-there.ts";

/** Connections to a PostgreSQL server. PGlite has one. */
const CONNECTIONS = 8;

/** The fault while nothing is in a lost database's place: a new, empty database would look as if there had never been traders. */
const GONE =
  "the database was moved or replaced, and none is in its place: put the folder `database` back into the data folder, or restart the server to begin without traders";

/** Where traders are stored. */
export interface TradersDatabaseParts {
  /** A PostgreSQL server's address; undefined for the database of our own. */
  readonly databaseUrl: string | undefined;
  /** The folder of the database of our own; undefined keeps it in memory. */
  readonly dataDir: string | undefined;
  readonly databaseDurability: DatabaseDurability;
  /** Reads the migrations of the traders' tables. */
  readonly migrations: () => readonly Migration[];
}

/** The database of the traders: a PostgreSQL server, or the embedded one, which can be lost and opened again. */
export class TradersDatabase {
  readonly #parts: TradersDatabaseParts;
  #embedded: EmbeddedDatabase | undefined;
  #sql: Sql | undefined;
  /** The embedded database was moved away while it was open. */
  #wasLost = false;

  constructor(parts: TradersDatabaseParts) {
    this.#parts = parts;
  }

  get isEmbedded(): boolean {
    return this.#parts.databaseUrl === undefined;
  }

  /** How many connections it has. */
  get connections(): number {
    return this.isEmbedded ? 1 : CONNECTIONS;
  }

  /** Its connections; undefined before {@link connect}, and after {@link giveUp}. */
  get sql(): Sql | undefined {
    return this.#sql;
  }

  /** In words, where its rows are. */
  get place(): string {
    return this.isEmbedded ? (this.#parts.dataDir ?? "memory") : "PostgreSQL";
  }

  /** A data folder with an embedded database that isn't used, because the traders are in PostgreSQL. */
  get unusedFolder(): string | undefined {
    const { dataDir } = this.#parts;
    return !this.isEmbedded && dataDir !== undefined && hasEmbeddedDatabase(dataDir) ? dataDir : undefined;
  }

  /** Whether there is a database, or there was one in an earlier run. */
  mayExist(): boolean {
    const { databaseUrl, dataDir } = this.#parts;
    if (databaseUrl !== undefined || this.#wasLost) return true;
    return dataDir !== undefined && existsSync(databaseFolder(dataDir));
  }

  /** Starts the embedded database, unless it runs. Rejects with the signal's reason when that is aborted before it is ready. */
  async startEmbedded(signal: AbortSignal): Promise<void> {
    const { dataDir, databaseDurability } = this.#parts;
    if (this.#wasLost && dataDir !== undefined && !hasEmbeddedDatabase(dataDir)) throw new NotThere(GONE);
    this.#embedded ??= await startEmbeddedDatabase(dataDir, signal, databaseDurability);
  }

  /** Its connections, made at the first call. An embedded database has to be started before. */
  connect(): Sql {
    const url = this.#parts.databaseUrl ?? this.#embedded?.url;
    assert(url !== undefined, "an embedded database is started before it is used");
    this.#sql ??= openDatabase({ url, connections: this.connections });
    return this.#sql;
  }

  /** Applies missing migrations to an embedded database. A PostgreSQL server's owner does that: throws if some are missing there. */
  async migrate(sql: Sql): Promise<void> {
    if (this.isEmbedded) {
      await migrateUp(sql, this.#parts.migrations());
      return;
    }
    const statuses = await migrationStatuses(sql, this.#parts.migrations());
    const waiting = statuses.filter(({ state }) => state === "waiting");
    if (waiting.length === 0) return;
    throw new NotThere(`the database lacks ${waiting.length} migrations: run \`vyx database\` on it`);
  }

  /** In words, why the embedded database's folder isn't ours any more. Undefined while all is well. */
  lost(): string | undefined {
    return this.#embedded?.lost();
  }

  /** Ends a lost database without another word: another server may be in what stands in its place. It can be started anew. */
  async giveUp(): Promise<void> {
    this.#wasLost = true;
    const sql = this.#sql;
    this.#embedded?.abandon();
    this.#embedded = undefined;
    this.#sql = undefined;
    await sql?.end({ timeout: 0 }).catch(() => {});
  }

  /** Closes it. Resolves when all is written. */
  async stop(): Promise<void> {
    await this.#sql?.end({ timeout: 2 });
    await this.#embedded?.stop();
  }
}
