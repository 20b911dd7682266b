import type { StopSignal } from "./ports.ts";

/** What we ask of a body, the stream of bytes of a Request or Response, which this room's types don't know. */
export interface ByteStream {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
    cancel(reason?: unknown): Promise<void>;
  };
}

/** A body that was cut off because it went on past its bound. */
export class BodyTooLarge extends Error {
  constructor(maxBytes: number) {
    super(`the body goes on past ${inWords(maxBytes)} and was cut off`);
  }
}

/**
 * Reads a body of `maxBytes` at most, counted after decompression: what a compressed or endless body costs is bounded by that
 * and one chunk. Rejects with {@link BodyTooLarge} past the bound, and with the signal's reason when it is aborted; either way
 * the connection is let go.
 */
export async function boundedBody(
  body: ByteStream | null,
  maxBytes: number,
  signal?: StopSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  if (signal?.aborted) throw signal.reason;
  if (body === null) return new Uint8Array(0);
  const reader = body.getReader();
  const stop = (): void => void reader.cancel(signal?.reason).catch(() => {});
  signal?.addEventListener("abort", stop, { once: true });
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (signal?.aborted) throw signal.reason;
      if (done || value === undefined) return joined(parts, bytes);
      bytes += value.byteLength;
      if (bytes > maxBytes) throw new BodyTooLarge(maxBytes);
      parts.push(value);
    }
  } catch (cause) {
    await reader.cancel(cause).catch(() => {});
    throw cause;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

function joined(parts: readonly Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

function inWords(bytes: number): string {
  return bytes < 1_048_576 ? `${Math.round(bytes / 1_024)} kB` : `${Math.round(bytes / 1_048_576)} MB`;
}
