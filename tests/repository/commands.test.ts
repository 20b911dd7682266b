import { describe, expect, test } from "bun:test";
import { Command } from "commander";
import { databaseCommand } from "../../src/cli/database.ts";
import { demoCommand } from "../../src/cli/demo.ts";
import { doctorCommand } from "../../src/cli/doctor.ts";
import { exchangeCommand } from "../../src/cli/exchange.ts";
import { keysCommand } from "../../src/cli/keys.ts";
import { migrateCommand } from "../../src/cli/migrate/migrate.ts";
import { codeOf, documents, thoseThatFail } from "./documents.ts";
import { PACKAGE_JSON, ROOT } from "./project.ts";

/** What people are told to type, as found in the documents. */
interface Told {
  readonly where: string;
  /** "npm" for a script of package.json, "vyx" for a command of ours. */
  readonly program: "npm" | "vyx";
  readonly name: string;
  readonly options: readonly string[];
}

/** npm's own commands that the documents speak of. */
const OF_NPM = ["ci", "install"];
const TOLD: readonly Told[] = documents().flatMap(({ path, text }) => toldIn(path, text));

describe("commands in the documents", () => {
  test("of npm are scripts in package.json", () => {
    const scripts = Object.keys(PACKAGE_JSON.scripts);
    expect(thoseThatFail(TOLD, ({ program, name }) => program !== "npm" || scripts.includes(name))).toEqual([]);
  });

  test("of vyx are in its help", () => {
    const commands = commandsIn(help());
    expect(commands).not.toEqual([]);
    expect(thoseThatFail(asCommands(), ({ name }) => commands.includes(name.split(" ")[0] ?? ""))).toEqual([]);
  });

  test("of vyx have the options that they are told with", () => {
    const known = new Map(
      [...new Set(asCommands().map(({ name }) => name))].map((name) => [name, help(...name.split(" "))]),
    );
    const fits = ({ name, options }: Told): boolean => {
      const words = new Set(known.get(name)?.match(/--[\w-]+/g));
      return options.every((option) => words.has(option));
    };
    expect(thoseThatFail(asCommands(), fits)).toEqual([]);
  });

  test("are found wherever they stand", () => {
    const text =
      "Run `npm run demo -- --port 1`, or `bin/vyx serve --help`.\n\n```\nnpm test -- --strict # all\nnpx vyx x\nvyx keys list --json\nnpm ci\n```\n";
    expect(toldIn("x.md", text).map(({ program, name, options }) => [program, name, ...options].join(" "))).toEqual([
      "npm test --strict",
      "vyx x",
      "vyx keys list --json",
      "npm demo --port",
      "vyx serve --help",
    ]);
  });
});

/** What is told of vyx, directly or through a script that starts it. */
function asCommands(): Told[] {
  return TOLD.flatMap((told) => {
    if (told.program === "vyx") return [told];
    const started = /^node bin\/vyx ([\w-]+)/.exec(PACKAGE_JSON.scripts[told.name] ?? "")?.[1];
    return started === undefined ? [] : [{ ...told, program: "vyx" as const, name: started }];
  });
}

function toldIn(where: string, text: string): Told[] {
  return codeOf(text)
    .flatMap((line) => line.replace(/(^|\s)#.*/, "").split(/&&|[;|]/))
    .flatMap((command): Told[] => {
      const [, npm, , vyx, rest = ""] =
        /^[\s$]*(?:npm (?:run )?([\w:-]+)|((?:node )?bin\/|npx )?vyx ((?:keys|migrate) [a-z]+|[a-z][\w-]*))(.*)$/.exec(
          command,
        ) ?? [];
      const name = npm ?? vyx;
      if (name === undefined || (npm !== undefined && OF_NPM.includes(npm))) return [];
      return [{ where, program: npm === undefined ? "vyx" : "npm", name, options: rest.match(/--[\w-]+/g) ?? [] }];
    });
}

/** Help as it is printed. That of a command with a file of its own is made in this process: each process takes half a second. */
function help(...command: string[]): string {
  const own = commandWithFile(command);
  if (own !== undefined) return printedHelp(own);
  const { stdout, stderr } = Bun.spawnSync([process.execPath, "src/cli/main.ts", ...command, "--help"], { cwd: ROOT });
  return stdout.toString() + stderr.toString();
}

/** The commands that main.ts adds from other files; `serve` and `config` are its own. */
function commandWithFile(names: readonly string[]): Command | undefined {
  const program = new Command("vyx");
  for (const addTo of [demoCommand, exchangeCommand, databaseCommand, keysCommand, migrateCommand, doctorCommand]) {
    addTo(program);
  }
  let found: Command | undefined = program;
  for (const name of names) found = found?.commands.find((one) => one.name() === name);
  return found === program ? undefined : found;
}

function printedHelp(command: Command): string {
  let text = "";
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text;
}

function commandsIn(text: string): string[] {
  const section = text.split(/^Commands:$/m)[1] ?? "";
  return [...section.matchAll(/^ {2}([a-z][\w-]*)/gm)].map(([, name = ""]) => name);
}
