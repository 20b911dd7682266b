/**
 * A body that is made piece by piece, as its reader takes them. A server that made it whole would hold it whole for as long
 * as its reader likes.
 */
export interface PieceSource {
  /** The most bytes that it holds at one time, about. */
  readonly heldBytes: number;
  /** The whole body, about. */
  readonly totalBytes: number;
  /** The next bytes, at most about {@link PIECE_BYTES}; undefined at the end. Rejects when the body can't be finished. */
  next(): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Nothing more will be asked for. */
  close(): void;
}

/** The size of a piece, in bytes: one takes the compressor about two milliseconds. */
export const PIECE_BYTES: number = 256 * 1024;
