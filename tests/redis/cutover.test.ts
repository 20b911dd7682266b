import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/cli/clock.ts";
import { createExchange } from "../../src/exchange/mod.ts";
import { type BothSides, startBothSides } from "./both-sides.ts";
import { hasRedis } from "./redis-server.ts";

const ROOT = join(import.meta.dir, "../..");

/** Functions whose answers the test sets, as if somebody had run the command that was printed. */
function startFunctions() {
  let answer: unknown = { readFrom: { source: "redis", fallback: false } };
  let status = 200;
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => Response.json(answer, { status }) });
  return {
    url: `http://127.0.0.1:${server.port}/functions/v1`,
    answerWith: (next: unknown, nextStatus = 200): void => {
      answer = next;
      status = nextStatus;
    },
    stop: () => server.stop(true),
  };
}

describe.skipIf(!hasRedis)("vyx migrate cutover and rollback", () => {
  let both: BothSides;
  let functions: ReturnType<typeof startFunctions>;
  let folder: string;
  beforeAll(async () => {
    both = await startBothSides(createExchange({ port: 0, clock: systemClock, symbols: 2, seed: 7 }), ["1m"]);
    functions = startFunctions();
    folder = mkdtempSync(join(tmpdir(), "vyx-cutover-"));
  });
  afterAll(async () => {
    await functions?.stop();
    await both?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = async (command: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> => {
    const names = ["--redis", both.redis.url, "--functions-url", functions.url, "--log", join(folder, "log")];
    const child = Bun.spawn([process.execPath, "src/cli/main.ts", "migrate", command, ...names, ...args], {
      cwd: ROOT,
      env: { PATH: Bun.env.PATH ?? "", VYX_SERVICE_KEY: "key" },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    return { out, err, code: await child.exited };
  };
  const log = (): Record<string, unknown>[] =>
    readFileSync(join(folder, "log"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));

  test("a dry run prints the steps of each host, looks at nothing and writes nothing", async () => {
    const { code, out } = await run("cutover", "--url", both.vyx.url, "--share", "10", "--project", "abc", "--dry-run");
    expect(code).toBe(0);
    expect(out).toContain("supabase secrets set --project-ref abc VYX_SOURCE=vyx-then-redis VYX_SOURCE_SHARE=10");
    expect(out).toContain("fly secrets set --app APP VYX_SOURCE=vyx-then-redis VYX_SOURCE_SHARE=10");
    expect(log).toThrow("ENOENT");
  });

  test("all that was seen is in the log; done is what the functions say, not what was printed", async () => {
    functions.answerWith({ readFrom: { source: "vyx", fallback: false } });
    const there = await run("cutover", "--url", both.vyx.url, "--share", "100");
    expect([there.err, there.code]).toEqual(["", 0]);
    expect(there.out).toContain("✓ compare");
    expect(there.out).toContain("get-klines reads from vyx");
    expect(
      log().map(({ before, step, after, end }) => before ?? step ?? after ?? (end === undefined ? "?" : "end")),
    ).toEqual(expect.arrayContaining(["redis", "server", "compare", 1, 2, "functions", "end"]));
    functions.answerWith({ readFrom: { source: "redis", fallback: true, reason: "vyx failed: away" } });
    const fell = await run("cutover", "--url", both.vyx.url, "--share", "50", "--within", "1");
    expect([fell.code, fell.out]).toEqual([1, expect.stringContaining("falls back to redis: vyx failed: away")]);
  });

  test("the way back needs nothing of the server", async () => {
    functions.answerWith({ readFrom: { source: "redis", fallback: false } });
    const back = await run("rollback", "--project", "abc");
    expect([back.err, back.code]).toEqual(["", 0]);
    expect(back.out).toContain("supabase secrets set --project-ref abc VYX_SOURCE=redis");
    functions.answerWith({ error: "x" }, 503);
    const failed = await run("rollback", "--within", "1");
    expect([failed.code, failed.out]).toEqual([1, expect.stringContaining("get-klines answers 503")]);
  });

  test("sides that differ aren't moved to", async () => {
    const [member = ""] = (await both.redis.client.send("ZRANGE", [
      `klines:${both.exchange.symbols[0]}:1m`,
      "-50",
      "-50",
    ])) as string[];
    await both.redis.client.send("ZREM", [`klines:${both.exchange.symbols[0]}:1m`, member]);
    const { code, out } = await run("cutover", "--url", both.vyx.url, "--share", "10");
    expect(code).toBe(1);
    expect(out).toContain("1 missing");
    expect(out).toContain("nothing was changed");
    expect(out).not.toContain("supabase secrets set");
  });
});
