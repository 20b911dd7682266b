import { PIECE_BYTES, type PieceSource } from "./piece-source.ts";

/** Bytes that are there already, handed over piece by piece so that they are counted for as long as their reader takes. */
export class BytePieces implements PieceSource {
  readonly heldBytes: number;
  readonly totalBytes: number;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #sent = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.heldBytes = bytes.byteLength;
    this.totalBytes = bytes.byteLength;
    this.#bytes = bytes;
  }

  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.#sent >= this.#bytes.byteLength) return undefined;
    const piece = this.#bytes.subarray(this.#sent, this.#sent + PIECE_BYTES);
    this.#sent += piece.byteLength;
    return piece;
  }

  close(): void {
    this.#sent = this.#bytes.byteLength;
  }
}
