// Kills a server again and again under load, and looks at what each start serves: npm run kill -- --rounds 50 --seed 1
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { findBun } from "./lib/bun.mjs";
import { ensurePackages } from "./lib/packages.mjs";
import { Refusal, ROOT } from "./lib/root.mjs";

try {
  ensurePackages({ development: true });
  const command = ["--no-orphans", join(ROOT, "tests/kill/main.ts"), ...process.argv.slice(2)];
  process.exitCode = spawnSync(findBun(), command, { cwd: ROOT, stdio: "inherit" }).status ?? 1;
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`kill: ${error.message}\n`);
  process.exit(1);
}
