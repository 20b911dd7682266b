import { batch, type Signal, signal } from "@preact/signals";
import type { Client } from "../../src/client/mod.ts";
import type { TraderPerformance, TraderVersion } from "../../src/wire/mod.ts";
import { FIRST_CHOICE } from "../backtests/backtest-choice.ts";
import { LatestAnswer, lastOf } from "../shell/latest-answer.ts";

/** The highest fees, in percent, as the server has them. */
const MOST_FEES_PERCENT = 10;

/** The versions that were read, newest first, and where older ones begin; null if there are none. */
export interface ReadVersions {
  readonly versions: readonly TraderVersion[];
  readonly cursor: string | null;
}

/** Dependencies of a record. */
export interface RecordParts {
  readonly traders: Pick<Client["traders"], "versions" | "performance">;
  readonly id: string;
}

/** The versions of a trader, and what became of the signals of each. Views read its signals; only this changes them. */
export class RecordState {
  readonly versions: LatestAnswer<ReadVersions> = new LatestAnswer();
  /** The version that is shown; undefined for the newest. */
  readonly chosen: Signal<number | undefined> = signal(undefined);
  /** The version that it is compared with, if there is one. */
  readonly other: Signal<number | undefined> = signal(undefined);
  /** What buying and selling cost together, in percent: at first as for a backtest. */
  readonly feesPercent: Signal<number> = signal(FIRST_CHOICE.feesPercent);
  /** Grows when records are read anew, so that views ask for them again. */
  readonly #reading: Signal<number> = signal(0);
  readonly #records: Map<number, LatestAnswer<TraderPerformance>> = new Map();
  readonly #parts: RecordParts;

  constructor(parts: RecordParts) {
    this.#parts = parts;
  }

  /** Reads the newest versions, and their records anew. */
  load(): Promise<void> {
    const { traders, id } = this.#parts;
    this.#forget();
    return this.versions.ask((signal) => traders.versions(id, { signal }));
  }

  /** Reads on behind the oldest version. */
  async older(): Promise<void> {
    const { traders, id } = this.#parts;
    const before = lastOf(this.versions.phase.peek());
    if (before === undefined || before.cursor === null) return;
    const { cursor } = before;
    await this.versions.ask(async (signal) => {
      const more = await traders.versions(id, { cursor, signal });
      return { versions: [...before.versions, ...more.versions], cursor: more.cursor };
    });
  }

  /** Takes other fees, if they can be meant: from 0 to 10 percent. */
  changeFees(percent: number): void {
    if (!(percent >= 0 && percent <= MOST_FEES_PERCENT)) return;
    batch(() => {
      this.feesPercent.value = percent;
      this.#forget();
    });
  }

  /** The record of a version. The first call asks for it. */
  recordOf(version: number): LatestAnswer<TraderPerformance> {
    // Read, so that a view asks again when records were forgotten.
    void this.#reading.value;
    const known = this.#records.get(version);
    if (known !== undefined) return known;
    const { traders, id } = this.#parts;
    const record = new LatestAnswer<TraderPerformance>();
    this.#records.set(version, record);
    const feesPercent = this.feesPercent.peek();
    void record.ask((signal) => traders.performance(id, { version, feesPercent, signal }));
    return record;
  }

  close(): void {
    this.versions.close();
    for (const record of this.#records.values()) record.close();
  }

  #forget(): void {
    for (const record of this.#records.values()) record.close();
    this.#records.clear();
    this.#reading.value += 1;
  }
}
