import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { parquetReadObjects } from "hyparquet";
import { KLINE_COLUMNS } from "../../src/core/mod.ts";
import { commandsIn, shellBlocksOf } from "../documents/shell-blocks.ts";
import { runVyx } from "../helpers/vyx-command.ts";
import { klinesIn } from "./mirror.ts";

const [FROM, TO] = [Date.UTC(2024, 10, 1), Date.UTC(2025, 0, 1)];
const work = mkdtempSync(join(tmpdir(), "vyx-history-"));
const [dumps, root] = [join(work, "mirror"), join(work, "years")];
const SYMBOLS = ["BTCUSDT", "ETHUSDT", "SOLUSDT"];
const mirror = { folder: dumps, symbols: SYMBOLS, from: FROM, to: TO, seed: 1 };
const PAGE = readFileSync(join(import.meta.dir, "../../docs/history.md"), "utf8");

/** What the page's commands print, in order, run as they stand there. */
const printed: string[] = [];

beforeAll(async () => {
  const block = shellBlocksOf("docs/history.md", PAGE).find(({ kept }) => kept.by === "test");
  for (const command of commandsIn(block?.text ?? "")) {
    const words = command
      .split(" ")
      .map((word) => word.replace(/^'(.*)'$/, "$1").replace(/^(mirror|years)$/, join(work, "$1")));
    const { code, out, err } = await runVyx(words.slice(1));
    expect([command, code, code === 0 ? "" : err]).toEqual([command, 0, ""]);
    printed.push(out);
  }
});
afterAll(() => rmSync(work, { recursive: true }));

test("the page's commands make a mirror, fetch it, verify it and say what there is", () => {
  const [made, fetched, verified, status] = printed;
  expect(made).toMatch(/mirror: \d+ dumps of 263,520 klines, and 3 faults in planted.json\n$/);
  expect(fetched).toMatch(/^fetched: 6 months \(/);
  expect(verified).toMatch(/^verified: 6 files, \d+\.\d MB: all as they were written\n$/);
  expect(status).toMatch(/^BTCUSDT {2}2024-11-01 00:00 to 2024-12-31 23:59 {2}[\d,]+ klines/);
  // What the page shows of it, but for hashes and sizes.
  const shown = /```text\n(BTCUSDT {2}2024[^`]*)```/.exec(PAGE)?.[1] ?? "";
  const stable = (text: string): string => text.replace(/\(is [^)]*\)/g, "(…)").replace(/[\d.]+ MB/g, "… MB");
  expect(stable(status ?? "")).toBe(stable(shown));
});

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
      // DuckDB adds up in an order of its own: of 88,000 prices up to 100,000 the sum is good to a thousandth.
      closes: expect.closeTo(total("close"), 2),
      trades: total("trades"),
    };
  });
  expect(rows as unknown[]).toEqual(expected);
  connection.closeSync();
});

test("hyparquet reads a file with nothing but a decompressor of zstd", async () => {
  const bytes = readFileSync(join(root, "market=binance/interval=1m/symbol=SOLUSDT/2024-12.parquet"));
  const rows = await parquetReadObjects({
    file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
    compressors: { ZSTD: (page) => Bun.zstdDecompressSync(page as Uint8Array<ArrayBuffer>) },
  });
  const expected = [...klinesIn(mirror, "SOLUSDT", Date.UTC(2024, 11, 1), TO - 1)];
  expect(rows.length).toBe(expected.length);
  const asNumbers = (row: Record<string, unknown>): number[] => KLINE_COLUMNS.map((column) => Number(row[column]));
  expect(rows.map(asNumbers)).toEqual(expected.map((kline) => KLINE_COLUMNS.map((column) => kline[column])));
});
