import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/cli/clock.ts";
import { createExchange } from "../../src/exchange/mod.ts";
import { type EndedCommand, runVyx } from "../helpers/vyx-command.ts";
import { type BothSides, startBothSides } from "./both-sides.ts";
import { type HostedFunctions, startHostedFunctions } from "./hosted-functions.ts";
import { hasRedis } from "./redis-server.ts";

const KEY = "service-key-of-the-test";

describe.skipIf(!hasRedis)("vyx migrate cutover and rollback", () => {
  let both: BothSides;
  let functions: HostedFunctions;
  let folder: string;
  beforeAll(async () => {
    both = await startBothSides(createExchange({ port: 0, clock: systemClock, symbols: 2, seed: 7 }), ["1m"]);
    functions = startHostedFunctions(both.vyx.url, KEY);
    folder = mkdtempSync(join(tmpdir(), "vyx-cutover-"));
  });
  afterAll(async () => {
    await functions?.stop();
    await both?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = async (command: string, ...args: string[]): Promise<EndedCommand> =>
    await runAnd(() => {}, command, ...args);
  /** Runs a command, and hands each line over as it is printed. */
  const runAnd = async (onLine: (line: string) => void, command: string, ...args: string[]): Promise<EndedCommand> => {
    const names = ["--redis", both.redis.url, "--functions-url", functions.url, "--log", join(folder, "log")];
    return await runVyx(["migrate", command, ...names, ...args], { environment: { VYX_SERVICE_KEY: KEY }, onLine });
  };
  /** What docs/migration.md says to export for the printed commands, with --redis. */
  const exported = (): Record<string, string> => ({
    UPSTASH_REDIS_TOKEN: both.front.token,
    UPSTASH_REDIS_REST_URL: both.front.url,
  });
  /** Runs the printed commands of one host as they are, in shells that have nothing but what is exported. */
  const followed =
    (host: "Supabase" | "Fly") =>
    (line: string): void => {
      const command = new RegExp(`^ +on ${host}: +(.+)$`).exec(line)?.[1];
      if (command === undefined) return;
      const env = { PATH: functions.programs, ...exported() };
      const { success, stderr } = Bun.spawnSync(["/bin/sh", "-c", command], { env });
      if (!success) throw new Error(`${command}: ${stderr}`);
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

  test("each step is done when the functions have its share, which the printed commands set", async () => {
    functions.reset({
      VYX_SOURCE: "redis",
      UPSTASH_REDIS_REST_URL: both.front.url,
      UPSTASH_REDIS_REST_TOKEN: both.front.token,
    });
    for (const [share, host] of [
      [10, "Supabase"],
      [50, "Fly"],
      [100, "Supabase"],
    ] as const) {
      const there = await runAnd(
        followed(host),
        "cutover",
        "--url",
        both.vyx.url,
        "--share",
        String(share),
        "--within",
        "60",
      );
      expect([there.err, there.code]).toEqual(["", 0]);
      expect(there.out).toContain("✓ compare");
      expect(there.out).toContain(`✓ functions   get-klines reads from the server for ${share} percent`);
      expect(functions.variables()).toEqual({
        UPSTASH_REDIS_REST_TOKEN: both.front.token,
        UPSTASH_REDIS_REST_URL: both.front.url,
        VYX_SOURCE: "vyx-then-redis",
        VYX_SOURCE_SHARE: String(share),
      });
    }
    const seen = log().map(
      ({ before, step, after, end }) => before ?? step ?? after ?? (end === undefined ? "?" : "end"),
    );
    expect(seen).toEqual(expect.arrayContaining(["redis", "server", "compare", 1, 2, "functions", "end"]));
    const back = await runAnd(followed("Fly"), "rollback");
    expect([back.err, back.code, functions.variables().VYX_SOURCE]).toEqual(["", 0, "redis"]);
  });

  test("a step that nobody ran ends with 1, and says which share the functions have", async () => {
    const upstash = { UPSTASH_REDIS_REST_URL: both.front.url, UPSTASH_REDIS_REST_TOKEN: both.front.token };
    const vyx = (share: string) => ({ ...upstash, VYX_SOURCE: "vyx-then-redis", VYX_SOURCE_SHARE: share });
    const cutover = (share: string) => run("cutover", "--url", both.vyx.url, "--share", share, "--within", "1");
    for (const [variables, share, has] of [
      [{ ...upstash, VYX_SOURCE: "redis" }, "10", 0],
      [vyx("10"), "50", 10],
      [vyx("50"), "10", 50],
      [vyx("99"), "100", 99],
      [{ VYX_SOURCE: "vyx" }, "50", 100],
    ] as const) {
      functions.reset(variables);
      const { code, out } = await cutover(share);
      expect([share, has, code]).toEqual([share, has, 1]);
      expect(out).toContain(`✗ functions   get-klines reads from the server for ${has} percent`);
      expect(out).toContain(`the functions don't read from the server for ${share} percent after`);
    }
    functions.reset(vyx("1"));
    const rolled = await run("rollback", "--within", "1");
    expect([rolled.code, rolled.out]).toEqual([1, expect.stringContaining("for 1 percent of traders and users")]);
  });

  test("functions that fall back, can't answer, refuse the key or are too old are named as such", async () => {
    functions.reset({ VYX_SOURCE: "nowhere" });
    const answers503 = await run("rollback", "--within", "1");
    expect([answers503.code, answers503.out]).toEqual([1, expect.stringContaining("get-klines answers 503")]);
    let [status, answer] = [200, { readFrom: { source: "redis", fallback: false } } as object];
    const bent = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => Response.json(answer, { status }) });
    const asked = async (): Promise<[number, string]> => {
      const { code, out } = await run("rollback", "--within", "1", "--functions-url", `http://127.0.0.1:${bent.port}`);
      return [code, out];
    };
    expect(await asked()).toEqual([1, expect.stringContaining("deploy the functions of this version first")]);
    status = 401;
    expect(await asked()).toEqual([1, expect.stringContaining("VYX_SERVICE_KEY must be the functions' service key")]);
    await bent.stop(true);
    const fallsBack = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: async (request) => {
        const { readFor } = (await request.json()) as { readFor: string };
        return Response.json({ readFor, readFrom: { source: "redis", fallback: true, reason: "vyx failed: away" } });
      },
    });
    const url = `http://127.0.0.1:${fallsBack.port}`;
    const fell = await run("cutover", "--url", both.vyx.url, "--share", "50", "--within", "1", "--functions-url", url);
    expect([fell.code, fell.out]).toEqual([1, expect.stringContaining("falls back to redis: vyx failed: away")]);
    await fallsBack.stop(true);
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
