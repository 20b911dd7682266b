import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../helpers/free-port.ts";
import { dataFolder } from "../helpers/made-database.ts";
import { documents } from "../repository/documents.ts";
import { PACKAGE_JSON, ROOT } from "../repository/project.ts";
import { commandsIn, type ShellBlock, serverIn, shellBlocksOf } from "./shell-blocks.ts";

/** What the demo follows here: the symbols that pages ask for, so that it is ready sooner than with all fifty. */
const SYMBOLS = "BTCUSDT,ETHUSDT";

/** The shortest reason that says something, in characters. */
const LEAST_REASON = 12;

const BLOCKS = documents().flatMap(({ path, text }) => shellBlocksOf(path, text));
const PAGES = [...new Set(BLOCKS.filter(({ kept }) => kept.by === "running").map(({ page }) => page))];

/** A person with a checkout, in an empty folder, who does what a page says. Port 8080 may be somebody else's here. */
class Terminal {
  readonly #folder = mkdtempSync(join(tmpdir(), "vyx-page-"));
  readonly #port = freePort();
  /** With a database that is made already: the demo would take eight seconds of a processor to make one. */
  readonly #dataFolder: string;

  /** Servers that were started, by their commands. */
  readonly #servers = new Map<string, Bun.Subprocess>();

  constructor(dataFolder: string) {
    this.#dataFolder = dataFolder;
    const programs = join(this.#folder, ".programs");
    mkdirSync(programs);
    const program = (name: string, text: string): void => {
      writeFileSync(join(programs, name), `#!/bin/sh\n${text}\n`);
      chmodSync(join(programs, name), 0o755);
    };
    program("vyx", `exec '${process.execPath}' '${ROOT}/src/cli/main.ts' "$@"`);
    program("bun", `exec '${process.execPath}' "$@"`);
    // npm's scripts are the checkout's.
    program("npm", `PATH="\${PATH#*:}"; cd '${ROOT}' && exec npm "$@"`);
  }

  async run(block: ShellBlock): Promise<void> {
    const server = serverIn(block);
    const text = block.text.replaceAll("localhost:8080", `localhost:${this.#port}`);
    if (server !== undefined) await this.#serve(server);
    else {
      const shell = this.#spawn(["bash", "-euo", "pipefail", "-c", text]);
      const [out, err] = await Promise.all([new Response(shell.stdout).text(), new Response(shell.stderr).text()]);
      if ((await shell.exited) !== 0) throw new Error(`${block.page}:${block.line}: ${text}\n${out}\n${err}`);
    }
  }

  async close(): Promise<void> {
    for (const server of this.#servers.values()) server.kill("SIGTERM");
    await Promise.all([...this.#servers.values()].map(({ exited }) => exited));
    for (const folder of [this.#folder, this.#dataFolder]) rmSync(folder, { recursive: true, force: true });
  }

  /** Starts what goes on until it is ended, and waits until it is ready. */
  async #serve(command: string): Promise<void> {
    const script = /^npm (?:run )?(\w+)$/.exec(command)?.[1];
    const meant = script === undefined ? command : (PACKAGE_JSON.scripts[script] ?? "").replace("node bin/vyx", "vyx");
    if (this.#servers.has(meant)) return;
    const server = this.#spawn(["bash", "-c", `exec ${command}`]);
    this.#servers.set(meant, server);
    const quiet = new Response(server.stderr).text();
    for (;;) {
      const answer = await fetch(`http://localhost:${this.#port}/ready`).catch(() => undefined);
      if (answer?.ok) return;
      if (server.exitCode !== null) throw new Error(`${command} ended: ${await quiet}`);
      await Bun.sleep(50);
    }
  }

  #spawn(command: readonly string[]): Bun.Subprocess<"ignore", "pipe", "pipe"> {
    const path = `${join(this.#folder, ".programs")}:${process.env.PATH}`;
    return Bun.spawn([...command], {
      cwd: this.#folder,
      env: {
        ...process.env,
        PATH: path,
        HOME: this.#folder,
        VYX_PORT: String(this.#port),
        VYX_SYMBOLS: SYMBOLS,
        VYX_DATA_DIR: this.#dataFolder,
      },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
  }
}

/** Shared by all pages: whoever has read two of them still has the server running that both have them start. */
const terminal = new Terminal(await dataFolder());
afterAll(() => terminal.close());

describe("commands on the pages", () => {
  test("are there", () => {
    expect(BLOCKS.length).toBeGreaterThan(10);
    expect(PAGES).toContain("README.md");
  });

  test("that aren't run say why, in words", () => {
    const mute = BLOCKS.filter(({ kept }) => kept.by === "nothing" && kept.reason.length < LEAST_REASON);
    expect(mute).toEqual([]);
  });

  test("that a test runs are in that test", () => {
    const lost = BLOCKS.flatMap(({ page, line, text, kept }) => {
      if (kept.by !== "test") return [];
      if (!existsSync(join(ROOT, kept.path)) || !kept.path.endsWith(".test.ts"))
        return [`${page}:${line}: no ${kept.path}`];
      const test = readFileSync(join(ROOT, kept.path), "utf8");
      // A test that reads the page has its commands from there.
      if (test.includes("read(PAGE)") && test.includes(`const PAGE = "${page}"`)) return [];
      return commandsIn(text)
        .filter((command) => !command.startsWith("export ") && !test.includes(wordOf(command)))
        .map((command) => `${page}:${line}: ${kept.path} has nothing of "${wordOf(command)}"`);
    });
    expect(lost).toEqual([]);
  });

  test("are told from other blocks, with what stands before them", () => {
    const text =
      "```sh\na\n```\n<!-- not run: no network here -->\n```bash\nb\n```\n<!-- run by tests/x.test.ts -->\n```sh\nc\n```\n```ts\nd\n```\n";
    expect(shellBlocksOf("x.md", text).map(({ text, kept }) => [text, kept.by])).toEqual([
      ["a", "running"],
      ["b", "nothing"],
      ["c", "test"],
    ]);
    expect(() => shellBlocksOf("x.md", "```sh\na\n")).toThrow("has no end");
  });

  test("that fail are found", async () => {
    await expect(
      terminal.run({ page: "x.md", line: 1, text: "true\nfalse\ntrue", kept: { by: "running" } }),
    ).rejects.toThrow("x.md:1");
  });
});

describe.each(PAGES)("%s", (page) => {
  test("says what works", async () => {
    for (const block of BLOCKS.filter((one) => one.page === page && one.kept.by === "running"))
      await terminal.run(block);
  });
});

/** What a command is about, in words of its own: `compile` of `npm run compile -- ./vyx`, `check` of `vyx migrate check --url …`. */
function wordOf(command: string): string {
  const words = command.split(/\s+/);
  const options = words.findIndex((word) => word.startsWith("-"));
  return (options === -1 ? words : words.slice(0, options)).at(-1) ?? "";
}
