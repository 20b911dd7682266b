import { describe, expect, test } from "bun:test";
import { importsOf } from "./imports.ts";
import { CODE_FILES, PACKAGE_JSON, type ProjectPath, read } from "./project.ts";

/** Packages that no code imports, each with what it is for. */
const NOT_IMPORTED: Readonly<Record<string, string>> = {
  bun: "runs everything",
  "@arethetypeswrong/cli": "checks the types of the npm package",
  "@biomejs/biome": "formats and lints",
  "@types/bun": "types for the compiler",
  "@types/ws": "types for the compiler",
  typescript: "the compiler",
};

describe("npm packages", () => {
  test("are pinned to one version each", () => {
    const all = Object.entries({ ...PACKAGE_JSON.dependencies, ...PACKAGE_JSON.devDependencies });
    expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  });

  test("are each used, and each import is one of them", () => {
    const declared = Object.keys({ ...PACKAGE_JSON.dependencies, ...PACKAGE_JSON.devDependencies });
    const imported = new Set(CODE_FILES.flatMap(packagesIn));
    const idle = declared.filter((name) => !imported.has(name) && !isNamedInCode(name) && !NOT_IMPORTED[name]);
    expect(idle).toEqual([]);
    // It may import itself, as those do who installed it.
    expect([...imported].filter((name) => name !== PACKAGE_JSON.name && !declared.includes(name))).toEqual([]);
  });

  test("are locked without the addresses that somebody's npm fetched them from", () => {
    const lines = read("package-lock.json").split("\n");
    expect(lines.filter((line) => line.includes('"resolved"') || line.includes("://"))).toEqual([]);
  });
});

function packagesIn(path: ProjectPath): string[] {
  return importsOf(path)
    .filter(({ specifier }) => !/^(\.|node:|bun$|bun:)/.test(specifier))
    .map(({ specifier }) => specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/"));
}

/** Some packages are handed to others by name: a logger's transport, a program that is spawned. */
function isNamedInCode(name: string): boolean {
  return CODE_FILES.some((path) => !path.startsWith("tests/repository/") && read(path).includes(`"${name}"`));
}
