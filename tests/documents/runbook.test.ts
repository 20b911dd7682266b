import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/cli/clock.ts";
import type { RunningVyx } from "../../src/cli/serve.ts";
import { createExchange, type Exchange } from "../../src/exchange/mod.ts";
import { dataFolder } from "../helpers/made-database.ts";
import { aTrader } from "../helpers/made-up-traders.ts";
import { startOn, untilReady } from "../helpers/running-vyx.ts";
import { until } from "../helpers/until.ts";
import { runVyx } from "../helpers/vyx-command.ts";
import { ROOT, read } from "../repository/project.ts";
import { commandsIn, shellBlocksOf } from "./shell-blocks.ts";

const PAGE = "docs/runbook.md";
const [PREAMBLE = "", ...SECTIONS] = read(PAGE).split(/^## /m);
const SCOPES = "read,stream,screen,trade,metrics,admin";

/** What commands of the page print on a server that is well, by a part of the command. Each `grep` must find something besides. */
const PRINTED: Readonly<Record<string, RegExp>> = {
  "ask /live": /"live":true/,
  "ask /ready": /"ready":true/,
  "ask /health": /"status":"ok"/,
  "ask /coverage": /"holes":\[\]/,
  "ask /functions/v1/traders": /"name":"made up"/,
  "doctor --only": /^no problems: \d checks? run$/m,
  "keys list": /operator/,
  "vyx config": /keep-signals/,
  "vyx backup": /backed up: 1 trader/,
  "curl --silent --show-error --request PUT": /\{"level":"debug"\}/,
  "traders/validate": /"engine":/,
  "df --human-readable": /Use%/,
};

/** Programs of a machine with systemd, cron or Docker: what is said of them is looked up in their help, where they are installed. */
const OTHER_PROGRAMS = ["systemctl", "journalctl", "docker", "crontab"];

describe("the runbook", () => {
  const folder = mkdtempSync(join(tmpdir(), "vyx-runbook-"));
  const environment: Record<string, string> = {};
  let exchange: Exchange;
  let vyx: RunningVyx;

  beforeAll(async () => {
    const programs = join(folder, ".programs");
    mkdirSync(programs);
    writeFileSync(join(programs, "vyx"), `#!/bin/sh\nexec '${process.execPath}' '${ROOT}/src/cli/main.ts' "$@"\n`);
    chmodSync(join(programs, "vyx"), 0o755);
    const keysFile = join(folder, "vyx-keys.json");
    const create = ["keys", "create", "--name", "operator", "--scopes", SCOPES, "--keys-file", keysFile];
    const key = (await runVyx(create)).out.trim();
    exchange = createExchange({ port: 0, clock: systemClock, symbols: ["BTCUSDT", "ETHUSDT"], seed: 7 });
    const data = await dataFolder();
    // Where the page has it, for a person in the folder of the server.
    Bun.spawnSync(["mv", data, join(folder, ".data")]);
    vyx = await startOn(exchange, { dataDir: join(folder, ".data"), keysFile, checkpointEvery: "1", intervals: "1m" });
    await untilReady(vyx);
    const { table } = await vyx.traders.traders();
    await table.create("gerda", aTrader({ code: "return false;", enabled: false }), undefined);
    Object.assign(environment, {
      PATH: `${programs}:${process.env.PATH}`,
      HOME: folder,
      VYX_URL: vyx.url,
      VYX_API_KEY: key,
    });
    // The figures of the database and of the checkpoint come a moment after the start.
    const metrics = async (): Promise<string> =>
      await (await fetch(`${vyx.url}/metrics`, { headers: { "x-api-key": key } })).text();
    await until(async () => /^vyx_database_bytes \d/m.test(await metrics()));
    await until(async () => /^vyx_checkpoint_bytes\S* \d/m.test(await metrics()));
  });
  afterAll(async () => {
    await vyx?.stop();
    await exchange?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What a person gets who has typed the page's first block. The address and the key are this server's. */
  const typed = async (command: string): Promise<string> => {
    const [first] = shellBlocksOf(PAGE, PREAMBLE);
    const setUp = commandsIn(first?.text ?? "").filter((line) => !line.startsWith("export "));
    const shell = Bun.spawn(["bash", "-euo", "pipefail", "-c", [...setUp, command].join("\n")], {
      cwd: folder,
      env: environment,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, err] = await Promise.all([new Response(shell.stdout).text(), new Response(shell.stderr).text()]);
    if ((await shell.exited) !== 0) throw new Error(`${command}\n${out}\n${err}`);
    return out;
  };

  const runnable = (text: string): string[] =>
    shellBlocksOf(PAGE, text)
      .filter(({ kept }) => kept.by === "test" && kept.path === "tests/documents/runbook.test.ts")
      .flatMap((block) => commandsIn(block.text));

  test("has commands in every section", () => {
    expect(SECTIONS.filter((section) => shellBlocksOf(PAGE, section).length === 0)).toEqual([]);
    const expected = Object.keys(PRINTED).filter((part) => !read(PAGE).includes(part));
    expect(expected).toEqual([]);
  });

  const tried = new Set<string>();
  const areGood = async (commands: readonly string[]): Promise<void> => {
    for (const command of commands.filter((one) => !tried.has(one))) {
      tried.add(command);
      const out = await typed(command);
      const expected = Object.entries(PRINTED).filter(([part]) => command.includes(part));
      expect([command, command.includes("| grep ") || expected.length > 0]).toEqual([command, true]);
      for (const [, words] of expected) expect([command, out]).toEqual([command, expect.stringMatching(words)]);
    }
  };

  // Each starts processes, so that all of them in one test take longer than a test may where others use the machine.
  test.each(SECTIONS.map((section) => [section.split("\n")[0] ?? "", section] as const))(
    "has only commands that work on a running server at %s",
    async (_, section) => await areGood(runnable(section)),
  );

  // Last, because the server's log is this test's.
  test("says how to make the log more detailed", async () => {
    const [, ...logLevel] = shellBlocksOf(PAGE, PREAMBLE);
    await areGood(logLevel.flatMap(({ text }) => commandsIn(text)));
  });

  test("has names and options of other programs that there are", () => {
    const compose = Bun.YAML.parse(readFileSync(join(ROOT, "deploy/compose.yaml"), "utf8")) as { services: object };
    const commands = SECTIONS.flatMap((section) =>
      shellBlocksOf(PAGE, section).flatMap((block) => (block.kept.by === "nothing" ? commandsIn(block.text) : [])),
    );
    expect(commands.length).toBeGreaterThan(5);
    for (const command of commands) {
      const [program = "", ...words] = command.split(/\s+/);
      expect([command, OTHER_PROGRAMS.includes(program)]).toEqual([command, true]);
      const service = words.at(-1) ?? "";
      if (words.includes("logs")) expect([command, service in compose.services]).toEqual([command, true]);
      if (words.includes("--unit")) expect(command).toContain("--unit vyx");
      if (Bun.which(program) === null || program === "docker") continue;
      const help = Bun.spawnSync([program, "--help"]);
      const known = help.stdout.toString() + help.stderr.toString();
      const options = words.filter((word) => word.startsWith("--"));
      expect([command, options.filter((option) => !known.includes(option))]).toEqual([command, []]);
    }
  });
});
