import { describe, expect, test } from "bun:test";
import type { OpenTimeRange } from "./events.ts";
import { KLINE_COLUMNS, type Kline } from "./kline.ts";
import { MARKET_IDS, marketOf } from "./mod.ts";
import { PAST_BLOCK_ROWS, type PastKlines } from "./past-klines.ts";
import type { Symbol } from "./symbol.ts";
import type { UnixMs } from "./time.ts";

const MINUTE_MS = 60_000;

/** A past, and what was put into it: of each symbol its klines, oldest first, and where all is known. */
export interface PastUnderTest {
  readonly past: PastKlines;
  readonly held: ReadonlyMap<Symbol, { readonly klines: readonly Kline[]; readonly settled: readonly OpenTimeRange[] }>;
}

/** The contract of every past. `make` makes one with several symbols, of two markets at least, holes, and more than two blocks of one symbol. */
export function pastKlinesContract(name: string, make: () => Promise<PastUnderTest>): void {
  const read = async (past: PastKlines, symbol: Symbol, from: number, to: number): Promise<Float64Array[][]> => {
    const blocks: Float64Array[][] = [];
    for await (const { length, columns } of past.read(symbol, { from: from as UnixMs, to: to as UnixMs })) {
      expect(length).toBeGreaterThan(0);
      expect(length).toBeLessThanOrEqual(PAST_BLOCK_ROWS);
      for (const column of KLINE_COLUMNS) expect(columns[column].length).toBe(length);
      blocks.push(KLINE_COLUMNS.map((column) => columns[column]));
    }
    return blocks;
  };
  const rowsOf = (blocks: readonly Float64Array[][]): number[][] =>
    blocks.flatMap((columns) => Array.from(columns[0] ?? [], (_, row) => columns.map((column) => column[row] ?? 0)));
  const expected = (klines: readonly Kline[], from: number, to: number): number[][] =>
    klines
      .filter(({ openTime }) => openTime >= from && openTime <= to)
      .map((kline) => KLINE_COLUMNS.map((column) => kline[column]));

  describe(name, () => {
    test("lists each symbol of a market once, by symbol, from its first to its last kline", async () => {
      const { past, held } = await make();
      for (const market of MARKET_IDS) {
        const symbols = [...held.keys()].filter((symbol) => marketOf(symbol) === market).sort();
        const spans = symbols.map((symbol) => {
          const { klines } = held.get(symbol) ?? { klines: [] };
          return { symbol, span: { from: klines[0]?.openTime, to: klines.at(-1)?.openTime } };
        });
        expect([market, await past.symbols(market)]).toEqual([market, spans as never]);
      }
    });

    test("reads what it has: in order, each kline once, in any range, with unknown figures as NaN", async () => {
      const { past, held } = await make();
      for (const [symbol, { klines }] of held) {
        const [first, last] = [klines[0]?.openTime ?? 0, klines.at(-1)?.openTime ?? 0];
        const middle = first + Math.floor((last - first) / 2 / MINUTE_MS) * MINUTE_MS;
        for (const [from, to] of [
          [first, last],
          [0, Number.MAX_SAFE_INTEGER],
          [middle - 700 * MINUTE_MS, middle + 700 * MINUTE_MS],
          [middle, middle],
          [middle + 1, middle + MINUTE_MS - 1],
          [last, first],
          [last + MINUTE_MS, last + 9 * MINUTE_MS],
        ] as const) {
          expect(rowsOf(await read(past, symbol, from, to))).toEqual(expected(klines, from, to));
        }
      }
    });

    test("says where all is known, within the range that was asked for", async () => {
      const { past, held } = await make();
      for (const [symbol, { settled }] of held) {
        const [from, to] = [settled[0]?.from ?? 0, settled.at(-1)?.to ?? 0];
        const asked = { from: (from - 9 * MINUTE_MS) as UnixMs, to: (to + 9 * MINUTE_MS) as UnixMs };
        expect(await past.settled(symbol, asked)).toEqual(settled);
        const first = { from: from as UnixMs, to: (from + MINUTE_MS) as UnixMs };
        expect(await past.settled(symbol, first)).toEqual([first]);
      }
    });

    test("has nothing of a symbol that it doesn't know", async () => {
      const { past } = await make();
      const unknown = "NOPEUSDT" as Symbol;
      expect(await read(past, unknown, 0, Number.MAX_SAFE_INTEGER)).toEqual([]);
      expect(await past.settled(unknown, { from: 0 as UnixMs, to: 1e15 as UnixMs })).toEqual([]);
    });

    test("ends a read early when it is told to", async () => {
      const { past, held } = await make();
      const longest = [...held].sort(([, a], [, b]) => b.klines.length - a.klines.length)[0];
      if (longest === undefined) throw new Error("it has symbols");
      const stop = new AbortController();
      let rows = 0;
      for await (const { length } of past.read(longest[0], { from: 0 as UnixMs, to: 1e15 as UnixMs }, stop.signal)) {
        rows += length;
        stop.abort();
      }
      expect(rows).toBeLessThan(longest[1].klines.length);
    });

    test("has no bytes of a file that it doesn't list", async () => {
      const { past } = await make();
      for (const path of ["none", "../manifest.json", "/etc/hostname"]) {
        expect(await past.content?.(path)).toBeUndefined();
      }
    });

    test("names its files in order, which together hold what it has", async () => {
      const { past, held } = await make();
      const files = await past.files();
      if (files.length === 0) return;
      expect(files.map(({ path }) => path)).toEqual(files.map(({ path }) => path).toSorted());
      for (const [symbol, { klines }] of held) {
        const own = files.filter((file) => file.symbol === symbol);
        expect(own.reduce((rows, file) => rows + file.rows, 0)).toBe(klines.length);
        for (const { sha256, bytes, path } of own) {
          expect([sha256, path]).toEqual([
            expect.stringMatching(/^[0-9a-f]{64}$/),
            expect.not.stringMatching(/^\/|\\|\.\./),
          ]);
          expect(bytes).toBeGreaterThan(0);
          if (past.content === undefined) continue;
          const parts: Uint8Array[] = [];
          for await (const part of (await past.content(path)) ?? []) parts.push(part);
          const content = Buffer.concat(parts);
          expect([content.byteLength, new Bun.CryptoHasher("sha256").update(content).digest("hex")]).toEqual([
            bytes,
            sha256,
          ]);
        }
      }
    });
  });
}
