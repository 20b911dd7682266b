// Runs the benchmarks in bench/, all of them or those that are named: npm run bench -- hot-read
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { findBun } from "./lib/bun.mjs";
import { ensurePackages } from "./lib/packages.mjs";
import { Refusal, ROOT } from "./lib/root.mjs";

const known = readdirSync(join(ROOT, "bench"))
  .filter((name) => name.endsWith(".ts"))
  .map((name) => name.slice(0, -".ts".length));
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !known.includes(name));

if (unknown.length > 0) {
  process.stderr.write(`bench: there is no ${unknown.join(", ")}; known are ${known.join(", ")}\n`);
  process.exit(2);
}
try {
  ensurePackages({ development: true });
  for (const name of asked.length > 0 ? asked : known) {
    const { status } = spawnSync(findBun(), [join(ROOT, "bench", `${name}.ts`)], { stdio: "inherit" });
    if (status !== 0) process.exitCode = 1;
  }
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exit(1);
}
