import { afterEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "../../core/mod.ts";
import { Archive, ArchiveWriter } from "./archive.ts";

const folders: string[] = [];
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), "vyx-archive-"));
  folders.push(made);
  return made;
};
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

const PARTS: Readonly<Record<string, string>> = { "a.txt": "one\n", "b.txt": "", "c.txt": "x".repeat(1_500) };

function written(): string {
  const path = join(folder(), "archive.tar");
  const archive = new ArchiveWriter(path);
  for (const [name, content] of Object.entries(PARTS)) archive.add(name, Buffer.from(content));
  expect(existsSync(path)).toBe(false);
  archive.finish({ format: "test" });
  return path;
}

test("what was written is read, by tar, too, and only its owner may read it", () => {
  const path = written();
  const archive = Archive.open(path);
  expect(archive.about).toEqual({ format: "test" });
  expect(archive.names).toEqual(Object.keys(PARTS));
  for (const [name, content] of Object.entries(PARTS)) expect(archive.read(name)?.toString()).toBe(content);
  expect(archive.read("d.txt")).toBeUndefined();
  if (process.platform !== "win32") expect(statSync(path).mode & 0o777).toBe(0o600);
  const { stdout, exitCode } = Bun.spawnSync(["tar", "xOf", path, "c.txt"]);
  expect([exitCode, stdout.toString()]).toEqual([0, PARTS["c.txt"] as string]);
});

test("an archive that isn't finished leaves nothing behind", () => {
  const path = join(folder(), "archive.tar");
  const archive = new ArchiveWriter(path);
  archive.add("a.txt", Buffer.from("one"));
  archive.abandon();
  expect([existsSync(path), existsSync(`${path}.unfinished`)]).toEqual([false, false]);
  expect(() => new ArchiveWriter(join(folder(), "absent", "archive.tar"))).toThrow("can't be written");
});

test("cut short anywhere it is refused with a sentence", () => {
  const whole = readFileSync(written());
  const path = join(folder(), "cut.tar");
  for (let bytes = 0; bytes < whole.length; bytes += 100) {
    writeFileSync(path, whole.subarray(0, bytes));
    expect(() => Archive.open(path)).toThrow(/is not whole: it ends before|is not a backup: expected/);
  }
});

test("with any byte changed or added it is refused with a sentence", () => {
  const whole = readFileSync(written());
  const path = join(folder(), "flipped.tar");
  const random = seededRandom(7);
  for (let round = 0; round < 300; round += 1) {
    const flipped = Buffer.from(whole);
    const at = Math.floor(random() * whole.length);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << Math.floor(random() * 8));
    writeFileSync(path, flipped);
    expect(() => Archive.open(path), `byte ${at}`).toThrow(/is damaged: its|is not whole|is not a backup/);
  }
  writeFileSync(path, Buffer.concat([whole, Buffer.from("more")]));
  expect(() => Archive.open(path)).toThrow("is damaged: its end");
  writeFileSync(path, "a text, and longer than a block ".repeat(100));
  expect(() => Archive.open(path)).toThrow("is not a backup: expected a file that `vyx backup` wrote");
  expect(() => Archive.open(join(folder(), "absent"))).toThrow("can't be read");
});
