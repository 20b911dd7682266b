import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Programs from outside npm that tests run against. A suite whose program is missing doesn't run, and says so. */
export const SYSTEM_PACKAGES = [
  { command: "chromium", debian: "chromium", suites: ["tests/end-to-end", "tests/deploy"] },
  { command: "promtool", debian: "prometheus", suites: ["tests/repository", "src/server", "tests/deploy"] },
  {
    command: "prometheus-alertmanager",
    debian: "prometheus-alertmanager",
    suites: ["tests/repository", "tests/deploy", "src/doctor"],
  },
  { command: "nginx", debian: "nginx", suites: ["tests/bench", "tests/deploy"] },
  { command: "wrk", debian: "wrk", suites: ["tests/bench"] },
  { command: "initdb", debian: "postgresql", suites: ["src/traders", "tests/traders", "tests/deploy"] },
  { command: "caddy", debian: "caddy", suites: ["tests/deploy"] },
  { command: "systemd-analyze", debian: "systemd", suites: ["tests/deploy"] },
  { command: "openssl", debian: "openssl", suites: ["src/doctor", "tests/deploy"] },
  { command: "redis-server", debian: "redis-server", suites: ["src/migrate", "tests/redis"] },
  { command: "nats-server", debian: "nats-server", suites: ["src/cluster", "tests/cluster", "tests/deploy"] },
];

/** While this exits with 101, Debian's packages don't start their services when they are installed. */
const SERVICE_POLICY = "/usr/sbin/policy-rc.d";

/**
 * Installs what is missing where we may, and returns the rows of what is still missing. With `patterns`, only what the
 * suites need whose paths they mean.
 */
export function ensureSystemPackages(patterns, log) {
  const missing = SYSTEM_PACKAGES.filter(({ command, suites }) => isMeant(suites, patterns) && !isOnPath(command));
  if (missing.length === 0 || !isDebian() || process.getuid() !== 0) return missing;
  const names = missing.map(({ debian }) => debian);
  log(`installing Debian packages: ${names.join(" ")}`);
  withoutServices(() => {
    if (aptInstall(names, "ignore")) return;
    apt(["update"], "ignore");
    for (const name of names) aptInstall([name], "inherit");
  });
  return missing.filter(({ command }) => !isOnPath(command));
}

function isMeant(suites, patterns) {
  if (patterns.length === 0) return true;
  return suites.some((suite) => patterns.some((pattern) => suite.includes(pattern) || pattern.includes(suite)));
}

function isOnPath(command) {
  // Debian keeps servers in sbin, which isn't on everyone's path, and PostgreSQL's programs in a folder for each version.
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin", ...postgresFolders()];
  return folders.some((folder) => existsSync(join(folder, command)));
}

function postgresFolders() {
  const versions = "/usr/lib/postgresql";
  return existsSync(versions) ? readdirSync(versions).map((version) => join(versions, version, "bin")) : [];
}

function isDebian() {
  return existsSync("/etc/os-release") && /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"));
}

function aptInstall(names, stderr) {
  return apt(["install", "--yes", "--no-install-recommends", ...names], stderr);
}

function apt(args, stderr) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync("apt-get", ["--quiet", ...args], { env, stdio: ["ignore", "ignore", stderr] }).status === 0;
}

function withoutServices(work) {
  const ours = !existsSync(SERVICE_POLICY);
  if (ours) writeFileSync(SERVICE_POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    work();
  } finally {
    if (ours) rmSync(SERVICE_POLICY);
  }
}
