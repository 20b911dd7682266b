import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");

/** The page's blocks of TypeScript, in order. */
function snippets(): readonly string[] {
  const page = readFileSync(join(ROOT, "docs/sdk.md"), "utf8");
  return [...page.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = ""]) => code);
}

test("each snippet of the page compiles as a program of its own, with the client of the first one", () => {
  const [first = "", ...others] = snippets();
  expect(others.length).toBeGreaterThan(8);
  const client = first.split("\n").filter((line) => /^(import|const client)\b/.test(line));
  expect(client).toHaveLength(2);
  const programs = [first, ...others.map((code) => (/\bclient\./.test(code) ? `${client.join("\n")}\n${code}` : code))];

  const folder = mkdtempSync(join(tmpdir(), "vyx-sdk-snippets-"));
  mkdirSync(join(folder, "src"));
  for (const [at, code] of programs.entries()) writeFileSync(join(folder, `src/snippet-${at}.ts`), code);
  const compilerOptions = {
    ...{ target: "es2024", lib: ["es2024", "dom", "dom.iterable", "dom.asynciterable"], types: [] },
    ...{ module: "esnext", moduleResolution: "bundler", moduleDetection: "force", allowImportingTsExtensions: true },
    ...{ strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, skipLibCheck: true },
    ...{ noEmit: true, paths: { "vyx/client": [join(ROOT, "src/client/mod.ts")] } },
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src"] }));
  const tsc = join(ROOT, "node_modules/.bin/tsc");
  const { exitCode, stdout } = Bun.spawnSync([tsc, "--project", folder], { cwd: folder });
  rmSync(folder, { recursive: true, force: true });
  expect([exitCode, String(stdout)]).toEqual([0, ""]);
});
