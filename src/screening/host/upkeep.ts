import { type Clock, reasonOf } from "../../core/mod.ts";
import {
  type CloseQueue,
  DatabaseMaintenance,
  type DatabaseWatch,
  type Sql,
  type TraderFigures,
  type TraderLog,
} from "../../traders/mod.ts";
import { backupSocket, type RowServer, serveRows } from "./row-stream.ts";

/** What the upkeep needs besides the database. */
export interface UpkeepParts {
  /** Whether the database is the embedded one, which has no processes of its own for its maintenance. */
  readonly isEmbedded: boolean;
  /** The embedded database's data folder; undefined if it is in memory. */
  readonly dataDir: string | undefined;
  readonly closes: Pick<CloseQueue, "idle" | "isIdle">;
  readonly whileUp: DatabaseWatch["whileUp"];
  readonly clock: Clock;
  readonly log: TraderLog;
}

/** What a database gets for as long as it is the one that is used: maintenance, and a socket for `vyx backup`. */
export class Upkeep {
  readonly #parts: UpkeepParts;
  #ending: AbortController = new AbortController();
  #maintenance: DatabaseMaintenance | undefined;
  #rows: RowServer | undefined;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
  }

  /** Begins for a database that has been opened. It ends with the signal, or when {@link end} is called. */
  begin(sql: Sql, signal: AbortSignal): void {
    const { isEmbedded, closes, clock, log } = this.#parts;
    this.#ending.abort();
    this.#ending = new AbortController();
    this.#maintenance = new DatabaseMaintenance({ sql, isEmbedded, isIdle: () => closes.isIdle, clock, log });
    void this.#maintenance.run(AbortSignal.any([this.#ending.signal, signal]));
    this.#serveBackups(sql);
  }

  /** Ends it: the database isn't used any more. What is known of its size stays known. */
  async end(): Promise<void> {
    this.#ending.abort();
    const rows = this.#rows;
    this.#rows = undefined;
    await rows?.stop();
  }

  /** What the database takes on disk; undefined until one was opened. */
  figures(): TraderFigures["storage"] {
    return this.#maintenance?.figures();
  }

  /** Lets `vyx backup` read the embedded database, which only this process can open. */
  #serveBackups(sql: Sql): void {
    const { isEmbedded, dataDir, closes, whileUp, log } = this.#parts;
    if (!isEmbedded || dataDir === undefined || this.#rows !== undefined) return;
    const path = backupSocket(dataDir);
    const warn = (why: string): void => log.warn(`vyx backup works only while this server is stopped: ${why}`);
    try {
      this.#rows = serveRows(path, { sql, idle: () => closes.idle(), whileUp });
      if (this.#rows === undefined) warn(`${path} is too long for the path of a socket`);
    } catch (cause) {
      warn(reasonOf(cause));
    }
  }
}
