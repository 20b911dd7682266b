import { test } from "bun:test";
import { rmSync } from "node:fs";
import { readMigrations } from "../../src/cli/migrations-folder.ts";
import { type EmbeddedDatabase, startEmbeddedDatabase } from "../../src/embedded/mod.ts";
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

/** Makes a test that one kind of database alone has: the other hasn't got it, rather than skips it. */
export function onlyOn(kind: DatabaseKind, one: DatabaseKind): (name: string, run: () => Promise<void>) => void {
  return kind === one ? test : () => {};
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
  const opened = (url: string): { url: string; sql: Sql } => {
    const sql = openDatabase({ url, connections: kind === "PGlite" ? 1 : 8 });
    open.push(sql);
    return { url, sql };
  };
  return {
    create: async () => opened(await sources.create()),
    migrated: async () => opened(await sources.migrated()),
    stop: async () => {
      await Promise.all(open.splice(0).map((sql) => sql.end()));
      await sources.stop();
    },
  };
}

interface Sources {
  /** The address of an empty database. */
  create(): Promise<string>;
  /** The address of a database that has all tables, and no rows. */
  migrated(): Promise<string>;
  stop(): Promise<void>;
}

async function real(): Promise<Sources> {
  const server: RunningPostgres = await startPostgres();
  /** A database with all tables that others are copies of: migrating each takes much longer. */
  let pattern: Promise<string> | undefined;
  const migratedOnce = async (): Promise<string> => {
    const url = await server.createDatabase();
    await withConnection(url, (sql) => migrateUp(sql, readMigrations()));
    return url;
  };
  return {
    create: () => server.createDatabase(),
    migrated: async () => {
      pattern ??= migratedOnce();
      return await server.createDatabase(await pattern);
    },
    stop: () => server.stop(),
  };
}

/** Making a database takes PGlite seconds, and migrating it half a second. Emptying it, or only its tables, doesn't. */
function embedded(open: Sql[]): Sources {
  let folder = "";
  let database: EmbeddedDatabase | undefined;
  /** What {@link SCHEMA} said of the tables as the migrations made them. */
  let pristine: string | undefined;
  const start = async (): Promise<string> => {
    await Promise.all(open.splice(0).map((sql) => sql.end()));
    if (database === undefined) {
      folder = await dataFolder();
      database = await startEmbeddedDatabase(folder);
    }
    return database.url;
  };
  return {
    create: async () => {
      const url = await start();
      pristine = undefined;
      await withConnection(url, empty);
      return url;
    },
    migrated: async () => {
      const url = await start();
      await withConnection(url, async (sql) => {
        if (pristine !== undefined && (await schemaOf(sql)) === pristine) {
          await emptyTables(sql);
          return;
        }
        await empty(sql);
        await migrateUp(sql, readMigrations());
        pristine = await schemaOf(sql);
      });
      return url;
    },
    stop: async () => {
      await database?.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function withConnection<Result>(url: string, work: (sql: Sql) => Promise<Result>): Promise<Result> {
  const sql = openDatabase({ url, connections: 1 });
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}

async function empty(sql: Sql): Promise<void> {
  await sql
    .unsafe(
      "drop publication if exists supabase_realtime; drop schema if exists vyx, supabase_migrations, public cascade; create schema public",
    )
    .simple();
}

/**
 * One line that changes with whatever a test changes of the tables, their columns, checks, triggers, rights, functions, publications or migrations:
 * a catalog's row that is changed gets a higher transaction. Emptying a table changes only what isn't read here of pg_class.
 */
const SCHEMA = `select concat_ws(' ',
  (select string_agg(concat_ws(',', oid, relname, relrowsecurity, relforcerowsecurity, relreplident, relacl, reloptions), ';' order by oid)
     from pg_class where oid >= 16384),
  ${[
    ...["attribute", "attrdef", "constraint", "index", "trigger", "policy", "proc", "type", "namespace", "authid"],
    ...["default_acl", "publication", "publication_rel", "inherits", "description", "auth_members", "db_role_setting"],
  ]
    .map((name) => `(select concat(count(*), ':', max(xmin::text::bigint)) from pg_${name})`)
    .join(",\n  ")},
  (select string_agg(applied::text, ';' order by version) from vyx.migrations applied)) as line`;

/** Undefined when a test took away what notes the migrations. */
async function schemaOf(sql: Sql): Promise<string | undefined> {
  const rows = await sql.unsafe<{ line: string }[]>(SCHEMA).catch(() => []);
  return rows[0]?.line;
}

async function emptyTables(sql: Sql): Promise<void> {
  const [row] = await sql<{ names: string }[]>`
    select string_agg(format('%I.%I', schemaname, tablename), ', ') as names
    from pg_tables where schemaname = 'public'`;
  await sql.unsafe(`truncate ${row?.names} restart identity cascade`);
}
