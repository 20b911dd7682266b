// Runs the simulation in tests/simulation: npm run simulate -- --seed 1234 --hours 24
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { findBun } from "./lib/bun.mjs";
import { ensurePackages } from "./lib/packages.mjs";
import { Refusal, ROOT } from "./lib/root.mjs";

try {
  ensurePackages({ development: true });
  const args = [join(ROOT, "tests/simulation/main.ts"), ...process.argv.slice(2)];
  process.exitCode = spawnSync(findBun(), args, { stdio: "inherit" }).status ?? 1;
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`simulate: ${error.message}\n`);
  process.exitCode = 1;
}
