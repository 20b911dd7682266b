// The Dockerfile's steps in a fresh Debian tree, up to a server that is ready: npm run rehearse [-- TREE] (as root, on Debian)
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { findBun } from "./lib/bun.mjs";
import { ensurePackages } from "./lib/packages.mjs";
import { Refusal, ROOT } from "./lib/root.mjs";

try {
  ensurePackages({ development: true });
  if (process.getuid?.() !== 0) throw new Refusal("this needs root, for chroot and debootstrap");
  if (spawnSync("debootstrap", ["--version"], { stdio: "ignore" }).status !== 0) {
    throw new Refusal("debootstrap is not installed. Try: apt-get install debootstrap");
  }
  const command = ["--no-orphans", join(ROOT, "tests/deploy/rehearse.ts"), ...process.argv.slice(2)];
  process.exitCode = spawnSync(findBun(), command, { cwd: ROOT, stdio: "inherit" }).status ?? 1;
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`rehearse: ${error.message}\n`);
  process.exit(1);
}
