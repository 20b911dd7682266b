import type { Transform } from "node:stream";
import { promisify } from "node:util";
import {
  brotliCompress,
  constants,
  createBrotliCompress,
  createGzip,
  createZstdCompress,
  gzip,
  zstdCompress,
} from "node:zlib";
import { qualities } from "../wire/mod.ts";
import { joined } from "./bytes.ts";
import type { Caller } from "./caller.ts";
import type { PieceSource } from "./piece-source.ts";
import { PoolTurns } from "./pool-turns.ts";

/** Smaller bodies are sent as they are: a packet holds them anyway. */
export const MIN_COMPRESSED_BYTES = 1_024;

/** The encodings that we speak, the one that we like best first. */
const ENCODINGS = ["zstd", "br", "gzip"] as const;

/** One of {@link ENCODINGS}. */
export type Encoding = (typeof ENCODINGS)[number];

/** The encoding to answer with, or undefined for none: what `Accept-Encoding` takes, by its weights, else our liking. */
export function chooseEncoding(accept: string | null): Encoding | undefined {
  if (accept === null) return undefined;
  const offered = qualities(accept);
  let best: Encoding | undefined;
  let bestQuality = 0;
  for (const encoding of ENCODINGS) {
    const quality = offered.get(encoding) ?? offered.get("*") ?? 0;
    if (quality > bestQuality) {
      best = encoding;
      bestQuality = quality;
    }
  }
  return bestQuality < (offered.get("identity") ?? 0) ? undefined : best;
}

/** What a compressor of pieces holds, in bytes: its window and tables (measured). */
const CONTEXT_BYTES: Readonly<Record<Encoding, number>> = {
  zstd: 1_100 * 1024,
  br: 640 * 1024,
  gzip: 350 * 1024,
};

/** A window of half a megabyte holds several symbols, and keeps the memory of a compressor small. */
const WINDOW_BITS = 19;

const gzipped = promisify(gzip);
const brotlied = promisify(brotliCompress);
const zstded = promisify(zstdCompress);

/** Compresses away from the event loop, few bodies at once, callers in turn. */
export class Compressor {
  readonly #turns: PoolTurns;

  /** `most`: bodies that are compressed at once; each takes a processor. */
  constructor(most: number) {
    this.#turns = new PoolTurns(most);
  }

  /** Compresses a whole body, by {@link compressed}, when it is the caller's turn. */
  inTurn<Result>(caller: Pick<Caller, "bucket">, compress: () => Promise<Result>): Promise<Result> {
    return this.#turns.run(caller, compress);
  }

  /** A body that is made for one reader, at a fast level. */
  pieces(caller: Caller, source: PieceSource, encoding: Encoding): PieceSource {
    return new CompressedPieces(caller, source, encoding, this.#turns);
  }
}

/** A whole body, at a level that costs about as much time as it saves on a fast line. It is kept and sent many times. */
export async function compressed(bytes: Uint8Array, encoding: Encoding): Promise<Uint8Array> {
  switch (encoding) {
    case "zstd":
      return await zstded(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
    case "gzip":
      return await gzipped(bytes, { level: 4 });
    case "br":
      return await brotlied(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } });
  }
}

/** Klines as JSON get at least so many times smaller. */
const LEAST_RATIO = 3;

/** Pieces of another source, compressed as one body. */
class CompressedPieces implements PieceSource {
  readonly heldBytes: number;
  readonly totalBytes: number;
  readonly #caller: Caller;
  readonly #source: PieceSource;
  readonly #turns: PoolTurns;
  readonly #encoding: Encoding;
  #stream: Transform | undefined;
  #made: Uint8Array[] = [];
  #isEnded = false;
  #isClosed = false;

  constructor(caller: Caller, source: PieceSource, encoding: Encoding, turns: PoolTurns) {
    this.#caller = caller;
    this.#source = source;
    this.#encoding = encoding;
    this.#turns = turns;
    this.heldBytes = source.heldBytes + CONTEXT_BYTES[encoding];
    this.totalBytes = source.totalBytes / LEAST_RATIO;
  }

  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    while (!this.#isClosed && !this.#isEnded && this.#made.length === 0) {
      const piece = await this.#source.next();
      this.#isEnded = piece === undefined;
      await this.#turns.run(this.#caller, () => this.#compress(piece));
    }
    if (this.#made.length === 0) return undefined;
    return joined(this.#made.splice(0));
  }

  close(): void {
    this.#source.close();
    this.#isClosed = true;
    this.#stream?.destroy();
  }

  /** Undefined ends the body. */
  async #compress(piece: Uint8Array | undefined): Promise<void> {
    // Whoever leaves while a piece is made or waits for its turn has closed all: nothing may be begun that nobody would end.
    if (this.#isClosed) return;
    this.#stream ??= this.#begin();
    const stream = this.#stream;
    await new Promise<void>((resolve, reject) => {
      if (stream.destroyed) return resolve();
      stream.once("error", reject).once("close", resolve);
      const done = (): void => {
        stream.off("error", reject).off("close", resolve);
        resolve();
      };
      if (piece === undefined) stream.once("end", done).end();
      else stream.write(piece, done);
    });
  }

  #begin(): Transform {
    const stream = streamOf(this.#encoding);
    stream.on("data", (bytes: Uint8Array) => this.#made.push(bytes));
    // Told to whoever compresses; without a listener it would end the process.
    stream.on("error", () => {});
    return stream;
  }
}

function streamOf(encoding: Encoding): Transform {
  switch (encoding) {
    case "zstd":
      return createZstdCompress({
        params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_windowLog]: WINDOW_BITS },
      });
    case "gzip":
      return createGzip({ level: 1 });
    case "br":
      return createBrotliCompress({
        params: { [constants.BROTLI_PARAM_QUALITY]: 1, [constants.BROTLI_PARAM_LGWIN]: WINDOW_BITS },
      });
  }
}
