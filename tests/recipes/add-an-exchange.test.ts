import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");

/** Bitget's spot market, written as docs/recipes/add-an-exchange.md says, and never part of the project. */
const ADAPTER: Readonly<Record<string, string>> = {
  "bitget.ts": "./bitget/feed/bitget.ts",
  "streams.ts": "./bitget/feed/streams.ts",
  "frames.ts": "./bitget/feed/frames.ts",
  "rest.ts": "./bitget/feed/rest.ts",
  "rows.ts": "./bitget/feed/rows.ts",
};
const CHECKS: Readonly<Record<string, string>> = { "bitget.test.ts": "./bitget/feed/bitget.checks.ts" };
const STAND_IN: Readonly<Record<string, string>> = {
  "bitget.ts": "./bitget/stand-in/bitget.ts",
  "rest.ts": "./bitget/stand-in/rest.ts",
  "anatomy.ts": "./bitget/stand-in/anatomy.ts",
};

/** The entries in lists that are there: where, before what, and what. */
const ENTRIES: readonly { readonly path: string; readonly before: string; readonly lines: readonly string[] }[] = [
  {
    path: "src/core/market-table.ts",
    before: "} as const;\n\n/** A market, by",
    lines: [
      '  bitget: { name: "Bitget spot", shortName: "Bitget", exchange: "Bitget", suffix: "", unknown: UNKNOWN_AT_BYBIT as ReadonlySet<OptionalColumn> },',
    ],
  },
  { path: "src/feeds/exchanges.ts", before: "};\n", lines: ["  bitget: BITGET,"] },
  { path: "src/exchange/dialects.ts", before: "};\n", lines: ["  bitget: BITGET,"] },
];
const IMPORTS: Readonly<Record<string, string>> = {
  "src/feeds/exchanges.ts": 'import { BITGET } from "./bitget/bitget.ts";\n',
  "src/exchange/dialects.ts": 'import { BITGET } from "./dialects/bitget/bitget.ts";\n',
};

describe("the recipe to add an exchange, followed in a copy of the project", () => {
  let copy = "";

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), "vyx-recipe-"));
    for (const name of ["src", "web", "tests/helpers", "package.json", "tsconfig.base.json"]) {
      cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    }
    symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
    put(ADAPTER, "src/feeds/bitget", "../../");
    put(CHECKS, "src/feeds/bitget", "../../");
    put(STAND_IN, "src/exchange/dialects/bitget", "../../../");
    for (const { path, before, lines } of ENTRIES) {
      const text = readFileSync(join(copy, path), "utf8");
      const at = text.lastIndexOf(before);
      if (at < 0) throw new Error(`${path} has no place for an entry`);
      const added = `${text.slice(0, at)}${lines.join("\n")}\n${text.slice(at)}`;
      writeFileSync(join(copy, path), `${IMPORTS[path] ?? ""}${added}`);
    }
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  /** Copies files to where they belong. `up`: the way from there to src. */
  function put(files: Readonly<Record<string, string>>, folder: string, up: string): void {
    for (const [name, from] of Object.entries(files)) {
      const text = readFileSync(join(import.meta.dir, from), "utf8")
        .replaceAll('"../../../../src/', `"${up}`)
        .replaceAll('"../../../helpers/', `"${up}../tests/helpers/`);
      cpSync(join(import.meta.dir, from), join(copy, folder, name));
      writeFileSync(join(copy, folder, name), text);
    }
  }

  test("takes five files and an entry for the adapter, three files and an entry for the stand-in, and one entry that both share", () => {
    expect(readdirSync(join(copy, "src/feeds/bitget")).length - Object.keys(CHECKS).length).toBe(5);
    expect(readdirSync(join(copy, "src/exchange/dialects/bitget")).length).toBe(3);
    expect(ENTRIES.map(({ path }) => path)).toEqual([
      "src/core/market-table.ts",
      "src/feeds/exchanges.ts",
      "src/exchange/dialects.ts",
    ]);
  });

  test("the compiler finds nothing missing", async () => {
    const program = {
      extends: "./tsconfig.base.json",
      compilerOptions: {
        ...{ types: ["bun"], isolatedDeclarations: false },
        ...{ composite: false, emitDeclarationOnly: false, incremental: false, noEmit: true },
      },
      files: ["src/feeds/bitget/bitget.test.ts", "src/cli/configured-market.ts", "src/cli/exchange.ts"],
    };
    writeFileSync(join(copy, "tsconfig.json"), JSON.stringify(program));
    expect(await run(join(ROOT, "node_modules/.bin/tsc"), "-p", "tsconfig.json")).toEqual({ code: 0, out: "" });
  });

  test("the adapter keeps what every exchange's does, and a feed follows its stand-in", async () => {
    const { code, out } = await run(process.execPath, "test", "src/feeds/bitget", "src/feeds/exchanges.test.ts");
    expect([code, code === 0 ? "" : out]).toEqual([0, ""]);
  });

  async function run(...command: string[]): Promise<{ readonly code: number; readonly out: string }> {
    const child = Bun.spawn(command, { cwd: copy, stdout: "pipe", stderr: "pipe" });
    const [out, err, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return { code, out: out + err };
  }
});
