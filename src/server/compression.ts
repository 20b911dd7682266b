import { brotliCompressSync, constants } from "node:zlib";

/** Smaller bodies are sent as they are: a packet holds them anyway. */
export const MIN_COMPRESSED_BYTES = 1_024;

/** The encodings that we speak, the one that we like best first. */
const ENCODINGS = ["zstd", "br", "gzip"] as const;

/** One of {@link ENCODINGS}. */
export type Encoding = (typeof ENCODINGS)[number];

/** The encoding to answer with, or undefined for none: what `Accept-Encoding` takes, by its q values, else our liking. */
export function chooseEncoding(accept: string | null): Encoding | undefined {
  if (accept === null) return undefined;
  let best: Encoding | undefined;
  let bestQuality = 0;
  const offered = new Map(accept.toLowerCase().split(",").map(qualityOf));
  for (const encoding of ENCODINGS) {
    const quality = offered.get(encoding) ?? offered.get("*") ?? 0;
    if (quality > bestQuality) {
      best = encoding;
      bestQuality = quality;
    }
  }
  return best;
}

/** Compresses at a level that costs about as much time as it saves on a fast line. */
export function compress(bytes: Uint8Array, encoding: Encoding): Uint8Array {
  switch (encoding) {
    case "zstd":
      return Bun.zstdCompressSync(bytes as Uint8Array<ArrayBuffer>, { level: 3 });
    case "gzip":
      return Bun.gzipSync(bytes as Uint8Array<ArrayBuffer>, { level: 4 });
    case "br":
      return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } });
  }
}

function qualityOf(offer: string): [string, number] {
  const [name = "", ...parameters] = offer.split(";").map((part) => part.trim());
  const q = parameters.find((parameter) => parameter.startsWith("q="));
  return [name, q === undefined ? 1 : Number(q.slice(2)) || 0];
}
