import { describe, expect, test } from "bun:test";
import type { Caller } from "./caller.ts";
import { Compressor, type Encoding } from "./compression.ts";
import type { PieceSource } from "./piece-source.ts";
import { TokenBucket } from "./token-bucket.ts";

const caller = { bucket: new TokenBucket({ amount: 1, perMs: 1 }) } as Caller;

describe("a compressed body whose reader leaves before its first piece is made", () => {
  test.each(["zstd", "br", "gzip"] satisfies Encoding[])(
    "is over, and nothing is begun for it: %s",
    async (encoding) => {
      const asked: ((piece: Uint8Array<ArrayBuffer> | undefined) => void)[] = [];
      let isClosed = false;
      const source: PieceSource = {
        heldBytes: 0,
        totalBytes: 0,
        next: () => new Promise((resolve) => asked.push(resolve)),
        close: () => {
          isClosed = true;
        },
      };
      const pieces = new Compressor(1).pieces(caller, source, encoding);
      const first = pieces.next();
      pieces.close();
      expect(isClosed).toBe(true);
      asked[0]?.(new Uint8Array(100_000));
      expect(await first).toBeUndefined();
      expect(asked).toHaveLength(1);
      expect(await pieces.next()).toBeUndefined();
    },
  );
});
