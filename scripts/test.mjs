#!/usr/bin/env node
// All checks and tests of the project, from nothing: `npm test`. Ends with one line, "N passed, N failed".
//
//   npm test                        everything
//   npm test -- src/store           the tests whose path contains src/store, without the checks
//   npm test -- src/store -t "gap"  and whose name matches; other options of `bun test` work as well
//   npm test -- --strict            everything, and whatever is skipped or can't run has failed
//   npm test -- --long              everything, in the longer form that some tests have; with a path, those files
//   npm test -- --update-timings    the tests, and writes down how long each file took; with a path, those files
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { findBun } from "./lib/bun.mjs";
import { countsFrom, skippedIn } from "./lib/bun-report.mjs";
import { ensurePackages } from "./lib/packages.mjs";
import { Refusal, ROOT } from "./lib/root.mjs";
import { ensureSystemPackages } from "./lib/system-packages.mjs";

/** For one test. Long enough for a slow machine that others use, too: a test that needs more time than this is stuck. */
const TEST_TIMEOUT_MS = 3 * 60_000;
/** A run that prints nothing for so long is stuck in a loop that no time-out of a test can interrupt. */
const SILENCE_LIMIT_MS = 5 * 60_000;
const JUNIT_FILE = join(ROOT, ".cache/junit.xml");
const CORES = availableParallelism();
/**
 * Test files that run at the same time: two a core, as they wait for timers, browsers and servers for more than half of their time; on a
 * large machine four more than there are cores, as each takes memory.
 */
const WORKERS = Math.min(2 * CORES, CORES + 4);
/** How long each test file took, in milliseconds: Bun begins with the longest. `npm test -- --update-timings` writes it. */
const TIMINGS_FILE = join(ROOT, "tests/timings.json");
/**
 * Databases and servers live for seconds here: the second compiler of WebAssembly costs a twelfth of the suite's time, the third one of
 * JavaScript a twentieth, and neither pays for itself. Nor does giving freed memory back to the system, to take it again a moment later.
 */
const SHORT_LIVED = { BUN_JSC_useOMGJIT: "0", BUN_JSC_useFTLJIT: "0", MIMALLOC_PURGE_DELAY: "-1" };
/** `--long` lets tests that have a longer form run it, of more rounds, hours or symbols: see tests/helpers/size.ts. */
const LONG = process.argv.includes("--long") ? { TEST_LONG: "1" } : {};
/** Linux keeps files here in memory. A quarter of the suite's time went into making and deleting databases' files on a disk. */
const MEMORY_FOLDER = "/dev/shm";
/** What tests that run at the same time may fill of it. Containers often have only 64 MB there. */
const MEMORY_BYTES = 4 * 1024 ** 3;

const args = process.argv.slice(2).filter((arg) => arg !== "--strict" && arg !== "--long");
const strict = process.argv.includes("--strict");
const temporary = temporaryFolder();
const started = Date.now();
const totals = { passed: 0, failed: 0, skipped: 0 };

try {
  ensurePackages({ development: true });
  await main();
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  fail(error.message);
}
finish();

async function main() {
  const patterns = args.filter((arg) => !arg.startsWith("-"));
  const missing = ensureSystemPackages(patterns, say);
  for (const { command, suites } of missing) {
    const sentence = `${command} is not installed: tests that need it don't run (${suites.join(", ")})`;
    if (strict) fail(sentence);
    else say(sentence);
  }
  if (!existsSync(join(ROOT, "../shared/data"))) say("no recorded market data here: tests that need it don't run");
  // The checks run beside the tests, one after the other.
  const checks = args.length === 0 ? checkAll() : undefined;
  await test();
  await checks;
}

async function checkAll() {
  await check("format and lint", "@biomejs/biome/bin/biome", ["check", "--error-on-warnings"]);
  await check("types", "typescript/bin/tsc", ["-b"]);
}

/** A check counts as one, whatever it finds. What it prints is shown in one piece, when it has ended. */
async function check(name, program, programArgs) {
  const began = Date.now();
  say(`${name} …`);
  const path = join(ROOT, "node_modules", program);
  const child = spawn(process.execPath, [path, ...programArgs], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  const status = await new Promise((resolve) => child.on("close", resolve));
  process.stdout.write(output);
  if (status === 0) {
    totals.passed += 1;
    say(`${name}: good (${seconds(began)})`);
  } else {
    fail(`${name}: failed, see above (${seconds(began)})`);
  }
}

async function test() {
  const began = Date.now();
  say(`tests${args.length === 0 ? "" : ` matching ${args.join(" ")}`} …`);
  mkdirSync(join(ROOT, ".cache"), { recursive: true });
  rmSync(JUNIT_FILE, { force: true });
  const { output, ending } = await runBunTest();
  const counts = countsFrom(output);
  const report = existsSync(JUNIT_FILE) ? readFileSync(JUNIT_FILE, "utf8") : undefined;
  if (counts === undefined || report === undefined) {
    fail(`tests: no result: the run ended before its summary (${ending})`);
    return;
  }
  totals.passed += counts.passed;
  totals.failed += counts.failed;
  if (counts.failed === 0 && ending !== "exit code 0")
    fail(`tests: every one passed, but the run ended with ${ending}`);
  account(counts.skipped, skippedIn(report));
  say(`tests: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped (${seconds(began)})`);
}

function account(skipped, names) {
  if (skipped === 0) return;
  if (strict) totals.failed += skipped;
  else totals.skipped += skipped;
  say(strict ? "skipped, which --strict doesn't allow:" : "skipped:");
  for (const name of names) say(`  ${name}`);
}

/** Shows what `bun test` prints while it runs, and resolves with all of it and how the run ended. */
function runBunTest() {
  const options = [
    `--timeout=${TEST_TIMEOUT_MS}`,
    `--parallel=${WORKERS}`,
    `--timings=${TIMINGS_FILE}`,
    "--reporter=junit",
    `--reporter-outfile=${JUNIT_FILE}`,
  ];
  const child = spawn(findBun(), ["--no-orphans", "test", ...options, ...args], {
    cwd: ROOT,
    env: environment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let why = "";
  const giveUp = () => {
    why = `, nothing was printed for ${SILENCE_LIMIT_MS / 60_000} minutes`;
    child.kill("SIGKILL");
  };
  let silence = setTimeout(giveUp, SILENCE_LIMIT_MS);
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      clearTimeout(silence);
      silence = setTimeout(giveUp, SILENCE_LIMIT_MS);
      process.stdout.write(text);
      if (stream === child.stderr) output += text;
    });
  }
  return new Promise((resolve) => {
    child.on("close", (code, signal) => {
      clearTimeout(silence);
      resolve({ output, ending: (signal === null ? `exit code ${code}` : `signal ${signal}`) + why });
    });
  });
}

/** Settings of the person's own server mustn't reach the tests' servers. */
function environment() {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("VYX_"));
  const color = process.stdout.isTTY ? { FORCE_COLOR: "1" } : {};
  return { ...Object.fromEntries(kept), ...SHORT_LIVED, ...LONG, TMPDIR: temporary, ...color };
}

/** Where tests put their files. It is gone when the run has ended, however it ends. */
function temporaryFolder() {
  const folder = mkdtempSync(join(hasRoom(MEMORY_FOLDER) ? MEMORY_FOLDER : tmpdir(), "vyx-tests-"));
  // PostgreSQL has a user of its own, and has to get through.
  chmodSync(folder, 0o711);
  process.once("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
  return folder;
}

function hasRoom(folder) {
  if (!existsSync(folder)) return false;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize >= MEMORY_BYTES;
}

function fail(sentence) {
  totals.failed += 1;
  say(`FAILED: ${sentence}`);
}

function say(text) {
  process.stdout.write(`▸ ${text}\n`);
}

function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

function finish() {
  const skipped = totals.skipped === 0 ? "" : `, ${totals.skipped} skipped`;
  say(`all done in ${seconds(started)}`);
  process.stdout.write(`${totals.passed} passed, ${totals.failed} failed${skipped}\n`);
  process.exitCode = totals.failed === 0 ? 0 : 1;
}
