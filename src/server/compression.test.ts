import { describe, expect, test } from "bun:test";
import type { Caller } from "./caller.ts";
import { Compressor, type Encoding } from "./compression.ts";
import type { PieceSource } from "./piece-source.ts";
import { ReadyAnswer } from "./respond.ts";
import { TokenBucket } from "./token-bucket.ts";

const someone = (): Caller => ({ bucket: new TokenBucket({ amount: 1, perMs: 1 }) }) as Caller;
const caller = someone();

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

test("whoever asks for an answer that another is waiting for has it at a turn of their own, before the other's further answers", async () => {
  const compressor = new Compressor(1);
  const [busy, other] = [someone(), someone()];
  const answers = Array.from({ length: 6 }, (_, index) => {
    return new ReadyAnswer(new Uint8Array(10_000).fill(index), { etag: `W/"${index}"` });
  });
  const headers = new Headers({ "accept-encoding": "gzip" });
  const there: string[] = [];
  const ask = async (name: string, by: Caller, index: number): Promise<void> => {
    const answer = await answers[index]?.for(headers, by, compressor);
    expect(answer?.headers.get("content-encoding")).toBe("gzip");
    there.push(`${name} ${index}`);
  };
  const all = answers.map((_, index) => ask("busy", busy, index));
  await Promise.all([...all, ask("other", other, 5)]);
  expect(there).toEqual(["busy 0", "busy 1", "other 5", "busy 2", "busy 3", "busy 4", "busy 5"]);
});
