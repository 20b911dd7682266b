import { reasonOf, VyxError } from "../core/mod.ts";
import { reached, type Sql, type Transaction } from "./database.ts";

/** One step of the database's shape, both ways. */
export interface Migration {
  /** When it was written, yyyymmddhhmmss, which is also the order. */
  readonly version: string;
  readonly name: string;
  readonly up: string;
  readonly down: string;
}

/** A migration and whether the database has it. */
export interface MigrationStatus {
  readonly version: string;
  readonly name: string;
  /** `supabase`: its CLI applied it and keeps note of it. */
  readonly state: "applied" | "supabase" | "waiting";
}

/** A migration can't be applied; nothing of the attempt is left in the database. */
export class MigrationFailed extends VyxError {
  readonly code = "migration_failed";
  readonly retryable = false;
}

/** Held while migrating, so that two servers that start together don't both do it. The number means nothing. */
const LOCK = 8_791_435_112;

/** What became of the migrations; with `dryRun`, what would have. */
export interface MigrationOutcome {
  readonly done: readonly string[];
  readonly statuses: readonly MigrationStatus[];
}

/** Applies what the database doesn't have yet, all of it or nothing. Throws {@link MigrationFailed}. */
export async function migrateUp(
  sql: Sql,
  migrations: readonly Migration[],
  options: { readonly dryRun?: boolean } = {},
): Promise<MigrationOutcome> {
  return await inOneTransaction(sql, options.dryRun === true, async (transaction) => {
    const before = await statusesOf(transaction, migrations);
    const waiting = migrations.filter((_, index) => before[index]?.state === "waiting");
    const late = waiting.find(({ version }) => before.some((one) => one.state === "applied" && one.version > version));
    if (late !== undefined) {
      throw new MigrationFailed(`${late.version}_${late.name} comes before one that the database already has`);
    }
    for (const migration of waiting) {
      await run(transaction, migration, "up");
      await transaction`insert into vyx.migrations (version, name, checksum)
        values (${migration.version}, ${migration.name}, ${await checksumOf(migration)})`;
    }
    return { done: waiting.map(titleOf), statuses: await statusesOf(transaction, migrations) };
  });
}

/** Takes back the newest `steps` migrations that were applied here, data and all. Throws {@link MigrationFailed}. */
export async function migrateDown(
  sql: Sql,
  migrations: readonly Migration[],
  options: { readonly steps: number; readonly dryRun?: boolean },
): Promise<MigrationOutcome> {
  return await inOneTransaction(sql, options.dryRun === true, async (transaction) => {
    const statuses = await statusesOf(transaction, migrations);
    const applied = migrations.filter((_, index) => statuses[index]?.state === "applied");
    const back = applied.reverse().slice(0, options.steps);
    for (const migration of back) {
      await run(transaction, migration, "down");
      await transaction`delete from vyx.migrations where version = ${migration.version}`;
    }
    return { done: back.map(titleOf), statuses: await statusesOf(transaction, migrations) };
  });
}

/** Which migrations the database has. Leaves nothing in it. */
export async function migrationStatuses(
  sql: Sql,
  migrations: readonly Migration[],
): Promise<readonly MigrationStatus[]> {
  const { statuses } = await inOneTransaction(sql, true, async (transaction) => ({
    done: [],
    statuses: await statusesOf(transaction, migrations),
  }));
  return statuses;
}

/** Carries an outcome out of a transaction that is rolled back. */
class DryRun extends Error {
  readonly outcome: MigrationOutcome;

  constructor(outcome: MigrationOutcome) {
    super("a dry run is rolled back");
    this.outcome = outcome;
  }
}

async function inOneTransaction(
  sql: Sql,
  dryRun: boolean,
  work: (transaction: Transaction) => Promise<MigrationOutcome>,
): Promise<MigrationOutcome> {
  const running = sql.begin(async (transaction) => {
    await transaction`select pg_advisory_xact_lock(${LOCK})`;
    await transaction`create schema if not exists vyx`;
    await transaction`create table if not exists vyx.migrations (
      version text primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())`;
    const outcome = await work(transaction);
    if (dryRun) throw new DryRun(outcome);
    return outcome;
  });
  try {
    return (await reached(running)) as MigrationOutcome;
  } catch (cause) {
    if (cause instanceof DryRun) return cause.outcome;
    throw cause;
  }
}

async function statusesOf(transaction: Transaction, migrations: readonly Migration[]): Promise<MigrationStatus[]> {
  const applied = new Map<string, string>();
  for (const { version, checksum } of await transaction<{ version: string; checksum: string }[]>`
    select version, checksum from vyx.migrations order by version`) {
    applied.set(version, checksum);
  }
  for (const version of applied.keys()) {
    if (migrations.some((migration) => migration.version === version)) continue;
    throw new MigrationFailed(
      `the database has migration ${version}, which this version of Vyx doesn't know: use the newer Vyx that applied it`,
    );
  }
  const bySupabase = await supabaseVersions(transaction);
  const statuses: MigrationStatus[] = [];
  for (const migration of migrations) {
    const checksum = applied.get(migration.version);
    if (checksum !== undefined && checksum !== (await checksumOf(migration))) {
      throw new MigrationFailed(
        `${titleOf(migration)} was changed after it had been applied: put it back as it was, and write a new one`,
      );
    }
    const state = checksum !== undefined ? "applied" : bySupabase.has(migration.version) ? "supabase" : "waiting";
    statuses.push({ version: migration.version, name: migration.name, state });
  }
  return statuses;
}

/** The versions that Supabase's CLI applied, from its own table; none where it never ran. */
async function supabaseVersions(transaction: Transaction): Promise<Set<string>> {
  const [found] = await transaction<{ there: boolean }[]>`
    select to_regclass('supabase_migrations.schema_migrations') is not null as there`;
  if (found?.there !== true) return new Set();
  const rows = await transaction<{ version: string }[]>`select version from supabase_migrations.schema_migrations`;
  return new Set(rows.map(({ version }) => version));
}

async function run(transaction: Transaction, migration: Migration, direction: "up" | "down"): Promise<void> {
  try {
    await transaction.unsafe(migration[direction]).simple();
  } catch (cause) {
    const why = reasonOf(cause);
    throw new MigrationFailed(`${titleOf(migration)} (${direction}) failed, and nothing was changed: ${why}`, {
      cause,
    });
  }
}

function titleOf({ version, name }: { readonly version: string; readonly name: string }): string {
  return `${version}_${name}`;
}

async function checksumOf(migration: Migration): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(migration.up));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
