import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { seededRandom } from "../core/mod.ts";
import { crc32c } from "./crc32c.ts";
import { PageSums } from "./page-sums.ts";

let place: string;
let folder: string;
let journal: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "vyx-sums-"));
  folder = join(place, "files");
  journal = join(place, "page-sums");
  mkdirSync(join(folder, "log"), { recursive: true });
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

const at = (path: string): string => join(folder, path);
const sumsOf = (): PageSums => new PageSums(folder, journal, "boot");
/** What a start after a kill says. It gets a copy of the journal, as the sums of the test go on. */
function found(boot = "boot"): string[] {
  const copy = join(place, "copy");
  if (existsSync(journal)) copyFileSync(journal, copy);
  const damage = new PageSums(folder, copy, boot).check();
  return damage.map(({ path, what }) => `${path.replace(copy, "the journal")} ${what}`);
}

/** Sums that go on from the files as they are. */
function adopted(): PageSums {
  const sums = sumsOf();
  sums.adopt({ table: "rows of the table signals" });
  return sums;
}

/** On Linux, each write to it fails for want of space. */
const FULL_DISK = "/dev/full";

function write(sums: PageSums, path: string, content: Uint8Array, position: number): void {
  sums.write(path, content, position);
  put(path, content, position);
}

function put(path: string, content: Uint8Array, position: number): void {
  const file = openSync(at(path), "r+");
  writeSync(file, content, 0, content.length, position);
  closeSync(file);
}

function flip(path: string, byte: number): void {
  const content = readFileSync(path);
  content[byte] = (content[byte] ?? 0) ^ 1;
  writeFileSync(path, content);
}

test("what was written, made, cut, moved and removed is whole after a kill, at each position and length", () => {
  writeFileSync(at("table"), Buffer.alloc(10_000, 1));
  const sums = adopted();
  const random = seededRandom(7);
  for (let round = 0; round < 200; round += 1) {
    const bytes = statSync(at("table")).size;
    const kind = random();
    if (kind < 0.2) {
      const size = Math.floor(random() * 30_000);
      sums.resize("table", size);
      truncateSync(at("table"), size);
    } else {
      const content = Buffer.alloc(1 + Math.floor(random() * 20_000), round);
      write(sums, "table", content, Math.floor(random() * (bytes + 5_000)));
    }
    if (round % 20 > 0) continue;
    expect(found()).toEqual([]);
    flip(at("table"), 0);
    if (statSync(at("table")).size > 4_096) expect(found()).toEqual(["table is not what was written, from byte 0 on"]);
    flip(at("table"), 0);
  }
  sums.create("new");
  writeFileSync(at("new"), "");
  write(sums, "new", Buffer.from("one"), 0);
  sums.rename("new", "log/new");
  renameSync(at("new"), at("log/new"));
  sums.remove("table");
  rmSync(at("table"));
  expect(found()).toEqual([]);
  expect(existsSync(journal)).toBe(true);
});

test("each damage is told, with what the file holds", () => {
  writeFileSync(at("table"), Buffer.alloc(10_000, 1));
  writeFileSync(at("table.1"), "two");
  writeFileSync(at("log/1"), "three");
  const sums = adopted();
  write(sums, "log/1", Buffer.from("four"), 0);
  flip(at("table"), 5_000);
  expect(found()).toEqual(["table is not what was written, from byte 4096 on"]);
  truncateSync(at("table"), 9_999);
  expect(found()).toEqual(["table is cut short: 9999 bytes of 10000"]);
  writeFileSync(at("table"), Buffer.alloc(10_001, 1));
  expect(found()).toEqual(["table is longer than it was written: 10001 bytes"]);
  rmSync(at("table"));
  rmSync(at("table.1"));
  expect(sumsOf().check()).toEqual([
    { path: "table", what: "is missing", holds: "rows of the table signals" },
    { path: "table.1", what: "is missing", holds: "rows of the table signals" },
  ]);
});

test("a change that a kill prevented or cut short isn't damage; the same before the last change is", () => {
  writeFileSync(at("table"), Buffer.alloc(12_288, 1));
  const sums = adopted();
  const twos = Buffer.alloc(12_288, 2);
  sums.write("table", twos, 0);
  expect(found()).toEqual([]);
  put("table", twos.subarray(0, 4_096), 0);
  expect(found()).toEqual([]);
  flip(at("table"), 5_000);
  expect(found()).toEqual(["table is not what was written, from byte 4096 on"]);
});

test("what a kill left of making, moving and removing a file is whole", () => {
  writeFileSync(at("table"), "one");
  adopted().create("new");
  expect(found()).toEqual([]);
  adopted().rename("table", "log/table");
  expect(found()).toEqual([]);
  adopted().remove("table");
  expect(found()).toEqual([]);
  adopted().resize("table", 1);
  expect(found()).toEqual([]);
});

test("a change that failed is taken back", () => {
  writeFileSync(at("table"), "one");
  const sums = adopted();
  sums.write("table", Buffer.from("two"), 3);
  sums.failed("table");
  sums.create("new");
  sums.failed("new");
  expect(found()).toEqual([]);
});

test("after another boot only a database that was closed has to be as it was written", () => {
  writeFileSync(at("table"), "one");
  const sums = adopted();
  flip(at("table"), 0);
  expect(found("another boot")).toEqual([]);
  sums.close();
  expect(found("another boot")).toEqual(["table is not what was written, from byte 0 on"]);
});

test("what a power loss took of an open database's checksums isn't damage", () => {
  writeFileSync(at("table"), "one");
  const sums = adopted();
  const before = statSync(journal).size;
  write(sums, "table", Buffer.from("two"), 0);
  write(sums, "table", Buffer.from("six"), 0);
  const content = readFileSync(journal);
  writeFileSync(journal, content.fill(0, before, before + 20));
  expect(found("another boot")).toEqual([]);
  expect(found()).toEqual(["the journal is not what was written"]);
});

test("all that changed is saved before the journal says closed, and a compacted journal at once", () => {
  writeFileSync(at("table"), "one");
  writeFileSync(at("unchanged"), "one");
  writeFileSync(at("gone"), "one");
  const saved: string[] = [];
  const sums = new PageSums(folder, journal, "boot", {
    sync: (path) => {
      saved.push(relative(place, path));
      expect(readFileSync(journal, "latin1")).not.toContain('["close"]');
    },
  });
  sums.adopt({});
  expect(saved.splice(0)).toEqual([""]);
  write(sums, "table", Buffer.from("two"), 0);
  sums.create("new");
  writeFileSync(at("new"), "");
  sums.rename("new", "log/new");
  renameSync(at("new"), at("log/new"));
  sums.remove("gone");
  rmSync(at("gone"));
  sums.close();
  expect(saved.sort()).toEqual(["files", "files/log", "files/log/new", "files/table"]);
  expect(readFileSync(journal, "latin1")).toContain('["close"]');
});

test("a change that a kill prevented isn't damage when the journal was compacted for it", () => {
  writeFileSync(at("table"), "one");
  const sums = new PageSums(folder, journal, "boot", { compactAfterBytes: 200 });
  sums.adopt({});
  let compacted = 0;
  for (let round = 0; round < 30; round += 1) {
    const before = statSync(journal).size;
    const content = Buffer.alloc(5_000, round);
    sums.write("table", content, 0);
    if (statSync(journal).size <= before) compacted += 1;
    expect(found()).toEqual([]);
    put("table", content, 0);
  }
  expect(compacted).toBeGreaterThan(3);
});

test.skipIf(!existsSync(FULL_DISK))(
  "a full disk costs changes, but no open files, and ends with the disk's room",
  () => {
    writeFileSync(at("table"), "one");
    const sums = new PageSums(folder, journal, "boot", { compactAfterBytes: 0 });
    sums.adopt({});
    symlinkSync(FULL_DISK, `${journal}.unfinished`);
    const open = readdirSync("/proc/self/fd").length;
    for (let round = 0; round < 20; round += 1)
      expect(() => sums.write("table", Buffer.from("two"), 0)).toThrow("ENOSPC");
    expect(readdirSync("/proc/self/fd").length).toBeLessThan(open + 5);
    expect(found()).toEqual([]);
    rmSync(`${journal}.unfinished`);
    write(sums, "table", Buffer.from("two"), 0);
    write(sums, "table", Buffer.from("six"), 0);
    expect(found()).toEqual([]);
  },
);

/** What PostgreSQL writes to a control file at a time, in Unix seconds. */
function putControl(time: number): void {
  const content = Buffer.alloc(8_192);
  content.writeBigInt64LE(BigInt(time), 24);
  content.writeUInt32LE(crc32c(content.subarray(0, 292)), 292);
  mkdirSync(at("global"), { recursive: true });
  writeFileSync(at("global/pg_control"), content);
}

test("a database that an older version has opened since it was closed isn't damaged, and is summed anew", () => {
  writeFileSync(at("table"), "one");
  putControl(100);
  const sums = adopted();
  sums.close();
  writeFileSync(at("table"), "two");
  const damaged = "table is not what was written, from byte 0 on";
  expect(found()).toEqual([damaged]);
  // An older copy of the control file is damage, and so is one with a wrong checksum.
  const changed = "global/pg_control is not what was written, from byte 0 on";
  putControl(99);
  expect(found()).toEqual([changed, damaged]);
  putControl(101);
  flip(at("global/pg_control"), 40);
  expect(found()).toEqual([changed, damaged]);
  putControl(101);
  expect(found()).toEqual([]);
  const again = sumsOf();
  expect(again.check()).toEqual([]);
  again.adopt({});
  expect(found()).toEqual([]);
  flip(at("table"), 0);
  expect(found()).toEqual([damaged]);
});

test("while the database was open, a newer control file excuses no damage: it may be a copy of a running server's folder", () => {
  writeFileSync(at("table"), "one");
  putControl(100);
  adopted();
  writeFileSync(at("table"), "two");
  putControl(101);
  expect(found()).toEqual([
    "global/pg_control is not what was written, from byte 0 on",
    "table is not what was written, from byte 0 on",
  ]);
});

test("damaged checksums are told, and none are nothing", () => {
  expect(found()).toEqual([]);
  writeFileSync(at("table"), "one");
  const sums = adopted();
  sums.create("new");
  writeFileSync(at("new"), "");
  flip(journal, 20);
  expect(found()).toEqual(["the journal is not what was written"]);
  writeFileSync(journal, "");
  expect(found()).toEqual(["the journal is not what was written"]);
});

test("the journal stays bounded, and goes on after a check", () => {
  writeFileSync(at("table"), Buffer.alloc(1_000_000, 1));
  const sums = adopted();
  for (let round = 0; round < 30; round += 1) write(sums, "table", Buffer.alloc(4_000_000, round), 0);
  const bytes = statSync(journal).size;
  const again = sumsOf();
  expect(again.check()).toEqual([]);
  expect(statSync(journal).size).toBeLessThan(Math.max(bytes, 50_000));
  write(again, "table", Buffer.from("two"), 5_000_000);
  expect(found()).toEqual([]);
});
