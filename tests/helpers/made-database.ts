import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvalidInput } from "../../src/core/mod.ts";
import { startEmbeddedDatabase } from "../../src/embedded/mod.ts";
import { FolderLock } from "../../src/store/mod.ts";

const ROOT = join(import.meta.dir, "../..");
const VERSION: string = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).dependencies[
  "@electric-sql/pglite"
];
const MADE = join(ROOT, ".cache", `pglite-${VERSION}`);

/** Between two looks at whether another process has made the template, in milliseconds. */
const LOOK_EVERY_MS = 50;

/**
 * A data folder with an empty database in it. Making one costs PGlite ten seconds of a processor, so it is made once and
 * copied. Without tables: the migrations take it less than a fifth of a second.
 */
export async function dataFolder(): Promise<string> {
  while (!existsSync(MADE)) await makeUnlessOthersDo();
  const folder = mkdtempSync(join(tmpdir(), "vyx-data-"));
  cpSync(MADE, folder, { recursive: true });
  return folder;
}

async function makeUnlessOthersDo(): Promise<void> {
  const lock = takeLock();
  if (lock === undefined) {
    await Bun.sleep(LOOK_EVERY_MS);
    return;
  }
  try {
    if (!existsSync(MADE)) await make();
  } finally {
    lock.release();
  }
}

/** Undefined while another process has it; the system frees it when that process ends. */
function takeLock(): FolderLock | undefined {
  try {
    return FolderLock.take(`${MADE}-lock`);
  } catch (cause) {
    if (cause instanceof InvalidInput) return undefined;
    throw cause;
  }
}

async function make(): Promise<void> {
  const fresh = mkdtempSync(`${MADE}-unfinished-`);
  try {
    await (await startEmbeddedDatabase(fresh)).stop();
    renameSync(fresh, MADE);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}
