import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { controlFileTime } from "./control-file.ts";
import { crc32c } from "./crc32c.ts";

/** The fields of a control file that PostgreSQL 18 wrote in PGlite on 2026-11-29 at 15:09:26 UTC; 8,192 bytes with the zeros behind them. */
const WRITTEN =
  "KoDy3BRADGsIBwAAMwASDAYAAAAAAAAAJkAMawAAAAAg+W4BAAAAACD5bgEAAAAAAQAAAAEAAAABAAAAAQAAAPACAAAAAAAA8zEAAAEAAAAAAAAA6AIAAAEAAAABAAAAAQAAAAAAAAAhQAxrAAAAAAAAAAAAAAAAAAAAAAAAAADoAwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAZAAAAAAAAAAKAAAAAAAAAEAAAAAAAAAACAAAAAAAAACH1jJBACAAAAAAAgAAIAAAAAAAAUAAAAAgAAAAzAcAAAAIAAAAAAAAAQAAAAHlJvmyEc6NnqpzrgffHQtrdD4BqAOaMkTx+QUAmASnhAAAABV4RSQ=";

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "vyx-control-"));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

function timeOf(content: Uint8Array): number | undefined {
  const path = join(place, "pg_control");
  writeFileSync(path, content);
  return controlFileTime(path);
}

test("CRC-32C has the sums of RFC 3720, of all bytes at once or in parts", () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, at) => at);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a_91_36_aa);
  expect(crc32c(ascending)).toBe(0x46_dd_79_4e);
  expect(crc32c(ascending.subarray(7), crc32c(ascending.subarray(0, 7)))).toBe(0x46_dd_79_4e);
});

test("a control file has its time, and none with a bit flipped, cut short or missing", () => {
  const content = Buffer.alloc(8_192);
  content.set(Buffer.from(WRITTEN, "base64"));
  expect(timeOf(content)).toBe(Date.UTC(2026, 10, 29, 15, 9, 26) / 1_000);
  for (let at = 0; at < 296; at += 1) {
    const flipped = Buffer.from(content);
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    expect(timeOf(flipped)).toBeUndefined();
  }
  expect(timeOf(content.subarray(0, 100))).toBeUndefined();
  expect(timeOf(new Uint8Array(8_192))).toBeUndefined();
  expect(controlFileTime(join(place, "missing"))).toBeUndefined();
});
