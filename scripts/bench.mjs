// Runs the benchmarks in bench/, all of them or those that are named: npm run bench -- hot-read
// --help lists them; --quick runs them in short form, which shows that they work and leaves RESULTS.md as it is.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findBun } from "./lib/bun.mjs";
import { ensurePackages } from "./lib/packages.mjs";
import { Refusal, ROOT } from "./lib/root.mjs";

const known = readdirSync(join(ROOT, "bench"))
  .filter((name) => name.endsWith(".ts"))
  .map((name) => name.slice(0, -".ts".length))
  .sort();
const options = process.argv.slice(2).filter((word) => word.startsWith("-"));
const asked = process.argv.slice(2).filter((word) => !word.startsWith("-"));
const unknown = [
  ...options.filter((option) => option !== "--help" && option !== "--quick"),
  ...asked.filter((name) => !known.includes(name)),
];

if (unknown.length > 0) {
  process.stderr.write(`bench: there is no ${unknown.join(", ")}; known are --help, --quick, ${known.join(", ")}\n`);
  process.exitCode = 2;
} else if (options.includes("--help")) {
  process.stdout.write(help());
} else {
  run(asked.length > 0 ? asked : known, options.includes("--quick"));
}

function help() {
  const width = Math.max(...known.map((name) => name.length));
  const lines = known.map((name) => `  ${name.padEnd(width)}  ${questionOf(name)}\n`);
  return `npm run bench -- [--quick] [NAME …]

Runs all benchmarks, or those that are named, and writes their figures to bench/RESULTS.md.
--quick runs them in short form: it shows that they work, and writes nothing.

${lines.join("")}`;
}

/** What a benchmark asks: the first sentence of its file. */
function questionOf(name) {
  const [, question = ""] =
    /^\/\/ Question: ([\s\S]*?\?)/.exec(readFileSync(join(ROOT, "bench", `${name}.ts`), "utf8")) ?? [];
  return question.replaceAll(/\s*\n\/\/\s*/g, " ");
}

function run(names, isQuick) {
  const env = isQuick ? { ...process.env, BENCH_QUICK: "1" } : process.env;
  try {
    ensurePackages({ development: true });
    for (const name of names) {
      const began = Date.now();
      const { status } = spawnSync(findBun(), [join(ROOT, "bench", `${name}.ts`)], { stdio: "inherit", env });
      process.stdout.write(
        `${name}: ${status === 0 ? "" : "failed "}after ${((Date.now() - began) / 1_000).toFixed(0)} s\n`,
      );
      if (status !== 0) process.exitCode = 1;
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`bench: ${error.message}\n`);
    process.exitCode = 1;
  }
}
