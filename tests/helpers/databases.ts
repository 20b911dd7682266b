import { rmSync } from "node:fs";
import { type EmbeddedDatabase, startEmbeddedDatabase } from "../../src/cli/embedded-database.ts";
import { readMigrations } from "../../src/cli/migrations-folder.ts";
import { migrateUp, openDatabase, type Sql } from "../../src/traders/mod.ts";
import { dataFolder } from "./made-database.ts";
import { hasPostgres, type RunningPostgres, startPostgres } from "./postgres.ts";

/** The two kinds of database that everything must work on. */
export const DATABASES = ["PGlite", "PostgreSQL"] as const;

/** One of {@link DATABASES}. */
export type DatabaseKind = (typeof DATABASES)[number];

/** Databases for a test file. */
export interface TestDatabases {
  /** An empty database. With PGlite there is one at a time: making another one ends the one before. */
  create(): Promise<{ url: string; sql: Sql }>;
  /** A database with all tables. */
  migrated(): Promise<{ url: string; sql: Sql }>;
  stop(): Promise<void>;
}

export function isMissing(kind: DatabaseKind): boolean {
  return kind === "PostgreSQL" && !hasPostgres;
}

/** A pool on an empty database that now has all tables. */
export async function migratedOn(url: string): Promise<Sql> {
  const sql = openDatabase({ url, connections: 8 });
  await migrateUp(sql, readMigrations());
  return sql;
}

/** Starts a kind of database. */
export async function startDatabases(kind: DatabaseKind): Promise<TestDatabases> {
  const open: Sql[] = [];
  const sources = kind === "PGlite" ? embedded(open) : await real();
  const create = async (): Promise<{ url: string; sql: Sql }> => {
    const url = await sources.create();
    const sql = openDatabase({ url, connections: kind === "PGlite" ? 1 : 8 });
    open.push(sql);
    return { url, sql };
  };
  return {
    create,
    migrated: async () => {
      const database = await create();
      await migrateUp(database.sql, readMigrations());
      return database;
    },
    stop: async () => {
      await Promise.all(open.splice(0).map((sql) => sql.end()));
      await sources.stop();
    },
  };
}

interface Sources {
  create(): Promise<string>;
  stop(): Promise<void>;
}

async function real(): Promise<Sources> {
  const server: RunningPostgres = await startPostgres();
  return { create: () => server.createDatabase(), stop: () => server.stop() };
}

/** Making a database takes PGlite seconds, emptying one doesn't. */
function embedded(open: Sql[]): Sources {
  let folder = "";
  let database: EmbeddedDatabase | undefined;
  return {
    create: async () => {
      await Promise.all(open.splice(0).map((sql) => sql.end()));
      if (database === undefined) {
        folder = await dataFolder();
        database = await startEmbeddedDatabase(folder);
      } else await empty(database.url);
      return database.url;
    },
    stop: async () => {
      await database?.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function empty(url: string): Promise<void> {
  const sql = openDatabase({ url, connections: 1 });
  await sql
    .unsafe(
      "drop publication if exists supabase_realtime; drop schema if exists vyx, supabase_migrations, public cascade; create schema public",
    )
    .simple();
  await sql.end();
}
