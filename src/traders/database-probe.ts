import { openDatabase, type Sql } from "./database.ts";

/**
 * Asks a database for next to nothing, over a connection of its own. A connection that failed, or that hasn't answered by the next
 * question, is given up for a new one: it may lead nowhere.
 */
export class DatabaseProbe {
  readonly #url: string;
  #sql: Sql | undefined;
  #isAsking = false;

  constructor(url: string) {
    this.#url = url;
  }

  /** Rejects when the database can't be reached or refuses. */
  async ask(): Promise<void> {
    if (this.#isAsking) this.end();
    this.#sql ??= openDatabase({ url: this.#url, connections: 1 });
    const sql = this.#sql;
    this.#isAsking = true;
    try {
      await sql`select 1`;
    } catch (cause) {
      if (sql === this.#sql) this.end();
      throw cause;
    }
    if (sql === this.#sql) this.#isAsking = false;
  }

  /** Gives up its connection. */
  end(): void {
    this.#sql?.end({ timeout: 0 }).catch(() => {});
    this.#sql = undefined;
    this.#isAsking = false;
  }
}
