import { createHash } from "node:crypto";
import { type Fault, FaultList } from "../fault.ts";
import { MINUTE_MS, type Period } from "../period.ts";
import { Mark, Sheet } from "../sheet.ts";
import { readTable, UnreadableTable } from "./read-table.ts";
import { BrokenZip, unzipTable } from "./unzip.ts";

/** An archive as it was published. */
export interface Dump {
  /** Its path at the source. */
  readonly path: string;
  readonly period: Period;
  readonly zip: Uint8Array;
  /** The SHA-256 that the source says it has, in hexadecimal; undefined where there is no checksum file. */
  readonly checksum: string | undefined;
}

/** What a dump holds. A dump that can't be believed as a whole has an empty sheet, and a fault that says why. */
export interface ReadDump {
  readonly sheet: Sheet;
  readonly isUsable: boolean;
  readonly sha256: string;
  readonly faults: readonly Fault[];
}

/** Unpacks, reads and checks a dump. */
export function readDump({ path, period, zip, checksum }: Dump): ReadDump {
  const faults = new FaultList(path);
  const sha256 = createHash("sha256").update(zip).digest("hex");
  const unusable = (): ReadDump => ({ sheet: Sheet.blank(period), isUsable: false, sha256, faults: faults.all() });
  if (checksum === undefined) faults.note("no_checksum");
  try {
    const table = unzipTable(zip);
    if (checksum !== undefined && checksum !== sha256) {
      faults.note("wrong_checksum", undefined, `is ${sha256}, and its checksum file says ${checksum}`);
      return unusable();
    }
    const sheet = Sheet.blank(period);
    readTable(table, sheet, faults);
    for (const { from, to } of sheet.stretches(Mark.unknown, Mark.contradicted)) {
      faults.note("hole", from, undefined, (to - from) / MINUTE_MS + 1);
    }
    return { sheet, isUsable: true, sha256, faults: faults.all() };
  } catch (cause) {
    if (cause instanceof BrokenZip) faults.note("broken_zip", undefined, cause.message);
    else if (cause instanceof UnreadableTable) faults.note("unreadable", undefined, cause.message);
    else throw cause;
    return unusable();
  }
}
