import { rm } from "node:fs/promises";
import { join } from "node:path";
import { minutesOf, type Period } from "../period.ts";
import { without } from "../ranges.ts";
import { Mark, type Sheet } from "../sheet.ts";
import type { WorkThreads } from "../work/work-threads.ts";
import type { FileRecord, Verdict } from "./manifest.ts";
import { fileOf } from "./paths.ts";
import type { SymbolFiles } from "./symbol-files.ts";
import { UNFINISHED } from "./whole-file.ts";

/** What is put into a symbol's folder. The sheet has a kline at least; it is given away. */
export interface PackedPeriod extends Pick<FileRecord, "period" | "sources" | "faults"> {
  readonly sheet: Sheet;
  /** Periods whose klines are in it now: their files go. */
  readonly gone?: readonly Period[];
}

/** Writes a sheet as the file of its period, in a thread, and notes it in the manifest. */
export async function packRecord(
  files: SymbolFiles,
  threads: WorkThreads,
  { sheet, gone, ...about }: PackedPeriod,
): Promise<FileRecord> {
  const settled = sheet.stretches(Mark.present, Mark.none);
  const holes = sheet.stretches(Mark.none);
  const isWhole = without(minutesOf(about.period), settled).length === 0;
  const verdict: Verdict = !isWhole ? "incomplete" : holes.length > 0 ? "holes" : "whole";
  const path = join(files.folder, `${fileOf(about.period)}${UNFINISHED}`);
  try {
    const packed = await threads.pack(sheet, path);
    const record: FileRecord = { ...packed, ...about, verdict, settled, holes };
    await files.put(record, path, gone);
    return record;
  } catch (cause) {
    await rm(path, { force: true }).catch(() => {});
    throw cause;
  }
}
