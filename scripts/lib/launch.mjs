import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { findBun } from "./bun.mjs";
import { ensurePackages } from "./packages.mjs";
import { Refusal, ROOT } from "./root.mjs";

/** How often to look whether the npm that started us is still there. */
const NPM_CHECK_MS = 200;

/** The same signal again within this time is the same wish: `timeout` and others signal a process and its group. */
const SAME_SIGNAL_MS = 500;

/** Runs the command line under Bun with our stdin, stdout and stderr, and ends as it ends. */
export function launch(args) {
  let bun;
  try {
    ensurePackages({ development: false });
    bun = findBun();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`vyx: ${error.message}\n`);
    process.exit(1);
  }
  const atTerminal = process.stdin.isTTY === true || process.stderr.isTTY === true;
  // --no-orphans: the server ends, too, when this process is killed without a chance to pass that on. A group of its own
  // away from terminals: there all signals come through us, and each comes once.
  const child = spawn(bun, ["--no-orphans", join(ROOT, "src/cli/main.ts"), ...args], {
    stdio: "inherit",
    detached: !atTerminal && process.platform !== "win32",
  });
  child.on("error", (error) => {
    process.stderr.write(`vyx: ${bun} can't be started: ${error.message}\n`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
  const passOn = passer(child);
  process.on("SIGTERM", passOn);
  // A terminal sends these to the child itself as well.
  for (const signal of ["SIGINT", "SIGHUP"]) process.on(signal, atTerminal ? () => {} : passOn);
  if (process.env.npm_lifecycle_event !== undefined) whenNpmIsGone(() => passOn("SIGTERM"));
}

function passer(child) {
  const lastAt = new Map();
  return (signal) => {
    const now = performance.now();
    if (now - (lastAt.get(signal) ?? Number.NEGATIVE_INFINITY) > SAME_SIGNAL_MS) child.kill(signal);
    lastAt.set(signal, now);
  };
}

/**
 * npm starts us in a shell and hands a signal to that shell, which may just die of it; or npm is killed, and the shell
 * stays. In both cases nobody tells us.
 */
function whenNpmIsGone(callback) {
  const shell = process.ppid;
  const npm = parentOf(shell);
  const check = setInterval(() => {
    if (process.ppid === shell && parentOf(shell) === npm) return;
    clearInterval(check);
    callback();
  }, NPM_CHECK_MS);
}

/** The parent of another process, where the system shows it as Linux does; else undefined. */
function parentOf(id) {
  try {
    return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${id}/stat`, "utf8"))?.[1]);
  } catch {
    return undefined;
  }
}
