import type { Dump, ReadDump } from "../dump/read-dump.ts";
import type { SheetBytes } from "../sheet.ts";
import type { PackedSheet } from "./pack-sheet.ts";

/** What a thread can do. */
export type WorkJob =
  | { readonly kind: "read"; readonly dump: Dump }
  | { readonly kind: "pack"; readonly sheet: SheetBytes; readonly path: string };

/** A job as it goes to a thread. */
export interface WorkRequest {
  readonly id: number;
  readonly job: WorkJob;
}

/** What a thread answers: the outcome of one job. */
export interface WorkAnswer {
  readonly id: number;
  readonly read?: Omit<ReadDump, "sheet"> & { readonly bytes: SheetBytes };
  readonly packed?: PackedSheet;
  readonly failed?: string;
}
