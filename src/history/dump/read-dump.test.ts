import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { zipSync } from "fflate";
import type { Period } from "../period.ts";
import { Mark } from "../sheet.ts";
import { type ReadDump, readDump } from "./read-dump.ts";

const OPEN = Date.UTC(2024, 0, 31);
const ROWS = Array.from({ length: 1_440 }, (_, minute) => {
  const openTime = OPEN + minute * 60_000;
  return `${openTime},10.5,12,9,${10 + (minute % 7) / 10},3.5,${openTime + 59_999},38.5,7,1.5,16.5,0`;
});
const ZIP = zipSync({ "AUSDT-1m-2024-01-31.csv": new TextEncoder().encode(`${ROWS.join("\n")}\n`) });
const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

function read(zip: Uint8Array, checksum: string | undefined = hashOf(zip)): ReadDump {
  return readDump({ path: "AUSDT.zip", period: "2024-01-31" as Period, zip, checksum });
}
const kinds = ({ faults }: ReadDump): string[] => faults.map(({ kind }) => kind);

test("a dump that is as it was published has nothing wrong with it", () => {
  const dump = read(ZIP);
  expect([dump.isUsable, kinds(dump), dump.sheet.count(Mark.present)]).toEqual([true, [], 1_440]);
});

test("each byte that is flipped is found, by the checksum or by the archive's own", () => {
  for (let at = 0; at < ZIP.byteLength; at += 97) {
    const zip = ZIP.slice();
    zip[at] = (zip[at] ?? 0) ^ 4;
    expect(read(zip, hashOf(ZIP)).isUsable).toBe(false);
    // With a checksum of the damaged bytes, what counts is whether the rows are right: some bytes of an archive mean nothing.
    const blind = read(zip);
    if (blind.isUsable) expect(blind.sheet.bytes.cells).toEqual(read(ZIP).sheet.bytes.cells);
    else expect(kinds(blind)).toEqual(["broken_zip"]);
  }
});

test("each length that an archive is cut to is found", () => {
  for (let length = 0; length < ZIP.byteLength; length += 131) {
    expect(kinds(read(ZIP.slice(0, length)))).toEqual(["broken_zip"]);
  }
});

test("another checksum, none, and holes are named", () => {
  expect([kinds(read(ZIP, hashOf(new Uint8Array(1)))), read(ZIP, hashOf(new Uint8Array(1))).isUsable]).toEqual([
    ["wrong_checksum"],
    false,
  ]);
  const none = readDump({ path: "x", period: "2024-01-31" as Period, zip: ZIP, checksum: undefined });
  expect([kinds(none), none.isUsable]).toEqual([["no_checksum"], true]);
  const lacking = zipSync({ "a.csv": new TextEncoder().encode(ROWS.toSpliced(100, 30).toSpliced(500, 1).join("\n")) });
  expect(read(lacking).faults).toEqual([
    { kind: "hole", file: "AUSDT.zip", count: 31, places: [OPEN + 100 * 60_000, OPEN + 530 * 60_000] as never },
  ]);
});

test("an archive of several tables, or of none, isn't a dump", () => {
  const table = new TextEncoder().encode(ROWS.join("\n"));
  expect(kinds(read(zipSync({ "a.csv": table, "b.csv": table })))).toEqual(["broken_zip"]);
  expect(kinds(read(zipSync({ "a.txt": table })))).toEqual(["broken_zip"]);
});
