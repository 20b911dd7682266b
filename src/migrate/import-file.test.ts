import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { parseSymbol } from "../core/mod.ts";
import { ImportFile } from "./import-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vyx-import-file-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("what was unknown when an import was cut short is unknown when it goes on", () => {
  const unknown = { takerBuyVolume: Number.NaN, takerBuyQuoteVolume: Number.NaN };
  const candles = minuteKlines(Date.UTC(2026, 1, 10), 3, 1, () => false).map((kline, index) =>
    index === 1 ? { kline, hasTaker: true } : { kline: { ...kline, ...unknown }, hasTaker: false },
  );
  const series = [{ symbol: parseSymbol("BTCUSDT"), interval: "1m" as const, candles }];
  const first = new ImportFile(folder, "about");
  first.add(series);
  first.close();
  const next = new ImportFile(folder, "about");
  expect(next.series).toEqual(series);
  next.close();
});
