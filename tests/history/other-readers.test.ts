import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { parquetReadObjects } from "hyparquet";
import { KLINE_COLUMNS } from "../../src/core/mod.ts";
import { runVyx } from "../helpers/vyx-command.ts";
import { klinesIn } from "./mirror.ts";

const [FROM, TO] = [Date.UTC(2024, 11, 1), Date.UTC(2025, 0, 3)];
const work = mkdtempSync(join(tmpdir(), "vyx-history-"));
const [dumps, root] = [join(work, "mirror"), join(work, "history")];
const SYMBOLS = ["BTCUSDT", "PEPEUSDT"];
const mirror = { folder: dumps, symbols: SYMBOLS, from: FROM, to: TO, seed: 5 };

beforeAll(async () => {
  const days = ["2024-12-01", "2025-01-03"] as const;
  const made = ["--symbols", SYMBOLS.join(","), "--from", days[0], "--to", days[1], "--seed", "5", "--faults", "0"];
  expect(await runVyx(["exchange", "dumps", "--out", dumps, ...made])).toMatchObject({ code: 0 });
  const range = ["--since", days[0], "--until", days[1], "--threads", "1"];
  const fetched = await runVyx(["history", "fetch", "--history", root, "--from", dumps, "--symbols", "*", ...range]);
  expect(fetched).toMatchObject({ code: 0, out: expect.stringContaining("fetched: 4 months (2 whole") });
});
afterAll(() => rmSync(work, { recursive: true }));

test("DuckDB opens the folder: symbols from the paths, times as timestamps, and the figures of the dumps", async () => {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  const sum = `select symbol, market, count(*)::int as rows, min(epoch_ms(openTime))::double as first, max(epoch_ms(openTime))::double as last,
    sum(close) as closes, sum(trades) as trades from read_parquet('${root}/**/*.parquet', hive_partitioning = true) group by all order by symbol`;
  const rows = await (await connection.runAndReadAll(sum)).getRowObjects();
  const expected = SYMBOLS.map((symbol) => {
    const klines = [...klinesIn(mirror, symbol, FROM, TO - 1)];
    const total = (of: "close" | "trades"): number => klines.reduce((all, kline) => all + kline[of], 0);
    return {
      symbol,
      market: "binance",
      rows: klines.length,
      first: FROM,
      last: TO - 60_000,
      closes: expect.closeTo(total("close"), 4),
      trades: total("trades"),
    };
  });
  expect(rows as unknown[]).toEqual(expected);
  connection.closeSync();
});

test("hyparquet reads a file with nothing but a decompressor of zstd", async () => {
  const bytes = readFileSync(join(root, "market=binance/interval=1m/symbol=PEPEUSDT/2024-12.parquet"));
  const rows = await parquetReadObjects({
    file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
    compressors: { ZSTD: (page) => Bun.zstdDecompressSync(page as Uint8Array<ArrayBuffer>) },
  });
  const expected = [...klinesIn(mirror, "PEPEUSDT", FROM, Date.UTC(2025, 0, 1) - 1)];
  expect(rows.length).toBe(expected.length);
  const asNumbers = (row: Record<string, unknown>): number[] => KLINE_COLUMNS.map((column) => Number(row[column]));
  expect(rows.map(asNumbers)).toEqual(expected.map((kline) => KLINE_COLUMNS.map((column) => kline[column])));
});
