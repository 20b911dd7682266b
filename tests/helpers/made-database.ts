import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedDatabase } from "../../src/cli/embedded-database.ts";

const ROOT = join(import.meta.dir, "../..");
const VERSION: string = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).dependencies[
  "@electric-sql/pglite"
];
const MADE = join(ROOT, ".cache", `pglite-${VERSION}`);

/** A data folder with an empty database in it. Making one costs PGlite seconds of a processor, so it is made once and copied. */
export async function dataFolder(): Promise<string> {
  if (!existsSync(MADE)) await make();
  const folder = mkdtempSync(join(tmpdir(), "vyx-data-"));
  cpSync(MADE, folder, { recursive: true });
  return folder;
}

async function make(): Promise<void> {
  mkdirSync(join(MADE, ".."), { recursive: true });
  const fresh = mkdtempSync(`${MADE}-`);
  await (await startEmbeddedDatabase(fresh)).stop();
  try {
    renameSync(fresh, MADE);
  } catch {
    // Another test process was first.
    rmSync(fresh, { recursive: true });
  }
}
