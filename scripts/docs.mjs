// Writes the pages that are made from the code: npm run docs
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { findBun } from "./lib/bun.mjs";
import { ensurePackages } from "./lib/packages.mjs";
import { Refusal, ROOT } from "./lib/root.mjs";

try {
  ensurePackages({ development: false });
  const { status } = spawnSync(findBun(), [join(ROOT, "src/cli/write-documents.ts")], { stdio: "inherit" });
  process.exitCode = status ?? 1;
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`docs: ${error.message}\n`);
  process.exit(1);
}
