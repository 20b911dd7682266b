import { afterEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/cli/clock.ts";
import { createLog } from "../../src/cli/log.ts";
import { readSettings } from "../../src/cli/read-settings.ts";
import { type RunningVyx, startVyx } from "../../src/cli/serve.ts";
import { createExchange } from "../../src/exchange/mod.ts";
import { until } from "../helpers/until.ts";
import { type EndedCommand, runVyx } from "../helpers/vyx-command.ts";

const ROOT = join(import.meta.dir, "../..");

/** Runs `vyx keys …` as a user would. */
function keys(...args: string[]): Promise<EndedCommand> {
  return runVyx(["keys", ...args]);
}

const folder = mkdtempSync(join(tmpdir(), "vyx-keys-"));
const cleanUp: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

let files = 0;
const freshFile = (): string => {
  files += 1;
  return join(folder, `keys-${files}.json`);
};

async function serve(flags: Record<string, string>): Promise<RunningVyx> {
  const exchange = createExchange({ port: 0, symbols: 2, clock: systemClock });
  cleanUp.push(() => exchange.stop());
  const addresses = { exchangeRest: exchange.url, exchangeWs: exchange.url.replace("http", "ws") };
  const base = { port: "0", logLevel: "error", symbols: "*", dataDir: "none" };
  const { settings } = readSettings({ ...base, ...addresses, ...flags }, {});
  const vyx = await startVyx(settings, createLog(settings.logLevel));
  cleanUp.push(() => vyx.stop());
  return vyx;
}

async function statusOf(vyx: RunningVyx, path: string, key?: string): Promise<number> {
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const response = await fetch(vyx.url + path, { headers });
  await response.arrayBuffer();
  return response.status;
}

/** A socket by a header, as programs connect. */
function socketBy(
  vyx: RunningVyx,
  path: string,
  headers: Record<string, string> = {},
): {
  heard: { type: string }[];
  closed: Promise<CloseEvent>;
} {
  // Bun's own WebSocket takes headers, which the browsers' doesn't.
  const socket = new WebSocket(`${vyx.url.replace("http", "ws")}${path}`, { headers } as never);
  const heard: { type: string }[] = [];
  socket.onmessage = ({ data }) => heard.push(JSON.parse(data));
  return {
    heard,
    closed: new Promise((resolve) => {
      socket.onclose = resolve;
    }),
  };
}

describe("vyx keys", () => {
  test("a key is printed once and kept as its hash alone, readable by its owner", async () => {
    const file = freshFile();
    const { code, out, err } = await keys("create", "--name", "bot", "--keys-file", file, "--rate", "600/min");
    expect(code).toBe(0);
    const key = out.trim();
    expect(key).toMatch(/^vyx_[\w-]{43}$/);
    expect(err).not.toContain(key);
    const text = readFileSync(file, "utf8");
    expect(text).not.toContain(key);
    expect(text).toContain(new Bun.CryptoHasher("sha256").update(key).digest("hex"));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const rows = JSON.parse((await keys("list", "--json", "--keys-file", file)).out) as object[];
    expect(rows).toMatchObject([
      { name: "bot", state: "good", scopes: "read,stream", rate: "600/min", expires: "never" },
    ]);
  });

  test.each([
    [["create", "--name", "a b"], '--name: "a b" is not possible'],
    [["create", "--name", "a", "--scopes", "read,all"], '--scopes: "all" is not a scope: expected some of read'],
    [["create", "--name", "a", "--rate", "fast"], '--rate: "fast" is not a rate: expected for example 600/min'],
    [["create", "--name", "a", "--origins", "page.example"], '--origins: "page.example" is not an origin'],
    [["create", "--name", "a", "--expires", "2020-01-01T00:00Z"], "is in the past"],
    [["create", "--name", "a", "--expires", "soon"], '"soon" is not a moment'],
    [["revoke", "--name", "absent"], "has no valid key absent"],
    [["rotate", "--name", "absent"], "has no valid key absent"],
    [["create"], "required option '--name <NAME>' not specified"],
  ])("%j: says what is wrong, and changes nothing", async (args, words) => {
    const file = freshFile();
    await keys("create", "--name", "there", "--keys-file", file);
    const before = readFileSync(file, "utf8");
    const { code, err } = await keys(...args, "--keys-file", file);
    expect([code, err]).toEqual([1, expect.stringContaining(words)]);
    expect(err).not.toContain("    at ");
    expect(readFileSync(file, "utf8")).toBe(before);
    expect(existsSync(`${file}.lock`)).toBe(false);
  });

  test("a broken file is named, and never written over", async () => {
    const file = freshFile();
    for (const [text, words] of [
      ["{half", "is not JSON"],
      ['{"version":1,"keys":[{"name":"a"}]}', "is wrong: keys.0.hash is missing"],
      ['{"version":2,"keys":[]}', "expected version 1"],
    ] as const) {
      writeFileSync(file, text);
      const { code, err } = await keys("create", "--name", "b", "--keys-file", file);
      expect([code, err]).toEqual([1, expect.stringContaining(words)]);
      expect(readFileSync(file, "utf8")).toBe(text);
    }
  });

  test("commands at the same moment lose nothing: each key is there, or its command said that it isn't", async () => {
    const file = freshFile();
    const names = Array.from({ length: 4 }, (_, index) => `k${index}`);
    const ended = await Promise.all(
      names.map(async (name) => {
        const args = [join(ROOT, "src/cli/main.ts"), "keys", "create", "--name", name, "--keys-file", file];
        return {
          name,
          code: await Bun.spawn([process.execPath, ...args], { stdout: "ignore", stderr: "ignore" }).exited,
        };
      }),
    );
    const there = (JSON.parse(readFileSync(file, "utf8")) as { keys: { name: string }[] }).keys.map(({ name }) => name);
    expect(there.toSorted()).toEqual(
      ended
        .filter(({ code }) => code === 0)
        .map(({ name }) => name)
        .toSorted(),
    );
    expect(there.length).toBeGreaterThan(0);
  });
});

describe("a server with a keys file", () => {
  test("takes a new key, and drops a revoked one with its sockets, within a second and without a restart", async () => {
    const file = freshFile();
    const first = (await keys("create", "--name", "first", "--keys-file", file)).out.trim();
    const vyx = await serve({ keysFile: file });
    expect(await statusOf(vyx, "/symbols", first)).toBe(200);
    expect(await statusOf(vyx, "/symbols")).toBe(401);
    expect(await statusOf(vyx, "/", undefined)).toBe(200);
    const second = (await keys("create", "--name", "second", "--keys-file", file)).out.trim();
    await until(async () => (await statusOf(vyx, "/symbols", second)) === 200);
    const kept = socketBy(vyx, "/ws", { "x-api-key": second });
    const lost = socketBy(vyx, "/ws", { authorization: `Bearer ${first}` });
    await until(() => kept.heard.length > 0 && lost.heard.length > 0);
    expect((await keys("revoke", "--name", "first", "--keys-file", file)).code).toBe(0);
    const revokedAt = performance.now();
    const { code, reason } = await lost.closed;
    console.info(`the socket of a revoked key was closed after ${Math.round(performance.now() - revokedAt)} ms`);
    expect([code, reason]).toEqual([4500, "the key or token is not good any more"]);
    expect(await statusOf(vyx, "/symbols", first)).toBe(401);
    expect(await statusOf(vyx, "/symbols", second)).toBe(200);
    const ticket = await fetch(`${vyx.url}/tickets`, { method: "POST", headers: { "x-api-key": second } });
    expect(ticket.status).toBe(200);
  });

  test("keeps the keys that it has while the file is broken, says so, and reads it again when it is whole", async () => {
    const file = freshFile();
    const key = (await keys("create", "--name", "bot", "--keys-file", file)).out.trim();
    const vyx = await serve({ keysFile: file });
    const good = readFileSync(file, "utf8");
    const reasons = async (): Promise<string> =>
      String(((await (await fetch(`${vyx.url}/health`)).json()) as { reasons: string[] }).reasons);
    writeFileSync(file, "{half");
    await until(async () => (await reasons()).includes("is not JSON"));
    expect(await statusOf(vyx, "/symbols", key)).toBe(200);
    rmSync(file);
    await until(async () => (await reasons()).includes("can't be read"));
    expect(await statusOf(vyx, "/symbols", key)).toBe(200);
    writeFileSync(file, good);
    chmodSync(file, 0o600);
    await until(async () => !(await reasons()).includes("keys file"));
    expect(await statusOf(vyx, "/symbols", key)).toBe(200);
  });

  test("after a rotation old and new key both work; a ticket works once; a bad key or ticket is closed with 4500", async () => {
    const file = freshFile();
    const old = (await keys("create", "--name", "bot", "--keys-file", file)).out.trim();
    const vyx = await serve({ keysFile: file });
    const fresh = (await keys("rotate", "--name", "bot", "--overlap", "1h", "--keys-file", file)).out.trim();
    await until(async () => (await statusOf(vyx, "/symbols", fresh)) === 200);
    expect(await statusOf(vyx, "/symbols", old)).toBe(200);
    const states = (JSON.parse((await keys("list", "--json", "--keys-file", file)).out) as { expires: string }[]).map(
      ({ expires }) => expires === "never",
    );
    expect(states).toEqual([false, true]);
    const answer = await fetch(`${vyx.url}/tickets`, { method: "POST", headers: { "x-api-key": fresh } });
    const { ticket } = (await answer.json()) as { ticket: string };
    const socket = socketBy(vyx, `/ws?ticket=${ticket}`);
    await until(() => socket.heard.length > 0);
    expect(socket.heard[0]?.type).toBe("hello");
    const again = await socketBy(vyx, `/ws?ticket=${ticket}`).closed;
    expect([again.code, again.reason]).toEqual([4500, expect.stringContaining("this ticket has been used")]);
    expect((await socketBy(vyx, "/ws", { "x-api-key": "vyx_wrong" }).closed).code).toBe(4500);
    expect((await socketBy(vyx, "/ws").closed).code).toBe(4500);
  });
});

test("keys from the variable work, and only their hashes are in it", async () => {
  const { out, err } = await keys(
    "create",
    "--name",
    "cloud",
    "--scopes",
    "read,metrics",
    "--rate",
    "7/h",
    "--for-variable",
  );
  const key = out.trim();
  const [, entry = ""] = /VYX_API_KEYS="([^"]+)"/.exec(err) ?? [];
  expect(entry).not.toContain(key);
  const vyx = await serve({ apiKeys: entry, insecureNoAuth: "false" });
  const response = await fetch(`${vyx.url}/metrics`, { headers: { "x-api-key": key } });
  expect(response.status).toBe(200);
  expect(response.headers.get("ratelimit-limit")).toBe("7");
  expect(await statusOf(vyx, "/metrics")).toBe(401);
});

test("without keys a server listens on loopback only, unless it is told that this is meant", async () => {
  expect(serve({ host: "0.0.0.0" })).rejects.toThrow(
    "can be reached from other machines, and no API key is configured",
  );
  await Promise.all(cleanUp.splice(0).map((step) => step()));
  const file = freshFile();
  writeFileSync(file, '{"version":1,"keys":[]}');
  expect(serve({ host: "0.0.0.0", keysFile: file })).rejects.toThrow("vyx keys create --name NAME --keys-file FILE");
  const open = await serve({ host: "0.0.0.0", insecureNoAuth: "true" });
  expect(await statusOf(open, "/symbols")).toBe(200);
  expect(await statusOf(open, "/log-level")).toBe(403);
});
