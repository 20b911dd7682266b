import { type Clock, millis, reasonOf, type StopSignal, type UnixMs } from "../core/mod.ts";
import { reached, type Sql } from "./database.ts";
import type { TraderLog } from "./ports.ts";

/** How often the database is examined, in milliseconds. */
const LOOK_EVERY_MS = 15_000;

/** How often its size is measured: it examines every file, in milliseconds. */
const MEASURE_EVERY_MS = 300_000;

/** A checkpoint is due at this much log since the last one, in bytes, */
const CHECKPOINT_BYTES = 16 * 1024 ** 2;

/** or at this age of the last one, in milliseconds, if there is more log than a checkpoint itself writes, in bytes. */
const CHECKPOINT_EVERY_MS = 300_000;
const IDLE_BYTES = 1024;

/** With this much log a checkpoint waits for no quiet moment any more, in bytes. */
const URGENT_BYTES = 64 * 1024 ** 2;

/** A table is vacuumed when this many rows, and this share of it, are dead; or analysed when they have changed. */
const STALE_ROWS = 1_000;
const STALE_SHARE = 0.05;

/** With this share of dead rows a vacuum waits for no quiet moment any more. */
const URGENT_SHARE = 0.25;

/** Milliseconds of a minute, by the clock, in which a piece of work may begin: closes are at its end. */
const QUIET_MS = { from: 2_000, to: 40_000 } as const;
const MINUTE_MS = 60_000;

/** What the database takes on disk, and what was done for it since the start. */
export interface DatabaseStorageFigures {
  /** Tables and indexes, in bytes; undefined before they are first measured. */
  readonly bytes: number | undefined;
  /** The write-ahead log, in bytes; undefined for a PostgreSQL server, where only its administrator may know. */
  readonly logBytes: number | undefined;
  readonly checkpoints: number;
  readonly vacuums: number;
  /** When the embedded database was last examined, and got what it needed, or when that began; undefined for a PostgreSQL server. */
  readonly maintainedAt: UnixMs | undefined;
}

/** What the maintenance works on. */
export interface MaintenanceParts {
  readonly sql: Sql;
  /** A database without processes of its own that do this work. Otherwise only sizes are measured. */
  readonly isEmbedded: boolean;
  /** No close is being worked on. */
  readonly isIdle: () => boolean;
  readonly clock: Clock;
  readonly log: TraderLog;
}

/**
 * Does for an embedded database what PostgreSQL's background processes do for a server: checkpoints, vacuum, statistics. All
 * connections share its one session, so each piece holds up every other statement while it runs: one piece at a time, in the
 * quiet part of a minute, unless it has become urgent. A server's database is only measured.
 */
export class DatabaseMaintenance {
  readonly #parts: MaintenanceParts;
  #sizes: { readonly bytes: number; readonly logBytes: number | undefined } | undefined;
  #measuredAt = 0;
  #checkpoints = 0;
  #vacuums = 0;
  #maintainedAt: UnixMs;

  constructor(parts: MaintenanceParts) {
    this.#parts = parts;
    this.#maintainedAt = parts.clock.now();
  }

  /** Sizes as they were measured last. */
  figures(): DatabaseStorageFigures {
    return {
      bytes: this.#sizes?.bytes,
      logBytes: this.#sizes?.logBytes,
      checkpoints: this.#checkpoints,
      vacuums: this.#vacuums,
      maintainedAt: this.#parts.isEmbedded ? this.#maintainedAt : undefined,
    };
  }

  /** Works until the signal is aborted. A failure is logged, and the next look tries again. */
  async run(signal: StopSignal): Promise<void> {
    const { clock, log } = this.#parts;
    while (!signal.aborted) {
      await this.look().catch((cause) => {
        if (!signal.aborted) log.warn(`the traders' database can't be maintained now: ${reasonOf(cause)}`);
      });
      await clock.sleep(millis(LOOK_EVERY_MS), signal).catch(() => {});
    }
  }

  /** Measures when that is due, and does the piece of work that is most due, if any. Gives back which. */
  async look(): Promise<string | undefined> {
    const piece = this.#parts.isEmbedded ? await this.#work() : undefined;
    const now = this.#parts.clock.now();
    if (this.#sizes === undefined || Math.abs(now - this.#measuredAt) >= MEASURE_EVERY_MS || piece !== undefined) {
      await this.#measure();
      this.#measuredAt = now;
    }
    this.#maintainedAt = now;
    return piece;
  }

  async #work(): Promise<string | undefined> {
    const { sql } = this.#parts;
    const isQuiet = this.#isQuiet();
    const [log] = await reached(sql<{ bytes: number; age: number }[]>`
      select (pg_current_wal_insert_lsn() - redo_lsn)::bigint as bytes,
        (extract(epoch from clock_timestamp() - checkpoint_time) * 1000)::bigint as age
      from pg_control_checkpoint()`);
    const { bytes, age } = log ?? { bytes: 0, age: 0 };
    const isDue = bytes >= CHECKPOINT_BYTES || (bytes > IDLE_BYTES && Math.abs(age) >= CHECKPOINT_EVERY_MS);
    if (bytes >= URGENT_BYTES || (isDue && isQuiet)) {
      await reached(sql.unsafe("checkpoint").simple());
      this.#checkpoints += 1;
      return "checkpoint";
    }
    return await this.#vacuum(isQuiet);
  }

  async #vacuum(isQuiet: boolean): Promise<string | undefined> {
    const { sql } = this.#parts;
    // What was counted is lost in a crash; the rows that the planner knows of aren't.
    const [table] = await reached(sql<{ name: string; dead: number; rows: number }[]>`
      select quote_ident(s.relname) as name, n_dead_tup as dead, rows
      from pg_stat_user_tables s join pg_class c on c.oid = s.relid
        cross join lateral (select greatest(c.reltuples, s.n_live_tup, 0) as rows) estimate
      where s.schemaname = 'public' and greatest(n_dead_tup, n_mod_since_analyze, n_ins_since_vacuum)
        > ${STALE_ROWS}::float + ${STALE_SHARE}::float * rows
      order by n_dead_tup desc, s.relname limit 1`);
    if (table === undefined) return undefined;
    const { name, dead, rows } = table;
    if (!isQuiet && dead <= STALE_ROWS + URGENT_SHARE * rows) return undefined;
    await reached(sql.unsafe(`vacuum (analyze) public.${name}`).simple());
    this.#vacuums += 1;
    return `vacuum ${name}`;
  }

  #isQuiet(): boolean {
    const { isIdle, clock } = this.#parts;
    const inMinute = clock.now() % MINUTE_MS;
    return isIdle() && inMinute >= QUIET_MS.from && inMinute < QUIET_MS.to;
  }

  async #measure(): Promise<void> {
    const { sql, isEmbedded } = this.#parts;
    const ofLog = isEmbedded ? sql`(select coalesce(sum(size), 0)::bigint from pg_ls_waldir())` : sql`null::bigint`;
    const [sizes] = await reached(sql<{ bytes: number; log_bytes: number | null }[]>`
      select pg_database_size(current_database()) as bytes, ${ofLog} as log_bytes`);
    if (sizes !== undefined) this.#sizes = { bytes: sizes.bytes, logBytes: sizes.log_bytes ?? undefined };
  }
}
