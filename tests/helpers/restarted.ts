import type { UnixMs } from "../../src/core/mod.ts";
import { type ByteSource, checkpointBytes, MarketStore, restoreCheckpoint } from "../../src/store/mod.ts";

/** The market that checkpoints of tests are of. */
export const MARKET = "exchange.test";

/** A checkpoint of the store in one piece. */
export function checkpointOf(store: MarketStore): Uint8Array {
  const pieces = checkpointBytes(store, { market: MARKET, source: "simulated", writtenAt: 0 as UnixMs });
  // A piece is valid until the next one is asked for.
  const copies: Uint8Array[] = [];
  for (const piece of pieces) copies.push(piece.slice());
  return new Uint8Array(Buffer.concat(copies));
}

/** Bytes in memory, read as from a file. */
export function bytesFrom(bytes: Uint8Array): ByteSource {
  let at = 0;
  return {
    read: (length) => {
      const part = new Uint8Array(bytes.subarray(at, at + length));
      at += part.byteLength;
      return part;
    },
  };
}

/** The store as another run finds it: through a checkpoint, into a store that may be laid out otherwise. */
export function restarted(
  store: MarketStore,
  { intervals = store.served, capacity = store.capacity } = {},
): MarketStore {
  const next = new MarketStore({ intervals, capacity });
  restoreCheckpoint(next, bytesFrom(checkpointOf(store)), MARKET);
  return next;
}
