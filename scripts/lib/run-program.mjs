import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { findBun } from "./bun.mjs";
import { ensurePackages } from "./packages.mjs";
import { Refusal, ROOT } from "./root.mjs";

/**
 * Runs one of the project's own programs in Bun, from its root, with this command's arguments; its end becomes this command's.
 * `before` may throw a Refusal, which is printed behind the command's name.
 */
export function runProgram(name, file, { development = true, before = () => {} } = {}) {
  try {
    ensurePackages({ development });
    before();
    const command = ["--no-orphans", join(ROOT, file), ...process.argv.slice(2)];
    process.exitCode = spawnSync(findBun(), command, { cwd: ROOT, stdio: "inherit" }).status ?? 1;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`${name}: ${error.message}\n`);
    process.exitCode = 1;
  }
}
