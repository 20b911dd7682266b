// Generated filters that do much or do it oddly, in both engines: npm run programs [-- COUNT [SEED]]
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { findBun } from "./lib/bun.mjs";
import { ensurePackages } from "./lib/packages.mjs";
import { Refusal, ROOT } from "./lib/root.mjs";

try {
  ensurePackages({ development: true });
  const args = [join(ROOT, "tests/programs/programs.ts"), ...process.argv.slice(2)];
  const { status } = spawnSync(findBun(), args, { stdio: "inherit" });
  process.exitCode = status ?? 1;
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`programs: ${error.message}\n`);
  process.exit(1);
}
