import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/cli/clock.ts";
import { createExchange } from "../../src/exchange/mod.ts";
import { commandsIn, shellBlocksOf } from "../documents/shell-blocks.ts";
import { until } from "../helpers/until.ts";
import { type BothSides, startBothSides } from "./both-sides.ts";
import { type HostedFunctions, startHostedFunctions } from "./hosted-functions.ts";
import { hasRedis } from "./redis-server.ts";

const ROOT = join(import.meta.dir, "../..");
const PAGE = "docs/migration.md";
const KEY = "service-key-of-the-test";
const BLOCKS = shellBlocksOf(PAGE, readFileSync(join(ROOT, PAGE), "utf8")).filter(
  ({ kept }) => kept.by === "test" && import.meta.path.endsWith(kept.path),
);

/** The page's commands, in order: import, serve, check, compare, latency, cutover, rollback, and those that these print. */
describe.skipIf(!hasRedis)(`${PAGE}, from its first command to its last`, () => {
  let both: BothSides;
  let functions: HostedFunctions;
  let folder = "";
  const servers: Bun.Subprocess[] = [];
  beforeAll(async () => {
    both = await startBothSides(createExchange({ port: 0, clock: systemClock, symbols: 2, seed: 7 }), ["1m"]);
    functions = startHostedFunctions(both.vyx.url, KEY);
    functions.reset({
      VYX_SOURCE: "redis",
      UPSTASH_REDIS_REST_URL: both.front.url,
      UPSTASH_REDIS_REST_TOKEN: both.front.token,
    });
    folder = mkdtempSync(join(tmpdir(), "vyx-page-"));
    // The stand-in is the market of the two commands that would ask the exchange itself.
    const { url } = both.exchange;
    const program = `#!/bin/sh
case "$1 $2" in
  "migrate import") case "$*" in *--data-dir*) set -- "$@" --exchange-rest ${url} --source simulated ;; esac ;;
  serve*) set -- "$@" --port 0 --exchange-rest ${url} --exchange-ws ${url.replace("http", "ws")} --symbols '*' --intervals 1m ;;
esac
exec '${process.execPath}' '${ROOT}/src/cli/main.ts' "$@"
`;
    writeFileSync(join(functions.programs, "vyx"), program);
    chmodSync(join(functions.programs, "vyx"), 0o755);
  });
  afterAll(async () => {
    for (const server of servers) server.kill("SIGKILL");
    await Promise.all(servers.map(({ exited }) => exited));
    await functions?.stop();
    await both?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The variables that the page has had exported so far; a shell has nothing else. */
  const exported: Record<string, string> = {};

  /** What a reader fills in. */
  const filled = (command: string): string =>
    command
      .replaceAll("https://NAME.upstash.io", both.front.url)
      .replaceAll("https://vyx.example.org", both.vyx.url)
      .replaceAll("https://PROJECT.supabase.co/functions/v1", functions.url)
      // Two hours on the page.
      .replace("--for 7200", "--for 1");

  const shell = (command: string): Bun.Subprocess<"ignore", "pipe", "pipe"> =>
    Bun.spawn(["/bin/sh", "-c", `exec ${command}`], {
      cwd: folder,
      env: { PATH: functions.programs, ...exported },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });

  /** Runs a command. Whatever it prints for Supabase is run in another shell, while it waits. */
  async function run(command: string): Promise<void> {
    const child = shell(command);
    const read = async (): Promise<string> => {
      let [out, seen] = ["", 0];
      for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream() as never) as ReadableStream<string>) {
        out += chunk;
        const lines = out.split("\n").slice(0, -1);
        for (const line of lines.slice(seen)) {
          const printed = /^ +on Supabase: +(.+)$/.exec(line)?.[1];
          if (printed !== undefined) await run(printed);
        }
        seen = lines.length;
      }
      return out;
    };
    const [out, err, code] = await Promise.all([read(), new Response(child.stderr).text(), child.exited]);
    if (code !== 0) throw new Error(`${command}: ${code}\n${out}\n${err}`);
  }

  async function serve(command: string): Promise<void> {
    const server = shell(command);
    servers.push(server);
    const { value } = await server.stdout.getReader().read();
    const { listening } = JSON.parse(new TextDecoder().decode(value)) as { listening: string };
    await until(async () => (await fetch(`${listening}/ready`)).ok);
  }

  function exports(command: string): void {
    const values: Record<string, string> = {
      UPSTASH_REDIS_TOKEN: both.front.token,
      VYX_API_KEY: "any_as_this_server_requires_none",
      VYX_SERVICE_KEY: KEY,
    };
    for (const [, name = ""] of command.matchAll(/([A-Z_]+)=…/g)) {
      expect([name, values[name]]).toEqual([name, expect.any(String)]);
      exported[name] = values[name] as string;
    }
  }

  test("each command works in a shell that has nothing but what the page says to export", async () => {
    const commands = BLOCKS.flatMap(({ text }) => commandsIn(text));
    expect(commands.length).toBeGreaterThan(10);
    for (const command of commands) {
      if (command.startsWith("export ")) exports(command);
      else if (command.startsWith("vyx serve")) await serve(filled(command));
      else await run(filled(command));
    }
    expect(functions.variables()).toMatchObject({ VYX_SOURCE: "redis", UPSTASH_REDIS_REST_TOKEN: both.front.token });
  });
});
