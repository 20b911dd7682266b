// One file that holds the whole program, for machines with nothing else: npm run compile [-- FILE]
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { findBun } from "./lib/bun.mjs";
import { ensurePackages } from "./lib/packages.mjs";
import { Refusal, ROOT } from "./lib/root.mjs";

try {
  ensurePackages({ development: false });
  mkdirSync(join(ROOT, ".cache"), { recursive: true });
  const { status } = spawnSync(findBun(), [join(ROOT, "deploy/compile.ts"), ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  process.exitCode = status ?? 1;
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`compile: ${error.message}\n`);
  process.exit(1);
}
