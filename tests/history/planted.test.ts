import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { zipSync } from "fflate";
import { seededRandom } from "../../src/core/mod.ts";
import { brokenBytes, PLANTABLE, planFault, spoiltLines } from "../../src/exchange/dumps/planted-fault.ts";
import { readDump } from "../../src/history/dump/read-dump.ts";

const OPEN = Date.UTC(2024, 0, 31);
const ROWS = Array.from({ length: 1_440 }, (_, minute) => {
  const openTime = OPEN + minute * 60_000;
  return `${openTime},10.5,12,9,11,3.5,${openTime + 59_999},38.5,7,1.5,16.5,0`;
});
/** What can be seen of a whole file alone, or only once it was published again. */
const OF_FILES = ["broken_zip", "wrong_checksum", "no_checksum", "reissued"];

const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("each fault that the stand-in plants is named by the history", () => {
  test.each(PLANTABLE.map((kind) => [kind] as const))("%s", (kind) => {
    for (const row of [1, 700, 1_400]) {
      const plan = { kind, row, rows: kind === "hole" ? 30 : 1, isLost: false, random: seededRandom(row) };
      const packed = zipSync({ "a.csv": new TextEncoder().encode(spoiltLines(ROWS, plan).join("\n")) });
      const zip = kind === "broken_zip" ? brokenBytes(packed, plan.random) : packed;
      const checksum =
        { wrong_checksum: hashOf(new Uint8Array()), no_checksum: undefined }[kind as string] ?? hashOf(zip);
      const dump = {
        path: "a.zip",
        period: "2024-01-31" as never,
        zip,
        checksum: kind === "no_checksum" ? undefined : checksum,
      };
      const { faults } = readDump(dump);
      if (kind === "reissued") expect(faults).toEqual([]);
      else if (OF_FILES.includes(kind)) expect(faults.map((fault) => fault.kind)).toEqual([kind]);
      else {
        const named = faults.find((fault) => fault.kind === kind);
        const minute = ((named?.places[0] ?? 0) - OPEN) / 60_000;
        expect([kind, Math.floor(minute), named?.count]).toEqual([kind, row, kind === "hole" ? 30 : 1]);
      }
    }
  });
});

test("a fault follows from seed and path alone, and every kind is planted", () => {
  const paths = Array.from(
    { length: 600 },
    (_, at) => `data/spot/monthly/klines/S${at}USDT/1m/S${at}USDT-1m-2024-01.zip`,
  );
  const kinds = paths.map((path) => planFault(7, path, 44_640, 0.5)?.kind);
  expect(paths.map((path) => planFault(7, path, 44_640, 0.5)?.kind)).toEqual(kinds);
  expect(new Set(kinds.filter((kind) => kind !== undefined))).toEqual(new Set(PLANTABLE));
  expect(kinds.filter((kind) => kind !== undefined).length).toBeWithin(230, 370);
  expect(paths.some((path) => planFault(7, path, 44_640, 0) !== undefined)).toBe(false);
});
