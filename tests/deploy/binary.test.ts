import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hideCheckout } from "../helpers/hide-checkout.ts";
import { until } from "../helpers/until.ts";

const ROOT = join(import.meta.dir, "../..");

/** A folder of its own, with the binary in it and nothing else. */
const folder = mkdtempSync(join(tmpdir(), "vyx-binary-"));
const binary = join(folder, "vyx");
/** A terminal is none of its business here, and neither are settings of the person who runs the tests. */
const environment = { PATH: "/usr/bin:/bin", TMPDIR: folder, VYX_DATA_DIR: join(folder, "data") };

const run = (...args: string[]): { code: number; out: string; err: string } => {
  const { exitCode, stdout, stderr } = Bun.spawnSync(hideCheckout([binary, ...args]), {
    cwd: folder,
    env: environment,
  });
  return { code: exitCode, out: stdout.toString(), err: stderr.toString() };
};

describe("the single binary, without the checkout", () => {
  let server: Bun.Subprocess<"ignore", "pipe", "pipe">;
  let url = "";

  beforeAll(async () => {
    const compiled = Bun.spawnSync(["node", join(ROOT, "scripts/compile.mjs"), binary], {
      stdout: "pipe",
      stderr: "pipe",
    });
    expect([compiled.stderr.toString(), compiled.stdout.toString().trim()]).toEqual(["", binary]);
    server = Bun.spawn(hideCheckout([binary, "demo", "--port", "0", "--symbols", "3"]), {
      cwd: folder,
      env: environment,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const { value } = await server.stdout.getReader().read();
    url = (JSON.parse(new TextDecoder().decode(value)) as { listening: string }).listening;
    await until(async () => (await fetch(`${url}/ready`)).ok);
  });

  afterAll(async () => {
    server?.kill("SIGKILL");
    await server?.exited;
    rmSync(folder, { recursive: true });
  });

  test("leaves nothing beside itself when it is made", () => {
    const made = [...new Bun.Glob("*").scanSync({ cwd: folder, dot: true })];
    expect(made.filter((name) => name.startsWith(".vyx-compile") || name.endsWith(".map"))).toEqual([]);
  });

  test("serves klines, the page and its assets, and the contract", async () => {
    const { count } = (await (await fetch(`${url}/klines/BTCUSDT/1m?limit=5`)).json()) as { count: number };
    expect(count).toBe(5);
    const page = await (await fetch(url)).text();
    const script = /type="module"[^>]* src="(\/assets\/[^"]+\.js)"/.exec(page)?.[1];
    const asset = await fetch(`${url}${script}`);
    expect([asset.status, asset.headers.get("content-type")]).toEqual([200, "text/javascript; charset=utf-8"]);
    expect((await asset.text()).length).toBeGreaterThan(10_000);
    expect(await (await fetch(`${url}/openapi.json`)).json()).toHaveProperty("openapi");
  });

  test("screens in its thread, compiled and in QuickJS", async () => {
    const screen = async (code: string): Promise<object> =>
      (await (
        await fetch(`${url}/screen`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ code, timeframes: ["1m"] }),
        })
      ).json()) as object;
    expect(await screen("return candles('1m').close.at(-1) > 0;")).toMatchObject({ checked: 3, errors: [] });
    // A closure isn't in the compiled subset.
    const interpreted = "const up = [1, 2].map((n) => n + 1); return up[1] === 3;";
    expect(await screen(interpreted)).toMatchObject({ checked: 3, matches: [{}, {}, {}], errors: [] });
  });

  test("runs backtests in their threads", async () => {
    const answer = await fetch(`${url}/backtest`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code: "return candles('1m').close.at(-1) > 0;", from: 1_600_000_000_000, facts: false }),
    });
    const last = (await answer.text()).trim().split("\n").at(-1) as string;
    expect(JSON.parse(last)).toMatchObject({ result: { interval: "1m", symbols: 3, errors: 0 } });
  });

  test("keeps traders in the database that it brings along", async () => {
    // The demo makes three as soon as the database is there.
    await until(async () => {
      const answer = await fetch(`${url}/functions/v1/traders`);
      return answer.ok && ((await answer.json()) as { count: number }).count === 3;
    });
  });

  test("ends cleanly on SIGTERM", async () => {
    server.kill("SIGTERM");
    expect(await server.exited).toBe(0);
  });

  test("has the other commands, and says what is wrong in a sentence", () => {
    expect(run("--version").out).toMatch(/^\d+\.\d+\.\d+ \(commit [0-9a-f]{40}\)\n$/);
    expect(run("config", "--json").out).toContain('"VYX_DATA_DIR"');
    const refused = run("serve", "--host", "0.0.0.0");
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("no API key is configured")]);
    expect(refused.err).not.toContain("    at ");
  });
});
