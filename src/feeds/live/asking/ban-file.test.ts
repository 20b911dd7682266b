import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { UnixMs } from "../../../core/mod.ts";
import { BanFile } from "./ban-file.ts";

const NOW = Date.UTC(2026, 1, 10) as UnixMs;
const later = (ms: number): UnixMs => (NOW + ms) as UnixMs;

let folder: string;
const failures: unknown[] = [];
const banFile = (path: string, exchange: string): BanFile =>
  new BanFile(path, exchange, (cause) => void failures.push(cause));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vyx-bans-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a ban is remembered by another process, for its exchange alone, and ends", () => {
  const path = join(folder, "not-yet-there", "bans.json");
  banFile(path, "https://one").remember(later(120_000));
  expect(banFile(path, "https://one").until(NOW)).toBe(later(120_000));
  expect(banFile(path, "https://two").until(NOW)).toBeUndefined();
  expect(banFile(path, "https://one").until(later(120_000))).toBeUndefined();
  banFile(path, "https://two").remember(later(5_000));
  expect(banFile(path, "https://one").until(NOW)).toBe(later(120_000));
  banFile(path, "https://one").forget();
  expect(banFile(path, "https://one").until(NOW)).toBeUndefined();
  expect(banFile(path, "https://two").until(NOW)).toBe(later(5_000));
});

test("what can't be meant counts as nothing: no file, no JSON, another shape, longer than any ban", () => {
  const path = join(folder, "bans.json");
  const file = banFile(path, "https://one");
  expect(file.until(NOW)).toBeUndefined();
  for (const text of ["", "{", "null", "[1]", '{"https://one":"soon"}', `{"https://one":${later(4 * 86_400_000)}}`]) {
    writeFileSync(path, text);
    expect(file.until(NOW)).toBeUndefined();
  }
  file.remember(later(1_000));
  expect(file.until(NOW)).toBe(later(1_000));
});

test("what can't be written is told, and holds on without a file", () => {
  writeFileSync(join(folder, "a-file"), "");
  banFile(join(folder, "a-file", "bans.json"), "https://one").remember(later(1_000));
  expect(failures).toHaveLength(1);
});

test("a pipe in its place holds up nobody, and a link in the place of the new one is replaced, not followed", () => {
  const path = join(folder, "bans.json");
  Bun.spawnSync(["mkfifo", path]);
  expect(banFile(path, "https://one").until(NOW)).toBeUndefined();
  const victim = join(folder, "victim");
  writeFileSync(victim, "precious");
  symlinkSync(victim, `${path}.new`);
  banFile(path, "https://one").remember(later(1_000));
  expect(readFileSync(victim, "utf8")).toBe("precious");
  expect(banFile(path, "https://one").until(NOW)).toBe(later(1_000));
});
