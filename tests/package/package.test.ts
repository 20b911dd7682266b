import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { chromium } from "playwright-core";
import { dataFolder } from "../helpers/made-database.ts";
import { findDeno } from "../helpers/runtimes.ts";
import { type ServedMarket, serveMarket } from "../helpers/served-market.ts";
import { until } from "../helpers/until.ts";
import { listening, type VyxProcess } from "../helpers/vyx-process.ts";
import { PACKAGE_JSON } from "../repository/project.ts";

const ROOT = join(import.meta.dir, "../..");
const BIN = join(ROOT, "node_modules/.bin");

/** A program of somebody who installed the package. */
const PROGRAM = `
import { ClientError, createClient } from "vyx/client";

const client = createClient({ url: process.argv[2] });
const { klines, complete } = await client.klines("BTCUSDT", "1m", { limit: 3, closed: true });
const code = await client.klines("NONEUSDT", "1m").catch((error) => (error instanceof ClientError ? error.code : error));
console.log(JSON.stringify({ closes: klines.map(({ close }) => close), complete, code }));
`;

/** The most bytes that an import of `vyx/client` loads, minified and by gzip: the entry and all that it imports statically. */
const MOST_FIRST_BYTES = 14 * 1_024;

/** The most bytes of the package as it is downloaded. Pictures of the page are left out. */
const MOST_PACKAGE_BYTES = 2_500_000;

/** A program that has the entry alone. Price, candles and closes need no more; what does says so. */
const ENTRY_ALONE = `
const { createClient } = await import(new URL("client.js", import.meta.url));
const client = createClient({ url: process.argv[2], maxTries: 1 });
const { klines } = await client.klines("BTCUSDT", "1m", { limit: 3 });
const { symbol } = await client.ticker("BTCUSDT");
const heard = [];
for await (const message of client.subscribe(["closed:BTCUSDT:1m"])) if (heard.push(message.type) === 2) break;
const health = await client.health().catch(({ code, message, retryable }) => ({ code, retryable, says: message.slice(0, 39) }));
console.log(JSON.stringify({ klines: klines.length, symbol, heard, health }));
`;

/** The same with types. */
const TYPED = `
import { type Client, ClientError, createClient, type StreamMessage } from "vyx/client";

const client: Client = createClient({ url: "http://127.0.0.1:8080", apiKey: async () => "key" });
const { klines, complete } = await client.klines("BTCUSDT", "1m", { limit: 3, closed: true });
const close: number | undefined = klines[0]?.close;
const trades: number | null | undefined = klines[0]?.trades;
export const seen: (number | boolean | null | undefined)[] = [close, trades, complete];
for await (const message of client.subscribe(["closed:*:1m"], { since: { "closed:*:1m": 0 } })) {
  const one: StreamMessage = message;
  if (one.type === "kline") seen.push(one.kline.close);
}
// @ts-expect-error: there is no such interval
await client.klines("BTCUSDT", "7m").catch((error) => error instanceof ClientError);
`;

let folder: string;
let tarball: string;
let project: string;
let market: ServedMarket;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "vyx-package-"));
  await run(["npm", "pack", "--silent", "--pack-destination", folder], ROOT);
  tarball = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "none");
  // As npm would install it, with the packages that are here already.
  project = join(folder, "project");
  const modules = join(project, "node_modules");
  mkdirSync(modules, { recursive: true });
  await run(["tar", "--extract", "--file", tarball, "--directory", modules], folder);
  await run(["mv", "package", "vyx"], modules);
  for (const name of Object.keys(PACKAGE_JSON.dependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  }
  writeFileSync(join(project, "package.json"), '{"type":"module"}');
  writeFileSync(join(project, "program.js"), PROGRAM);
  writeFileSync(join(project, "typed.ts"), TYPED);
  market = serveMarket();
});

afterAll(async () => {
  await market?.server.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

describe("the client of the npm package", () => {
  const deno = ["run", "--node-modules-dir=manual", "--no-lock", "--no-remote", "--no-prompt", "--allow-net"];
  test.each([
    ["Node", ["node"]],
    ["Bun", [process.execPath]],
    ["Deno", [findDeno(), ...deno]],
  ])("reads in %s", async (_name, command) => {
    const { klines, complete } = await (await market.get("/klines/BTCUSDT/1m?limit=3&closed=true")).json();
    const closes = klines.map(({ close }: { close: number }) => close);
    const said = JSON.parse(await run([...command, "program.js", market.server.url], project));
    expect(said).toEqual({ closes, complete, code: "unknown_symbol" });
    expect(closes).toHaveLength(3);
  });

  test.each(["nodenext", "bundler"])("has types for a strict project with moduleResolution %s", async (resolution) => {
    const module = resolution === "nodenext" ? "nodenext" : "esnext";
    const strict = [
      "--strict",
      "--exactOptionalPropertyTypes",
      "--noUncheckedIndexedAccess",
      "--skipLibCheck",
      "false",
    ];
    const lib = ["--lib", "es2022,dom,dom.iterable,dom.asynciterable", "--target", "es2022", "--types", ""];
    const how = ["--module", module, "--moduleResolution", resolution, "--noEmit"];
    await run([join(BIN, "tsc"), ...strict, ...lib, ...how, "typed.ts"], project);
  });

  test("loads 14 kB at first, and these parts when they are needed", async () => {
    const dist = join(project, "node_modules/vyx/dist");
    const script = (name: string): string => readFileSync(join(dist, name), "utf8");
    const parts = readdirSync(dist).filter((name) => name.endsWith(".js") && name !== "client.js");
    expect(parts.toSorted()).toEqual([
      "client-backtest-lines.js",
      "client-kline-history.js",
      "client-packed-frames.js",
      "client-rare-answers.js",
    ]);
    // Nothing is imported statically, so a file is all that its import loads.
    for (const name of ["client.js", ...parts]) expect(script(name)).not.toMatch(/^(?:import|export .* from)\b/m);
    for (const name of parts) expect(script("client.js")).toContain(`"./${name}"`);
    const first = await minified(join(dist, "client.js"));
    expect(Bun.gzipSync(first, { level: 9 }).byteLength).toBeLessThanOrEqual(MOST_FIRST_BYTES);
    const alone = join(folder, "alone");
    mkdirSync(alone);
    copyFileSync(join(dist, "client.js"), join(alone, "client.js"));
    writeFileSync(join(alone, "program.mjs"), ENTRY_ALONE);
    expect(JSON.parse(await run([process.execPath, "program.mjs", market.server.url], alone))).toEqual({
      ...{ klines: 3, symbol: "BTCUSDT", heard: ["connected", "snapshot"] },
      health: { code: "network", retryable: true, says: "a part of the client can't be loaded: R" },
    });
  });

  test("holds what its users need, and nothing of its makers", async () => {
    const paths = (await run(["tar", "--list", "--file", tarball], folder))
      .trimEnd()
      .split("\n")
      .map((path) => path.replace("package/", ""));
    expect([...new Set(paths.map((path) => path.split("/")[0]))].toSorted()).toEqual([
      ...["ARCHITECTURE.md", "CHANGELOG.md", "LICENSE", "README.md", "bin", "dist", "docs", "examples"],
      ...["package.json", "scripts", "src", "supabase", "web"],
    ]);
    const unwanted = /\.test\.|\.contract\.|tsconfig|(^|\/)\.|fixtures|\.(?:parquet|zip|vyx|log|tgz|pem|key)$/;
    expect(paths.filter((path) => unwanted.test(path))).toEqual([]);
    // Files that the package's own pages and commands name.
    for (const path of [
      "examples/bot.mjs",
      "docs/sdk-methods.md",
      "scripts/lib/launch.mjs",
      "dist/types/client/mod.d.ts",
    ]) {
      expect(paths).toContain(path);
    }
    expect(statSync(tarball).size).toBeLessThan(MOST_PACKAGE_BYTES);
  });

  test("has a manifest without faults", async () => {
    expect(await run([join(BIN, "publint"), "run", tarball, "--strict"], project)).toContain("All good!");
    // It is an ES module, which Node 20 can't `require`.
    await run([join(BIN, "attw"), tarball, "--profile", "esm-only"], project);
  });
});

describe("the server of the npm package", () => {
  let vyx: VyxProcess;
  let url: string;
  let data: string;

  beforeAll(async () => {
    const main = join(project, "node_modules/vyx/src/cli/main.ts");
    data = await dataFolder();
    const flags = ["--port", "0", "--symbols", "3", "--data-dir", data, "--log-level", "error"];
    vyx = Bun.spawn([process.execPath, "--no-orphans", main, "demo", ...flags], {
      cwd: project,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    url = await listening(vyx);
  });

  afterAll(async () => {
    vyx?.kill();
    await vyx?.exited;
    if (data !== undefined) rmSync(data, { recursive: true, force: true });
  });

  test("says its version", async () => {
    const bin = join(project, "node_modules/vyx/bin/vyx");
    expect(await run(["node", bin, "--version"], project)).toContain(PACKAGE_JSON.version);
  });

  test("runs the demo: candles, traders and the page with all its files", async () => {
    await until(async () => (await fetch(`${url}/ready`)).ok);
    // They are made once the database has started.
    await until(async () => (await (await fetch(`${url}/functions/v1/traders`)).json()).traders.length === 3);
    const page = await (await fetch(url)).text();
    const files = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path);
    expect(files.length).toBeGreaterThan(2);
    for (const path of files) expect([path, (await fetch(`${url}${path}`)).status]).toEqual([path, 200]);
  });

  test("hands the client to pages without a build step", async () => {
    const executablePath = Bun.which("chromium") ?? "chromium";
    const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"];
    const browser = await chromium.launch({ executablePath, args });
    try {
      const page = await browser.newPage();
      await page.goto(`${url}/favicon.svg`);
      const closes = await page.evaluate(async () => {
        const path = "/client.js";
        const { createClient } = await import(path);
        const client = createClient({ url: location.origin });
        const { klines } = await client.klines("BTCUSDT", "1m", { limit: 5, closed: true });
        for await (const message of client.subscribe(["kline:BTCUSDT:1m"])) {
          if (message.type === "kline") return klines.length;
        }
        return 0;
      });
      expect(closes).toBe(5);
    } finally {
      await browser.close();
    }
  });
});

/** A script as a bundler of somebody's page leaves it, without what it loads later. */
async function minified(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const { outputs } = await Bun.build({ entrypoints: [path], minify: true, external: ["./client-*.js"] });
  return new Uint8Array((await outputs[0]?.arrayBuffer()) ?? []);
}

/** What a program prints. Rejects with all that it said where it fails. */
async function run(command: readonly string[], cwd: string): Promise<string> {
  const child = Bun.spawn([...command], { cwd, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}:\n${out}${err}`);
  return out;
}
