import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Refusal, ROOT } from "./root.mjs";

const LOCK_FILE = join(ROOT, "package-lock.json");
/** npm's own note of what it installed, written when it is done. */
const INSTALLED = join(ROOT, "node_modules/.package-lock.json");
/** Holds the id of the process that is installing: a demo and the tests may be started at the same moment. */
const INSTALLING = join(ROOT, ".cache/installing");
const LOOK_AGAIN_MS = 200;

/**
 * Runs `npm ci` if this is a checkout whose node_modules isn't what package-lock.json says. With `development`, packages
 * that only the checks need count as well. All output goes to stderr. Throws {@link Refusal}.
 */
export function ensurePackages({ development }) {
  if (!existsSync(LOCK_FILE) || isInstalled(development)) return;
  mkdirSync(join(ROOT, ".cache"), { recursive: true });
  takeTurn();
  try {
    if (!isInstalled(development)) install();
  } finally {
    unlinkSync(INSTALLING);
  }
}

function isInstalled(development) {
  if (!existsSync(INSTALLED)) return false;
  const installed = JSON.parse(readFileSync(INSTALLED, "utf8")).packages;
  const wanted = JSON.parse(readFileSync(LOCK_FILE, "utf8")).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === "" || entry.optional || entry.peer || entry.devOptional || (entry.dev && !development)) return true;
    return installed[path]?.version === entry.version;
  });
}

function install() {
  const modules = join(ROOT, "node_modules");
  if (lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
    // npm ci would empty what it points to, under whoever else uses it.
    throw new Refusal(
      `${modules} is a link, and what is there isn't what package-lock.json says: run npm ci where it points to`,
    );
  }
  process.stderr.write("Installing npm packages (npm ci) …\n");
  const started = Date.now();
  const args = ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  const options = { cwd: ROOT, stdio: ["ignore", 2, 2] };
  const npm = process.env.npm_execpath;
  const { status, error } = npm?.endsWith("npm-cli.js")
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync("npm", args, { ...options, shell: process.platform === "win32" });
  if (status !== 0) {
    const why = error === undefined ? "" : ` (${error.message})`;
    throw new Refusal(`npm ci failed${why}: see above, then run it again with: npm ci`);
  }
  process.stderr.write(`Installed in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

function takeTurn() {
  for (let waited = false; ; waited = true) {
    try {
      writeFileSync(INSTALLING, String(process.pid), { flag: "wx" });
      return;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (isAlive(holder())) {
      if (!waited) process.stderr.write("Waiting for another process that installs npm packages …\n");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_AGAIN_MS);
    } else if (existsSync(INSTALLING)) {
      unlinkSync(INSTALLING);
    }
  }
}

function holder() {
  try {
    return Number(readFileSync(INSTALLING, "utf8"));
  } catch {
    return 0;
  }
}

function isAlive(id) {
  if (!(id > 0)) return false;
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
