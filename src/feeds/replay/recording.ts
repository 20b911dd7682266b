import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { UnixMs } from "../../core/mod.ts";

/** One frame as it came from the exchange, and when it came. */
export interface RecordedFrame {
  /** Undefined where the recording doesn't say. */
  readonly receivedAt: UnixMs | undefined;
  readonly text: string;
}

/**
 * Reads a recording, plain or gzipped, a frame a line: `time: {…}` with seconds, `time {…}` with milli-, micro- or
 * nanoseconds, or the frame alone. Lines that hold no frame (the stream's address, empty ones) are left out. Rejects with the
 * system's error when the file can't be read.
 */
export async function* recordedFrames(path: string): AsyncGenerator<RecordedFrame> {
  const file = createReadStream(path);
  const input: Readable = path.endsWith(".gz") ? file.pipe(createGunzip()) : file;
  file.on("error", (cause) => input.destroy(cause));
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      const frame = recordedFrame(line);
      if (frame !== undefined) yield frame;
    }
  } finally {
    file.destroy();
  }
}

/** The frame in a line of a recording, or undefined where there is none. */
export function recordedFrame(line: string): RecordedFrame | undefined {
  const [, time, text] = /^(?:(\d+(?:\.\d+)?):?\s+)?([[{].*)$/.exec(line.trim()) ?? [];
  if (text === undefined) return undefined;
  return { receivedAt: time === undefined ? undefined : toMilliseconds(time), text };
}

/** Recorders write seconds, milli-, micro- or nanoseconds, which differ by magnitude for times from 2001 to 2286. */
function toMilliseconds(time: string): UnixMs {
  const digits = time.split(".")[0]?.length ?? 0;
  const perMillisecond = digits <= 10 ? 1e-3 : digits <= 13 ? 1 : digits <= 16 ? 1e3 : 1e6;
  return Math.floor(Number(time) / perMillisecond) as UnixMs;
}
