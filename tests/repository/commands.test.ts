import { describe, expect, test } from "bun:test";
import { runVyx } from "../helpers/vyx-command.ts";
import { codeOf, documents, thoseThatFail } from "./documents.ts";
import { PACKAGE_JSON } from "./project.ts";

/** What people are told to type, as found in the documents. */
interface Told {
  readonly where: string;
  /** "npm" for a script of package.json, "vyx" for a command of ours. */
  readonly program: "npm" | "vyx";
  readonly name: string;
  readonly options: readonly string[];
}

/** npm's own commands that the documents speak of. */
const OF_NPM = ["ci", "install", "pack", "pkg"];
const TOLD: readonly Told[] = documents().flatMap(({ path, text }) => toldIn(path, text));

describe("commands in the documents", () => {
  test("of npm are scripts in package.json", () => {
    const scripts = Object.keys(PACKAGE_JSON.scripts);
    expect(thoseThatFail(TOLD, ({ program, name }) => program !== "npm" || scripts.includes(name))).toEqual([]);
  });

  test("of vyx are in its help", async () => {
    const commands = commandsIn(await help());
    expect(commands).not.toEqual([]);
    expect(thoseThatFail(asCommands(), ({ name }) => commands.includes(name.split(" ")[0] ?? ""))).toEqual([]);
  });

  test("of vyx have the options that they are told with", async () => {
    const known = new Map<string, string>();
    for (const { name } of asCommands()) if (!known.has(name)) known.set(name, await help(...name.split(" ")));
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
        /^[\s$]*(?:npm (?:run )?([\w:-]+)|((?:node )?bin\/|npx )?vyx ((?:keys|migrate|history) [a-z]+|exchange dumps|[a-z][\w-]*))(.*)$/.exec(
          command,
        ) ?? [];
      const name = npm ?? vyx;
      if (name === undefined || (npm !== undefined && OF_NPM.includes(npm))) return [];
      return [{ where, program: npm === undefined ? "vyx" : "npm", name, options: rest.match(/--[\w-]+/g) ?? [] }];
    });
}

/** Help as it is printed. */
async function help(...command: string[]): Promise<string> {
  const { out, err } = await runVyx([...command, "--help"]);
  return out + err;
}

function commandsIn(text: string): string[] {
  const section = text.split(/^Commands:$/m)[1] ?? "";
  return [...section.matchAll(/^ {2}([a-z][\w-]*)/gm)].map(([, name = ""]) => name);
}
