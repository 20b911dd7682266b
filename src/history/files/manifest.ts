import { createHash } from "node:crypto";
import { type OpenTimeRange, reasonOf, type Symbol, VyxError } from "../../core/mod.ts";
import type { Fault } from "../fault.ts";
import { type Period, periodIn } from "../period.ts";

/** Where klines of a file come from. */
export interface Source {
  readonly kind: "monthly" | "daily" | "rest" | "server";
  /** A dump's path at its source; the name of the market or server otherwise. */
  readonly path: string;
  /** Of the dump, in hexadecimal. */
  readonly sha256?: string;
  /** Whether the dump was used; not where it is broken. */
  readonly isUsed: boolean;
}

/** `whole`: a kline for every minute. `holes`: the exchange has none for some. `incomplete`: of some minutes nothing is known yet. */
export type Verdict = "whole" | "holes" | "incomplete";

/** What a manifest says of one file. */
export interface FileRecord {
  readonly period: Period;
  readonly bytes: number;
  /** Of the whole file, in hexadecimal. */
  readonly sha256: string;
  readonly rows: number;
  /** The open times of its first and last kline, in Unix milliseconds. */
  readonly first: number;
  readonly last: number;
  readonly verdict: Verdict;
  /** Minutes of which all is known: the kline is in the file, or the exchange has none. */
  readonly settled: readonly OpenTimeRange[];
  /** Settled minutes that the exchange has no kline of. */
  readonly holes: readonly OpenTimeRange[];
  readonly sources: readonly Source[];
  readonly faults: readonly Fault[];
}

/** The files of one symbol. */
export interface Manifest {
  readonly format: 1;
  readonly symbol: Symbol;
  readonly interval: "1m";
  /** By period, oldest first. */
  readonly files: readonly FileRecord[];
  /** A file that was being replaced: the one on the disk is this one, or the one in `files`. */
  readonly next?: FileRecord;
}

/** A manifest that isn't as it was written. */
export class DamagedManifest extends VyxError {
  readonly code = "damaged_manifest";
  readonly retryable = false;
}

/** A manifest that knows no file yet. */
export function emptyManifest(symbol: Symbol): Manifest {
  return { format: 1, symbol, interval: "1m", files: [] };
}

/** A manifest with a file in the place of what it had of that period. */
export function withFile({ next: _, ...manifest }: Manifest, file: FileRecord): Manifest {
  const others = manifest.files.filter(({ period }) => period !== file.period);
  return { ...manifest, files: [...others, file].sort((a, b) => (a.period < b.period ? -1 : 1)) };
}

/** A manifest as text: JSON, with a checksum of all that stands before it. */
export function manifestText(manifest: Manifest): string {
  const body = JSON.stringify(manifest, null, 1);
  return `{"manifest": ${body},\n"sha256": "${createHash("sha256").update(body).digest("hex")}"}\n`;
}

/** Reads a manifest. Throws {@link DamagedManifest} for a text that isn't exactly what {@link manifestText} writes. */
export function readManifest(text: string, path: string): Manifest {
  const damaged = (why: string): DamagedManifest => new DamagedManifest(`${path} is damaged: ${why}`);
  let manifest: Manifest;
  try {
    manifest = (JSON.parse(text) as { manifest: Manifest }).manifest;
    if (manifestText(manifest) !== text) throw damaged("it doesn't match its checksum");
  } catch (cause) {
    throw cause instanceof DamagedManifest ? cause : damaged(reasonOf(cause));
  }
  if (manifest.format !== 1) throw damaged(`its format is ${String(manifest.format)}, and this version knows format 1`);
  if (manifest.files.some(({ period }) => periodIn(period) === undefined)) throw damaged("a period is none");
  return manifest;
}
