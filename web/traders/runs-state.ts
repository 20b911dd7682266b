import type { Client } from "../../src/client/mod.ts";
import type { PastExecution } from "../../src/wire/mod.ts";
import { LatestAnswer, lastOf } from "../shell/latest-answer.ts";

/** Runs of a page. */
const ROWS = 50;

/** The runs that were read, newest first, and where older ones begin; null if there are none. */
export interface ReadRuns {
  readonly executions: readonly PastExecution[];
  readonly cursor: string | null;
}

/** A trader's runs that ended. Views read its phase; only this changes it. */
export class RunsState {
  readonly runs: LatestAnswer<ReadRuns> = new LatestAnswer();
  readonly #traders: Pick<Client["traders"], "executions">;
  readonly #id: string;

  constructor(traders: Pick<Client["traders"], "executions">, id: string) {
    this.#traders = traders;
    this.#id = id;
  }

  /** Reads the newest runs. */
  load(): Promise<void> {
    return this.runs.ask((signal) => this.#traders.executions(this.#id, { limit: ROWS, signal }));
  }

  /** Reads on behind the oldest run. */
  async older(): Promise<void> {
    const before = lastOf(this.runs.phase.peek());
    if (before === undefined || before.cursor === null) return;
    const { cursor } = before;
    await this.runs.ask(async (signal) => {
      const more = await this.#traders.executions(this.#id, { cursor, limit: ROWS, signal });
      return { executions: [...before.executions, ...more.executions], cursor: more.cursor };
    });
  }

  close(): void {
    this.runs.close();
  }
}
