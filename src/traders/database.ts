import postgres from "postgres";
import { InvalidInput, VyxError } from "../core/mod.ts";

/** What a database is asked for with. bigint columns are numbers here: they hold Unix milliseconds and row ids. */
export type Sql = postgres.Sql<{ bigint: number }>;

/** The same within a transaction. */
export type Transaction = postgres.TransactionSql<{ bigint: number }>;

/** How a database is reached. */
export interface DatabaseAddress {
  /** postgres://user:password@host:port/database; with `?host=/folder` the Unix socket there. */
  readonly url: string;
  /** The most connections that are held at a time. */
  readonly connections: number;
}

/** A connection that isn't there after this long is given up, in seconds. */
const CONNECT_WITHIN_SECONDS = 10;

/** A lost connection is opened again after this, in seconds. A longer wait would go on when the database is back. */
const RECONNECT_AFTER_SECONDS = 0.5;

/** A statement that takes longer than this is stuck, in milliseconds. */
const STATEMENT_TIMEOUT_MS = 30_000;

/** Opens a pool. Connects when it is first used. Throws {@link InvalidInput} for what isn't an address. */
export function openDatabase(address: DatabaseAddress): Sql {
  return open(address, true);
}

/** Opens a pool of one connection for LISTEN and NOTIFY alone: it doesn't ask for types first, so it can be ended at any moment. */
export function openAnnouncements(url: string): Sql {
  return open({ url, connections: 1 }, false);
}

function open(address: DatabaseAddress, fetchesTypes: boolean): Sql {
  const { url, socketFolder } = readAddress(address.url);
  return postgres(url, {
    fetch_types: fetchesTypes,
    ...(socketFolder === null ? {} : { host: socketFolder }),
    max: address.connections,
    connect_timeout: CONNECT_WITHIN_SECONDS,
    backoff: () => RECONNECT_AFTER_SECONDS,
    connection: { application_name: "vyx", statement_timeout: STATEMENT_TIMEOUT_MS },
    onnotice: () => {},
    types: { bigint: { to: 20, from: [20], serialize: (value: number) => String(value), parse: Number } },
  });
}

/** The database can't be reached or is shutting down: the same call may succeed later. */
export class DatabaseUnreachable extends VyxError {
  readonly code = "database_unreachable";
  readonly retryable = true;
}

/** The database answered, and refused: a wrong password, an unknown database, a missing permission. */
export class DatabaseRefused extends VyxError {
  readonly code = "database_refused";
  readonly retryable = false;
}

/** Does something with a database for a person at a terminal: a refusal by PostgreSQL becomes a {@link DatabaseRefused}. */
export async function inWords<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (!(cause instanceof postgres.PostgresError)) throw cause;
    throw new DatabaseRefused(`the database refused: ${cause.message} (SQLSTATE ${cause.code})`, { cause });
  }
}

/** Runs a query; what a lost connection makes of it becomes a {@link DatabaseUnreachable}. */
export async function reached<T>(query: PromiseLike<T>): Promise<T> {
  try {
    return await query;
  } catch (cause) {
    if (!isLost(cause)) throw cause;
    throw new DatabaseUnreachable(`the database can't be reached: ${(cause as Error).message || codeOf(cause)}`, {
      cause,
    });
  }
}

/**
 * Runs queries of which each part reads the first rows of an index: the planner doesn't sort where an index has the order already.
 * Where statistics aren't collected yet it takes a trader with a million signals for one with few, and sorts them all.
 */
export async function inIndexOrder<T>(sql: Sql, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  const running = sql.begin(async (transaction) => {
    // Plans with what is off count as expensive, and PostgreSQL compiles those (jit) for longer than they run.
    await transaction`select set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true),
      set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)`;
    return await work(transaction);
  });
  return (await reached(running)) as T;
}

/** postgres.js names lost connections by codes of its own, the system by errno, PostgreSQL by SQLSTATE class 08 and 57P. */
function isLost(cause: unknown): boolean {
  return /^(CONNECT|ECONN|EPIPE|ENOENT|ENOTFOUND|ETIMEDOUT|EAI_AGAIN|EHOST|ENET|08|57P0|53300)/.test(codeOf(cause));
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : "";
}

/** As libpq, but not postgres.js, a `host` in the query that is a path means the folder of a Unix socket. */
function readAddress(text: string): { url: string; socketFolder: string | null } {
  if (!URL.canParse(text) || !/^postgres(ql)?:$/.test(new URL(text).protocol)) {
    throw new InvalidInput("the database's address is not one: expected postgres://user:password@host:5432/database");
  }
  const url = new URL(text);
  for (const [part, what] of [
    [url.username, "user's name"],
    [url.password, "password"],
    [url.pathname, "database's name"],
  ] as const) {
    if (!isDecodable(part)) {
      throw new InvalidInput(
        `the ${what} in the database's address has a % that begins no character: expected % written as %25, and other special characters likewise`,
      );
    }
  }
  const socketFolder = url.searchParams.get("host");
  url.searchParams.delete("host");
  return { url: url.href, socketFolder };
}

function isDecodable(part: string): boolean {
  try {
    decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}
