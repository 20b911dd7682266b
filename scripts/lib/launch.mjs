import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { findBun } from "./bun.mjs";
import { ensurePackages } from "./packages.mjs";
import { Refusal, ROOT } from "./root.mjs";

/** How often to look whether the shell that npm started us in is still there. */
const PARENT_CHECK_MS = 200;

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
  // --no-orphans: the server ends, too, when this process is killed without a chance to pass that on.
  const child = spawn(bun, ["--no-orphans", join(ROOT, "src/cli/main.ts"), ...args], { stdio: "inherit" });
  child.on("error", (error) => {
    process.stderr.write(`vyx: ${bun} can't be started: ${error.message}\n`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) {
    process.on(signal, () => {
      if (signal !== "SIGTERM" && cameFromTerminal()) return;
      child.kill(signal);
    });
  }
  if (process.env.npm_lifecycle_event !== undefined) endWithParent(child);
}

/** `npm run` hands a signal to the shell between it and us, and not every shell hands it on: it just dies. */
function endWithParent(child) {
  const parent = process.ppid;
  const check = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(check);
    child.kill("SIGTERM");
  }, PARENT_CHECK_MS);
}

/** A terminal sends Ctrl-C and its own end to all of us; passed on, they would reach the child twice. */
function cameFromTerminal() {
  return process.stdin.isTTY === true || process.stderr.isTTY === true;
}
