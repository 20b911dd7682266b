/** A body that was cut off because it went on past its bound. */
export class BodyTooLarge extends Error {
  constructor(maxBytes: number) {
    super(`the answer goes on past ${Math.round(maxBytes / 1_048_576)} MB and was cut off`);
  }
}

/**
 * Reads a body as text, of `maxBytes` at most, counted after decompression: what a compressed or endless body costs is
 * bounded by that and one chunk. Throws {@link BodyTooLarge} past the bound, and the signal's reason when it is aborted; either
 * way the connection is let go.
 */
export async function boundedBody(response: Response, maxBytes: number, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  if (response.body === null) return "";
  const reader = response.body.getReader();
  const stop = (): void => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) break;
      bytes += value.byteLength;
      if (bytes > maxBytes) throw new BodyTooLarge(maxBytes);
      parts.push(decoder.decode(value, { stream: true }));
    }
    parts.push(decoder.decode());
    return parts.join("");
  } catch (cause) {
    await reader.cancel(cause).catch(() => {});
    throw cause;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
