import { expect, test } from "bun:test";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROJECT_FILES, ROOT } from "../repository/project.ts";

/** What goes as a whole. */
const FOLDERS = ["src/migrate", "src/cli/migrate"];

/** What goes besides: the places where the two variables are read, and where the source is chosen. */
const EDITS: Readonly<Record<string, readonly [RegExp, string][]>> = {
  "src/cli/main.ts": [[/^migrateCommand\(program\);\n/m, ""]],
  "src/cli/settings.ts": [[/ {2}\/\*\* Where the functions that run here read the market\. \*\/\n.*\n.*\n.*\n/, ""]],
  "src/cli/config.ts": [
    [/ {2}source: setting\([\s\S]*?\n {2}\),\n/, ""],
    [/ {2}sourceShare: setting\([\s\S]*?\n {2}\),\n/, ""],
  ],
  "src/cli/serve.ts": [
    [
      /marketDataOf\(settings, markets, configured, log\)/,
      'new StoreMarket(markets, (of) => configured.find(({ store }) => store.market === of)?.feed.status().source ?? "simulated")',
    ],
    [/ {2}type MarketId,\n {2}type MarketSource,\n/, ""],
    [/\/\*\* Where the functions read the market\.[\s\S]*?\n}\n\n/, ""],
    [/import type \{ MarketDataSource, WebhookAddress \}/, "import type { WebhookAddress }"],
  ],
  "supabase/functions/_shared/functions.ts": [
    [/ {2}const apiKey = variable\("VYX_API_KEY"\);\n/, ""],
    [
      /chooseMarket\(\{[\s\S]*?\n {4}\}\)/,
      'new ClientMarket(createClient({ url: serverUrl(variable), apiKey: variable("VYX_API_KEY") }))',
    ],
  ],
};

test("without the room of Redis, its commands and its two variables, all else compiles as it is", () => {
  const copy = mkdtempSync(join(tmpdir(), "vyx-without-redis-"));
  try {
    const kept = PROJECT_FILES.filter(
      (path) =>
        (/^(src|supabase|web)\//.test(path) || /^(package|tsconfig[\w.]*)\.json$/.test(path)) &&
        !FOLDERS.some((folder) => path.startsWith(`${folder}/`)),
    );
    for (const path of kept) cpSync(join(ROOT, path), join(copy, path));
    symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
    const change = (path: string, edits: readonly [RegExp, string][]): void => {
      const text = readFileSync(join(copy, path), "utf8");
      const changed = edits.reduce((before, [what, by]) => {
        expect([path, what.source, what.test(before)]).toEqual([path, what.source, true]);
        return before.replace(what, by);
      }, text);
      writeFileSync(join(copy, path), changed);
    };
    for (const [path, edits] of Object.entries(EDITS))
      change(path, [[/^import [^;]*\/migrate\/[^;]*;\n/m, ""], ...edits]);
    for (const path of kept.filter((one) => one.endsWith("tsconfig.json"))) {
      const text = readFileSync(join(copy, path), "utf8");
      const config = JSON.parse(text) as { references?: { path: string }[] };
      const references = config.references?.filter(({ path: to }) => !/(^|\/)migrate(\/|$)/.test(to) && to !== "tests");
      writeFileSync(
        join(copy, path),
        JSON.stringify({ ...config, ...(references === undefined ? {} : { references }) }),
      );
    }
    const tsc = Bun.spawnSync([join(ROOT, "node_modules/.bin/tsc"), "-b", "src/cli", "supabase/functions"], {
      cwd: copy,
    });
    expect(tsc.stdout.toString() + tsc.stderr.toString()).toBe("");
    expect(tsc.exitCode).toBe(0);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
});
