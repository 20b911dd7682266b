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

/** What a program in TypeScript gives is plain texts and numbers. */
const PLAIN = `import { comparison, outcomes } from "vyx/client";
const [options, symbol, closeTime]: [{ url: string }, string, number] = [{ url: "http://127.0.0.1:8080" }, "BTCUSDT", 3_599_999];
await outcomes(options, { signals: [{ symbol, interval: "1h", closeTime, price: 1 }] });
const signals = [{ closeTime, returns: [0.1, null, null, null] }];
const asked = { market: "binance", interval: "1h", symbols: [symbol], signals, feesPercent: 0 } as const;
await comparison(options, { ...asked, closes: [[closeTime, "2026-08-01T00:59:59.999Z"]] });
`;

test("each snippet of the page compiles as a program of its own, with the client of the first one", () => {
  const [first = "", ...others] = snippets();
  expect(others.length).toBeGreaterThan(8);
  const client = first.split("\n").filter((line) => /^(import|const client)\b/.test(line));
  expect(client).toHaveLength(2);
  const programs = [
    first,
    ...others.map((code) => (/\bclient\./.test(code) ? `${client.join("\n")}\n${code}` : code)),
    PLAIN,
  ];

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
