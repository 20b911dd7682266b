import type { KlineRefusal, UnixMs } from "../core/mod.ts";

/** What can be wrong with a dump, besides what makes a row no kline. */
export type FaultKind =
  /** The archive can't be unpacked: it is cut short, or its bytes are damaged. */
  | "broken_zip"
  /** The archive isn't the one that its checksum file was made of. */
  | "wrong_checksum"
  /** There is no checksum file. */
  | "no_checksum"
  /** The file isn't a table of klines: another header, no rows. */
  | "unreadable"
  /** A row with too few or too many columns. */
  | "wrong_columns"
  /** Two rows in one line. Both are taken. */
  | "glued"
  /** A row that is there twice. One is taken. */
  | "doubled"
  /** Two different rows for one minute. Neither is taken. */
  | "contradicting"
  /** A row that stands behind a later one. It is taken. */
  | "disordered"
  /** A row that opens between two minutes, as some do of 2017 and 2018. It isn't taken. */
  | "off_grid"
  /** Minutes without a row. */
  | "hole"
  /** The exchange published the file again, with other bytes. The new one is taken. */
  | "reissued"
  /** A row that is no kline. It isn't taken. */
  | Exclude<KlineRefusal, "misaligned">;

/** What was found in one source: how often, and where first. */
export interface Fault {
  readonly kind: FaultKind;
  /** The source: a dump by its path, or the exchange's REST API. */
  readonly file: string;
  readonly count: number;
  /** Minutes at which it is, the first {@link MAX_PLACES}; for a hole, the first minute of each. */
  readonly places: readonly UnixMs[];
  /** More, in words. */
  readonly what?: string;
}

/** So many places of a fault are kept; the count goes on. */
export const MAX_PLACES = 100;

/** Collects the faults of one source: one entry for each kind. */
export class FaultList {
  readonly #file: string;
  readonly #faults: Map<FaultKind, { count: number; places: UnixMs[]; what: string | undefined }> = new Map();

  constructor(file: string) {
    this.#file = file;
  }

  note(kind: FaultKind, place?: number, what?: string, count = 1): void {
    let fault = this.#faults.get(kind);
    if (fault === undefined) {
      fault = { count: 0, places: [], what };
      this.#faults.set(kind, fault);
    }
    fault.count += count;
    if (place !== undefined && fault.places.length < MAX_PLACES) fault.places.push(place as UnixMs);
  }

  all(): Fault[] {
    return [...this.#faults].map(([kind, { count, places, what }]) => ({
      kind,
      file: this.#file,
      count,
      places,
      ...(what === undefined ? {} : { what }),
    }));
  }
}
