// The Dockerfile's steps in a fresh Debian tree, up to a server that is ready: npm run rehearse [-- TREE]. Needs root, Debian
// and debootstrap; TREE is one that debootstrap made before. It reads the steps and repeats none of them.
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";

import { basename, dirname, join, relative, resolve } from "node:path";
import { keyHash } from "../../src/server/mod.ts";
import { until } from "../helpers/until.ts";
import { contextFiles } from "./docker-context.ts";
import { commandIn, copyOf, environmentOf, lastOf, type Stage, stagesOf } from "./dockerfile.ts";

const ROOT = resolve(import.meta.dir, "../..");
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const KEY = "rehearsal-key";
const MIRROR = "http://deb.debian.org/debian";

/** Where this machine's own authorities are, which stand between it and the registries; none on most machines. */
const AUTHORITIES = process.env.NODE_EXTRA_CA_CERTS;

const began = Date.now();
const say = (text: string): void => console.log(`▸ ${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}`);

/** Large, and better in memory than on a slow disk: TMPDIR says where. Under a path that others may pass through, as the server isn't root. */
const folder = mkdtempSync(join(process.env.TMPDIR ?? "/var/tmp", "vyx-rehearsal-"));
chmodSync(folder, 0o755);
const running: Bun.Subprocess[] = [];
try {
  await rehearse();
} finally {
  for (const process of running) process.kill("SIGKILL");
  await Promise.all(running.map(({ exited }) => exited));
  rmSync(folder, { recursive: true, force: true });
}

async function rehearse(): Promise<void> {
  const stages = stagesOf(readFileSync(join(ROOT, "deploy/Dockerfile"), "utf8"));
  const base = join(folder, "base");
  const release = /^debian:([a-z]+)/.exec(stages[0]?.from ?? "")?.[1];
  if (release === undefined || stages.some(({ from }) => from !== stages[0]?.from)) {
    throw new Error(`every stage is expected to begin with one Debian: ${stages.map(({ from }) => from).join(", ")}`);
  }
  const made = process.argv[2];
  // What it mounts in the tree is seen by nobody else, and gone with it, whatever ends it.
  say(made === undefined ? `debootstrap ${release}` : `the tree in ${made}`);
  run(
    made === undefined
      ? ["unshare", "--mount", "debootstrap", "--variant=minbase", release, base, MIRROR]
      : ["cp", "--archive", made, base],
  );
  const trees = new Map<string, string>();
  for (const [index, stage] of stages.entries()) {
    const tree = join(folder, `stage-${index}`);
    run(["cp", "--archive", base, tree]);
    build(stage, tree, trees);
    trees.set(stage.as ?? String(index), tree);
  }
  const last = stages.at(-1) as Stage;
  await serve(last, join(folder, `stage-${stages.length - 1}`));
}

/** Carries out a stage's steps in its tree. */
function build(stage: Stage, tree: string, trees: ReadonlyMap<string, string>): void {
  const environment: Record<string, string> = { PATH, HOME: "/root", DEBIAN_FRONTEND: "noninteractive" };
  let workdir = "/";
  let user = "root";
  for (const { name, text } of stage.instructions) {
    if (["RUN", "COPY", "WORKDIR", "USER"].includes(name)) say(`${name} ${text}`);
    if (name === "WORKDIR") {
      workdir = resolve(workdir, text);
      mkdirSync(join(tree, workdir), { recursive: true });
    } else if (name === "USER") user = text;
    else if (name === "ENV") Object.assign(environment, environmentOf({ ...stage, instructions: [{ name, text }] }));
    else if (name === "COPY") copy(text, tree, workdir, trees);
    else if (name === "RUN")
      run(inTree({ tree, workdir, user, environment: withNetwork(tree, environment) }, ["/bin/sh", "-c", text]));
  }
}

function copy(text: string, tree: string, workdir: string, trees: ReadonlyMap<string, string>): void {
  const { from, sources, target } = copyOf(text);
  const place = resolve(workdir, target);
  const intoFolder = target.endsWith("/") || target === "." || sources.length > 1;
  for (const source of sources) {
    if (from !== undefined) {
      cpSync(join(trees.get(from) ?? "", source), join(tree, place), { recursive: true });
      continue;
    }
    const files = contextFiles(ROOT).filter(
      (file) => source === "." || file === source || file.startsWith(`${source}/`),
    );
    if (files.length === 0) throw new Error(`COPY ${text}: there is no ${source}`);
    for (const file of files) {
      // Of a folder its content is copied, of a file the file.
      const inside = source === "." ? file : file === source ? basename(file) : relative(source, file);
      const to = join(tree, intoFolder || file !== source ? join(place, inside) : place);
      mkdirSync(dirname(to), { recursive: true });
      cpSync(join(ROOT, file), to);
    }
  }
}

/** Starts the image's command as process 1 of its tree, asks it as its users would, and ends it as Docker would. */
async function serve(stage: Stage, tree: string): Promise<void> {
  for (const program of ["node", "npm", "bun", "curl"]) {
    const found = PATH.split(":").filter((place) => existsSync(join(tree, place, program)));
    if (found.length > 0) throw new Error(`the last stage has ${program} in ${found.join(", ")}`);
  }
  say("a stand-in for the exchange, outside of the tree");
  const exchange = Bun.spawn(
    [process.execPath, join(ROOT, "src/cli/main.ts"), "exchange", "--port", "0", "--symbols", "3"],
    {
      stdout: "pipe",
      stderr: "inherit",
    },
  );
  running.push(exchange);
  const rest = (await listening(exchange)).listening;
  const command = [...commandIn(lastOf(stage, "ENTRYPOINT") ?? "[]"), ...commandIn(lastOf(stage, "CMD") ?? "[]")];
  const user = lastOf(stage, "USER") ?? "root";
  // Another port than the image's: this tree shares the machine's network.
  const environment = {
    PATH,
    ...environmentOf(stage),
    VYX_PORT: "0",
    VYX_LOG_LEVEL: "warn",
    VYX_EXCHANGE_REST: rest,
    VYX_EXCHANGE_WS: rest.replace("http", "ws"),
    VYX_SYMBOLS: "*",
    VYX_API_KEYS: `rehearsal:${keyHash(KEY)}:read,stream`,
  };
  const place = { tree, workdir: lastOf(stage, "WORKDIR") ?? "/", user, environment };
  say(`${command.join(" ")}, as ${user}, as process 1`);
  const server = Bun.spawn(inTree(place, command), { stdout: "pipe", stderr: "inherit", env: {} });
  running.push(server);
  const port = new URL((await listening(server)).listening).port;
  const url = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${url}/ready`)).status === 200);
  say("GET /ready answers 200");
  expectStatus("GET /klines without a key", await fetch(`${url}/klines/BTCUSDT/1m`), 401);
  const klines = await fetch(`${url}/klines/BTCUSDT/1m?limit=5`, { headers: { "x-api-key": KEY } });
  expectStatus("GET /klines with a key", klines, 200);
  say(`klines of BTCUSDT: ${((await klines.json()) as { count: number }).count}`);
  const check = commandIn(lastOf(stage, "HEALTHCHECK") ?? "[]").map((word) =>
    word.replace(/^http:\/\/127\.0\.0\.1:\d+/, url),
  );
  say(`health check: ${check.join(" ")}`);
  run(inTree({ ...place, environment: { PATH } }, check));
  const process1 = childOf(server.pid);
  const uid = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${process1}/status`, "utf8"))?.[1];
  if (uid === "0" || uid === undefined) throw new Error(`process 1 runs as uid ${uid}: expected one that isn't root's`);
  const signal = (lastOf(stage, "STOPSIGNAL") ?? "SIGTERM") as NodeJS.Signals;
  process.kill(process1, signal);
  const code = await server.exited;
  if (code !== 0) throw new Error(`${signal} ended it with ${code}: expected 0`);
  say(`${signal} ended it with 0; it ran as uid ${uid}`);
  const left = readdirSync(join(tree, "data"));
  if (!left.some((name) => name.startsWith("checkpoint")))
    throw new Error(`no checkpoint in /data: ${left.join(", ")}`);
  say(`left in /data: ${left.join(", ")}`);
}

interface Place {
  readonly tree: string;
  readonly workdir: string;
  readonly user: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** A command as process 1 in a tree, with /proc and /dev of its own, as a user of the tree. */
function inTree({ tree, workdir, user, environment }: Place, command: readonly string[]): string[] {
  const mounts = 'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && mount -t tmpfs tmpfs "$0/tmp"';
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const enter = `${mounts} && exec chroot --userspec="$1" "$0" env -i -C "$2" "\${@:3}"`;
  const isolated = ["unshare", "--mount", "--pid", "--fork", "bash", "-c", enter, tree, idOf(tree, user), workdir];
  return [...isolated, ...variables, ...command];
}

function idOf(tree: string, user: string): string {
  const [, uid, gid] =
    new RegExp(`^${user}:[^:]*:(\\d+):(\\d+):`, "m").exec(readFileSync(join(tree, "etc/passwd"), "utf8")) ?? [];
  if (uid === undefined) throw new Error(`there is no user ${user}`);
  return `${uid}:${gid}`;
}

/** What a build needs of this machine's network, as `docker build` hands it in. */
function withNetwork(tree: string, environment: Readonly<Record<string, string>>): Record<string, string> {
  cpSync("/etc/resolv.conf", join(tree, "etc/resolv.conf"));
  if (AUTHORITIES === undefined) return { ...environment };
  cpSync(AUTHORITIES, join(tree, "run/authorities.pem"));
  return { ...environment, NODE_EXTRA_CA_CERTS: "/run/authorities.pem" };
}

function run(command: readonly string[]): void {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command], { stdout: "pipe", stderr: "pipe" });
  if (exitCode === 0) return;
  throw new Error(
    `${command.join(" ")} ended with ${exitCode}:\n${stdout.toString().slice(-3_000)}\n${stderr.toString().slice(-3_000)}`,
  );
}

async function listening(command: Bun.Subprocess<"ignore", "pipe", "inherit">): Promise<{ listening: string }> {
  const reader = command.stdout.getReader();
  const { value, done } = await reader.read();
  reader.releaseLock();
  if (done) throw new Error(`it ended with ${await command.exited} before it listened`);
  return JSON.parse(new TextDecoder().decode(value)) as { listening: string };
}

function expectStatus(what: string, { status }: Response, expected: number): void {
  if (status !== expected) throw new Error(`${what} is answered with ${status}: expected ${expected}`);
  say(`${what}: ${status}`);
}

/** The process that another one started: `unshare` waits beside its own. */
function childOf(id: number): number {
  return Number(readFileSync(`/proc/${id}/task/${id}/children`, "utf8").trim().split(" ")[0]);
}
