import { chmodSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { VyxError } from "../../core/mod.ts";
import { databaseFolder } from "../../embedded/mod.ts";
import { DatabaseUnreachable, readRows, type Sql, type TraderTableName } from "../../traders/mod.ts";

/**
 * The order in which tables are read while others write. What an execution that ended stored is read after it, and its trader last: so no
 * signal of a run that counts as done is missing. Rows whose trader was deleted meanwhile are left out when they are written, and so are
 * outcomes without their signal; outcomes that come meanwhile are computed anew. A price alert whose destination was deleted meanwhile goes to all.
 */
export const READ_ORDER: readonly TraderTableName[] = [
  "price_alerts",
  "destinations",
  "signal_outcomes",
  "executions",
  "signals",
  "trader_versions",
  "traders",
];

/** The longest path of a Unix socket, in bytes: less than the 104 of macOS and the 108 of Linux. */
const MAX_SOCKET_PATH = 100;

/** The last line of a stream that is whole. */
const END = "end";

/** How the last line of one begins whose database couldn't be read; the rest of it says why. */
const FAILED = "failed ";

/** The stream ended before all was sent. */
export class StreamCutOff extends VyxError {
  readonly code = "stream_cut_off";
  readonly retryable = true;
}

/** Rows of one table, as JSON texts without line ends. */
export interface RowSlice {
  readonly table: TraderTableName;
  readonly rows: readonly string[];
}

/** The socket over which a running server hands out its embedded database; only its user may enter the folder. */
export function backupSocket(dataDir: string): string {
  return join(databaseFolder(dataDir), "backup.sock");
}

/** Sends all rows to each process that opens the socket. */
export interface RowServer {
  stop(): Promise<void>;
}

/** What a running server sends rows from. */
export interface RowServerParts {
  readonly sql: Sql;
  /** Resolves when no close is being worked on. */
  readonly idle: () => Promise<void>;
  /** Does work with the database; rejects with {@link DatabaseUnreachable} when that is found to be away. */
  readonly whileUp: <T>(work: () => Promise<T>) => Promise<T>;
}

/**
 * Serves the rows of a running server's database on a Unix socket. Slices are read over the server's own connection, because another
 * connection's statements would get between its own; and each waits until no close is being worked on. Returns undefined where the
 * path is too long for a socket.
 */
export function serveRows(path: string, parts: RowServerParts): RowServer | undefined {
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH) return undefined;
  rmSync(path, { force: true });
  const server = Bun.serve({
    unix: path,
    fetch: (request, running) => {
      // Nothing is sent while a close is worked on, however long that takes.
      running.timeout(request, 0);
      return new Response(linesOf(parts));
    },
  });
  chmodSync(path, 0o600);
  return {
    // What is left of the socket refuses connections, and the next start replaces it.
    stop: () => server.stop(true),
  };
}

/** For each slice a line with its table and the number of rows, and a line for each row. */
async function* linesOf({ sql, idle, whileUp }: RowServerParts): AsyncGenerator<string, void> {
  try {
    for (const table of READ_ORDER) {
      await whileUp(idle);
      const slices = readRows(sql, table);
      const next = async (): Promise<readonly string[] | undefined> => {
        const slice = await whileUp(() => slices.next());
        return slice.done === true ? undefined : slice.value;
      };
      for (let rows = await next(); rows !== undefined; rows = await next()) {
        yield `${table} ${rows.length}\n${rows.join("\n")}\n`;
        await whileUp(idle);
      }
    }
    yield `${END}\n`;
  } catch (cause) {
    if (!(cause instanceof DatabaseUnreachable)) throw cause;
    yield `${FAILED}${cause.message}\n`;
  }
}

/** Reads the rows from a running server; undefined if none listens. Throws {@link StreamCutOff} when it or its database stops meanwhile. */
export async function rowsFrom(path: string): Promise<AsyncGenerator<RowSlice, void> | undefined> {
  if (!existsSync(path)) return undefined;
  let response: Response;
  try {
    response = await fetch("http://localhost/rows", { unix: path });
  } catch {
    return undefined;
  }
  return slicesOf(response);
}

async function* slicesOf({ body }: Response): AsyncGenerator<RowSlice, void> {
  let slice: { table: TraderTableName; rows: string[]; left: number } | undefined;
  for await (const line of linesIn(body)) {
    if (slice === undefined) {
      if (line === END) return;
      if (line.startsWith(FAILED)) throw new StreamCutOff(`no backup was made: ${line.slice(FAILED.length)}`);
      const [table = "", count = ""] = line.split(" ");
      slice = { table: table as TraderTableName, rows: [], left: Number(count) };
    } else {
      slice.rows.push(line);
      slice.left -= 1;
    }
    if (slice.left > 0) continue;
    yield slice;
    slice = undefined;
  }
  throw new StreamCutOff("the server stopped while its database was read: start the backup again");
}

async function* linesIn(body: ReadableStream<Uint8Array> | null): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for await (const chunk of body ?? []) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
  } catch (cause) {
    throw new StreamCutOff("the server stopped while its database was read: start the backup again", { cause });
  }
}
