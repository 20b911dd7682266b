import { expect, test } from "bun:test";
import { parseSymbol } from "../../core/mod.ts";
import { emptyManifest, type FileRecord, manifestText, readManifest, withFile } from "./manifest.ts";
import { symbolFolder, symbolIn } from "./paths.ts";
import { settledManifest } from "./symbol-files.ts";

const record = (period: string, sha256: string): FileRecord => ({
  period: period as never,
  bytes: 5,
  sha256,
  rows: 1,
  first: 1,
  last: 1,
  verdict: "whole",
  settled: [],
  holes: [],
  sources: [],
  faults: [],
});
const manifest = withFile(
  withFile(emptyManifest(parseSymbol("BTCUSDT")), record("2024-02", "b")),
  record("2024-01", "a"),
);

test("a manifest is read as it was written, its files in order", () => {
  expect(readManifest(manifestText(manifest), "m")).toEqual(manifest);
  expect(manifest.files.map(({ period }) => period) as string[]).toEqual(["2024-01", "2024-02"]);
});

test("a manifest with a flipped bit anywhere is refused", () => {
  const bytes = new TextEncoder().encode(manifestText(manifest));
  for (let at = 0; at < bytes.byteLength * 8; at += 1) {
    const flipped = bytes.slice();
    flipped[at >> 3] = (flipped[at >> 3] ?? 0) ^ (1 << (at & 7));
    expect(() => readManifest(new TextDecoder().decode(flipped), "m")).toThrow("m is damaged");
  }
});

test("after a kill while a file was replaced, the file on the disk decides", () => {
  const replacing = { ...manifest, next: record("2024-01", "c") };
  expect(settledManifest(replacing, "c").files[0]?.sha256).toBe("c");
  expect(settledManifest(replacing, "a")).toEqual(manifest);
});

test.each(["BTCUSDT", "BYBIT:BTCUSDT.P", "BINANCE:BTCUSDT_260327", "币安人生USDT", "A.B-C_D"])(
  "the folder of %s is safe, and gives the symbol back",
  (text) => {
    const symbol = parseSymbol(text);
    const folder = symbolFolder(symbol);
    expect(folder).toMatch(/^market=[a-z-]+\/interval=1m\/symbol=[A-Z0-9._%-]+$/);
    expect(symbolIn(folder.split("/").at(-1) ?? "")).toBe(symbol);
  },
);

test("other folders are no symbol's, and a name that no file system takes is refused", () => {
  for (const name of ["BTCUSDT", "symbol=", "symbol=..%2F", "symbol=btcusdt", "symbol=%", "symbol=%42TCUSDT"]) {
    expect(symbolIn(name)).toBeUndefined();
  }
  expect(() => symbolFolder(parseSymbol("币".repeat(60)))).toThrow(
    "can't be kept: its folder's name would have 547 bytes",
  );
});
