import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { chromium } from "playwright-core";
import type { Kline } from "../../src/core/mod.ts";
import { buildClient, buildClientParts } from "../../web/build.ts";
import { findDeno } from "../helpers/runtimes.ts";
import { type ServedMarket, serveMarket } from "../helpers/served-market.ts";
import { until } from "../helpers/until.ts";

const ROOT = join(import.meta.dir, "../..");
const EXAMPLES = join(ROOT, "examples");
const PYTHON = Bun.which("python3");
const DENO = [findDeno(), "run", "--node-modules-dir=manual", "--no-lock", "--no-remote", "--no-prompt", "--allow-all"];
const RUNTIMES: readonly (readonly [string, readonly string[]])[] = [
  ["Node", ["node"]],
  ["Bun", [process.execPath]],
  ["Deno", DENO],
];

/** Those that these tests run. */
const RUN_HERE = [
  ...["examples/watch-price.mjs", "examples/day-table.mjs", "examples/bot.mjs", "examples/arrow-duckdb.mjs"],
  ...["examples/telegram.mjs", "examples/page.html", "examples/curl.sh"],
  ...["examples/watch_price.py", "examples/day_table.py", "examples/bot.py"],
];
/** Those that tests/end-to-end/examples.test.ts runs. */
const RUN_ELSEWHERE = ["examples/read-series.ts", "examples/follow-closes.ts"];
const NOT_RUN = ["examples/pandas_arrow.py"];

let project: string;
let market: ServedMarket;
const running: Bun.Subprocess[] = [];

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), "vyx-examples-"));
  const vyx = join(project, "node_modules/vyx");
  mkdirSync(join(vyx, "dist"), { recursive: true });
  for (const [name, text] of await buildClientParts({ minify: false })) writeFileSync(join(vyx, "dist", name), text);
  symlinkSync(join(ROOT, "package.json"), join(vyx, "package.json"));
  for (const name of ["ws", "@uwdata/flechette", "@duckdb/node-api"]) {
    mkdirSync(dirname(join(project, "node_modules", name)), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), join(project, "node_modules", name));
  }
  for (const name of readdirSync(EXAMPLES)) writeFileSync(join(project, name), readFileSync(join(EXAMPLES, name)));
  writeFileSync(join(project, "package.json"), '{"type":"module"}');
  const client = new TextEncoder().encode(await buildClient({ minify: true }));
  const script = { body: client, contentType: "text/javascript; charset=utf-8", immutable: false };
  market = serveMarket({ with: { page: new Map([["/client.js", script]]), corsOrigins: ["*"] } });
});

afterAll(async () => {
  for (const child of running) child.kill("SIGKILL");
  await market?.server.stop();
  if (project !== undefined) rmSync(project, { recursive: true, force: true });
});

/** A program that was started, and the lines that it has printed. */
function started(command: readonly string[], env: Record<string, string> = {}): Bun.Subprocess & { lines: string[] } {
  const child = Bun.spawn([...command], {
    cwd: project,
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  running.push(child);
  const lines: string[] = [];
  void (async () => {
    let rest = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream() as never) as ReadableStream<string>) {
      const parts = (rest + text).split("\n");
      rest = parts.pop() ?? "";
      lines.push(...parts);
    }
  })();
  return Object.assign(child, { lines });
}

/** What a program prints until it ends, and its exit code. */
async function ended(
  command: readonly string[],
  env: Record<string, string> = {},
): Promise<{ readonly out: string; readonly err: string; readonly code: number }> {
  const child = Bun.spawn([...command], {
    cwd: project,
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { out, err, code };
}

/** What a program prints that ends well. */
async function printed(command: readonly string[]): Promise<{ readonly out: string; readonly err: string }> {
  const { out, err, code } = await ended(command);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}:\n${out}${err}`);
  return { out, err };
}

test("the list of examples names each, and says of each whether it is run", () => {
  const files = readdirSync(EXAMPLES).filter((name) => name !== "README.md");
  const known = [...RUN_HERE, ...RUN_ELSEWHERE, ...NOT_RUN];
  expect(files.map((name) => `examples/${name}`).toSorted()).toEqual(known.toSorted());
  const rows = readFileSync(join(EXAMPLES, "README.md"), "utf8").split("\n");
  for (const name of files) {
    const row = rows.find((line) => line.startsWith(`| [${name}](${name})`));
    expect([name, row?.trimEnd().endsWith(NOT_RUN.includes(`examples/${name}`) ? "| no |" : "| yes |")]).toEqual([
      name,
      true,
    ]);
    expect(readFileSync(join(EXAMPLES, name), "utf8").trimEnd().split("\n").length).toBeLessThan(50);
  }
});

describe.each(RUNTIMES)("in %s", (_, runtime) => {
  test("watch-price prints the price, and prints it again when it changes", async () => {
    const program = started([...runtime, "watch-price.mjs", market.server.url, "BTCUSDT"]);
    await until(() => program.lines.length > 0);
    const price = Math.round(100 * Math.random()) + 1;
    market.store.apply({ type: "ticker", ticker: { ...ticker(), price, updatedAt: market.clock.now() } });
    await until(() => program.lines.at(-1) === `BTCUSDT ${price}`);
    program.kill();
  });

  test("day-table prints the candles of a day, and says that they are all", async () => {
    const day = new Date(market.minutes[0]?.openTime ?? 0).toISOString().slice(0, 10);
    const { out, err } = await printed([...runtime, "day-table.mjs", market.server.url, "BTCUSDT", day]);
    expect(out.trimEnd().split("\n")).toEqual(dayTable());
    expect(err).toContain("whole");
  });

  test("day-table says so where there is nothing to print, and ends with 1", async () => {
    expect(await ended([...runtime, "day-table.mjs", market.server.url, "BTCUSDT", "2026-01-31"])).toMatchObject({
      out: "openTime,open,high,low,close,volume\n",
      err: expect.stringContaining(`${market.server.url} has no candles of BTCUSDT for this day`),
      code: 1,
    });
    const odd = await ended([...runtime, "day-table.mjs", market.server.url, "BTCUSDT", "someday"]);
    expect(odd).toMatchObject({ out: "", err: "someday is no day: expected for example 2026-01-31\n", code: 1 });
  });
});

describe("a day as a table, unless a day is said", () => {
  const now = Math.floor(Date.now() / 60_000) * 60_000;
  const tables: readonly (readonly [string, readonly string[]])[] = [
    ["day-table.mjs", ["node", "day-table.mjs"]],
    ...(PYTHON === null ? [] : [["day_table.py", ["python3", "day_table.py"]] as const]),
  ];
  test.each(tables)("%s asks for the last 24 hours", async (_, command) => {
    const asked: URLSearchParams[] = [];
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: (request) => {
        asked.push(new URL(request.url).searchParams);
        return market.get(`/klines/BTCUSDT/1m?limit=2&closed=true`);
      },
    });
    const { out } = await printed([...command, `http://127.0.0.1:${server.port}`]);
    await server.stop(true);
    expect(out.split("\n")).toHaveLength(4);
    const [from, to] = ["startTime", "endTime"].map((name) => Number(asked[0]?.get(name)));
    expect((to ?? 0) - (from ?? 0)).toBe(86_399_999);
    expect(Math.abs((to ?? 0) - now)).toBeLessThan(600_000);
  });
});

test.skipIf(PYTHON === null)("Python prints prices as they change, and a day as a table", async () => {
  const watch = started(["python3", "watch_price.py", market.server.url]);
  await until(() => watch.lines.length > 0);
  market.store.apply({ type: "ticker", ticker: { ...ticker(), price: 777, updatedAt: market.clock.now() } });
  await until(() => watch.lines.at(-1) === "BTCUSDT 777");
  expect(watch.lines).toHaveLength(2);
  watch.kill();
  const day = new Date(market.minutes[0]?.openTime ?? 0).toISOString().slice(0, 10);
  const { out } = await printed(["python3", "day_table.py", market.server.url, "BTCUSDT", day]);
  expect(out.trimEnd().split("\n")).toEqual(dayTable());
  expect(await ended(["python3", "day_table.py", market.server.url, "BTCUSDT", "2026-01-31"])).toEqual({
    out: "openTime,open,high,low,close,volume\n",
    err: expect.stringContaining(`${market.server.url} has no candles of BTCUSDT for this day`),
    code: 1,
  });
  const odd = await ended(["python3", "day_table.py", market.server.url, "BTCUSDT", "someday"]);
  expect(odd).toEqual({ out: "", err: "someday is no day: expected for example 2026-01-31\n", code: 1 });
});

const bots: readonly (readonly [string, readonly string[]])[] = [
  ["bot.mjs", ["node", "bot.mjs"]],
  ...(PYTHON === null ? [] : [["bot.py", ["python3", "bot.py"]] as const]),
];
test.each(bots)("%s decides once at each close, also when it and the server are killed", async (name, command) => {
  let own = serveMarket();
  const journal = join(project, `${name}.jsonl`);
  const decided = (): { openTime: number; order: string }[] =>
    existsSync(journal)
      ? readFileSync(journal, "utf8")
          .split("\n")
          .slice(0, -1)
          .map((line) => JSON.parse(line))
      : [];
  let at = 300;
  const minute = (): Kline => own.minutes[at++] as Kline;
  const run = (): ReturnType<typeof started> => started([...command, own.server.url, journal]);
  let bot = run();
  await until(() => decided().length === 1);
  own.stream(minute());
  await until(() => decided().length === 2);
  bot.kill("SIGKILL");
  await bot.exited;
  // It was killed in the middle of a line.
  writeFileSync(journal, `${readFileSync(journal, "utf8")}{"openTime":1,"clo`);
  for (let count = 0; count < 3; count += 1) own.stream(minute());
  bot = run();
  await until(() => decided().length === 5);
  // The server comes back at its address with what it had, and a minute more.
  const { port } = new URL(own.server.url);
  const { store } = own;
  await own.server.stop();
  own = serveMarket({ port: Number(port), store });
  own.stream(minute());
  await until(() => decided().length === 6);
  const times = decided().map(({ openTime }) => openTime);
  expect(times).toEqual(own.minutes.slice(299, 305).map(({ openTime }) => openTime as number));
  const orders = own.minutes.slice(300, 305).map(({ close }, index) => {
    return close > (own.minutes[299 + index] as Kline).close ? "buy" : "sell";
  });
  expect(decided().map(({ order }) => order)).toEqual(["begin", ...orders]);
  bot.kill("SIGKILL");
  await own.server.stop();
});

test("arrow-duckdb asks DuckDB about the candles of an Arrow stream", async () => {
  const { out } = await printed(["node", "arrow-duckdb.mjs", market.server.url, "BTCUSDT"]);
  const percent = ({ high, low }: Kline): number => Math.round((1_000 * 100 * (high - low)) / low) / 1_000;
  const widest = market.minutes
    .slice(0, 300)
    .map(percent)
    .toSorted((a, b) => b - a);
  expect(out).toContain("BTCUSDT");
  expect(out).toContain(String(widest[0]));
});

test("telegram sends each signal once", async () => {
  const sent: { path: string; body: { chat_id: string; text: string } }[] = [];
  const telegram = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      sent.push({ path: new URL(request.url).pathname, body: await request.json() });
      return Response.json({ ok: true });
    },
  });
  const own = serveMarket({ with: { tellsSignals: true } });
  const env = { BOT_TOKEN: "1:a", CHAT_ID: "42", TELEGRAM: `http://127.0.0.1:${telegram.port}` };
  const program = started(["node", "telegram.mjs", own.server.url], env);
  await until(() => own.server.hub.subscriptions === 1);
  const about = {
    traderId: "t",
    traderVersion: 1,
    symbol: "BTCUSDT",
    interval: "1m",
    price: 64_250.1,
    facts: { rsi: 27 },
  };
  // Another server may tell one that was told already.
  for (const id of [1, 1, 2]) own.server.hub.signal({ ...about, id, closeTime: 0, createdAt: 0 } as never, "anna");
  await until(() => sent.length === 2);
  const text = 'BTCUSDT 1m at 64250.1: {"rsi":27}';
  expect(sent).toEqual(
    Array.from({ length: 2 }, () => ({ path: "/bot1:a/sendMessage", body: { chat_id: "42", text } })),
  );
  program.kill();
  await telegram.stop(true);
  await own.server.stop();
});

test("telegram says in a sentence what it lacks", async () => {
  const bot = { BOT_TOKEN: "1:a", CHAT_ID: "42" };
  const command = ["node", "telegram.mjs", market.server.url];
  expect(await ended(command, { ...bot, VYX_API_KEY: "" })).toEqual({
    out: "",
    err: "VYX_API_KEY is empty: expected a key with the scope stream, or no such variable\n",
    code: 1,
  });
  expect(await ended(command, { ...bot, CHAT_ID: "" })).toEqual({ out: "", err: "set CHAT_ID\n", code: 1 });
});

test("arrow-duckdb names the versions that it is tested with", () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const all: Readonly<Record<string, string>> = { ...dependencies, ...devDependencies };
  const wanted = ["@uwdata/flechette", "@duckdb/node-api"].map((name) => `${name}@${all[name]}`).join(" ");
  expect(readFileSync(join(EXAMPLES, "arrow-duckdb.mjs"), "utf8")).toContain(`npm install ${wanted}\n`);
});

test("page.html shows the price of a server that allows its origin, and says what is wrong", async () => {
  const html = readFileSync(join(EXAMPLES, "page.html"));
  const site = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => new Response(html, { headers: { "content-type": "text/html" } }),
  });
  const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"];
  const browser = await chromium.launch({ executablePath: Bun.which("chromium") ?? "chromium", args });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${site.port}/page.html?server=${market.server.url}`);
    await page.waitForFunction(() => document.querySelector("#state")?.textContent === "live, 100 candles");
    const close = (await (await market.get("/klines/BTCUSDT/1m?limit=1")).json()).klines[0].close;
    expect(await page.textContent("#price")).toBe(String(close));
    const refusing = `http://localhost:${site.port}`;
    await page.goto(`http://127.0.0.1:${site.port}/page.html?server=${refusing}`);
    await page.waitForFunction(() => (document.querySelector("#state")?.textContent ?? "") !== "");
    expect(await page.textContent("#state")).toBe(
      `${refusing}/client.js can't be loaded: is a Vyx server there, and is http://127.0.0.1:${site.port} in its --cors-origins?`,
    );
    await page.goto(`http://127.0.0.1:${site.port}/page.html?server=${market.server.url}&symbol=NONEUSDT`);
    await page.waitForFunction(() => document.querySelector("#state")?.textContent?.startsWith("ended, "));
    expect(await page.textContent("#state")).toContain("NONEUSDT");
  } finally {
    await browser.close();
    site.stop(true);
  }
});

test("curl.sh prints a price and candles, and writes an Arrow file", async () => {
  const { out } = await printed(["sh", "curl.sh", market.server.url]);
  const [price, klines, file] = out.trimEnd().split("\n");
  expect([JSON.parse(price ?? "").symbol, JSON.parse(klines ?? "").count]).toEqual(["BTCUSDT", 3]);
  expect(file).toMatch(/^closes\.arrow: \d{4,} bytes$/);
});

function ticker() {
  const given = market.store.ticker("BTCUSDT" as never);
  if (given === undefined) throw new Error("the market has a ticker of BTCUSDT");
  return given;
}

function dayTable(): string[] {
  const klines = market.minutes.slice(0, 300);
  return [
    "openTime,open,high,low,close,volume",
    ...klines.map(({ openTime, open, high, low, close, volume }) => [openTime, open, high, low, close, volume].join()),
  ];
}
