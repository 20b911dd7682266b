import { readFileSync } from "node:fs";
import { crc32c } from "./crc32c.ts";

/** Where PostgreSQL keeps the state of a database, relative to its files. */
export const CONTROL_FILE = "global/pg_control";

/** Where the file has the time at which it was written: a 64-bit count of seconds, little-endian as WebAssembly is. */
const TIME_AT = 24;

/** The CRC-32C of all fields is behind them: at a multiple of 4 that depends on PostgreSQL's version, from here to there. */
const SUM_AT = { least: 200, most: 508 } as const;

/**
 * When PostgreSQL last wrote a control file, in Unix seconds: it does at each start, checkpoint and stop. Undefined if the file is missing
 * or isn't as PostgreSQL wrote it.
 */
export function controlFileTime(path: string): number | undefined {
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch {
    return undefined;
  }
  return hasSum(content) ? Number(content.readBigInt64LE(TIME_AT)) : undefined;
}

function hasSum(content: Buffer): boolean {
  const most = Math.min(SUM_AT.most, content.length - 4);
  let sum = crc32c(content.subarray(0, SUM_AT.least));
  for (let at = SUM_AT.least; at <= most; at += 4) {
    if (content.readUInt32LE(at) === sum) return true;
    sum = crc32c(content.subarray(at, at + 4), sum);
  }
  return false;
}
