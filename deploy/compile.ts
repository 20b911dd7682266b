// Builds the single binary: npm run compile [-- FILE]
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { programCommit, UNKNOWN_COMMIT } from "../src/cli/commit.ts";
import { readMigrations } from "../src/cli/migrations-folder.ts";
import { buildPage } from "../web/build.ts";

const ROOT = resolve(import.meta.dir, "..");

/** The binary's entry points: the command line, and the thread programs, which the code finds by these file names. */
const PROGRAMS = [
  "src/cli/main.ts",
  "src/embedded/database-thread.ts",
  "src/cli/screening-worker.ts",
  "src/history/work/work-thread.ts",
  "src/cli/backtest-worker.ts",
].map(inRoot);

/** Files that PGlite reads from its own folder. In the binary all files are in one folder. */
const DATABASE_FILES = ["pglite.wasm", "pglite.data", "initdb.wasm"].map((name) =>
  inRoot(`node_modules/@electric-sql/pglite/dist/${name}`),
);

const file = resolve(process.argv[2] ?? join(ROOT, ".cache/vyx"));
await compile(file);
console.log(file);

/** Writes the binary. Replaces an existing file atomically. */
async function compile(outfile: string): Promise<void> {
  // In the same folder, so that the last step is a rename. The binary includes the source maps; the bundler also writes copies here.
  const folder = mkdtempSync(join(dirname(outfile), ".vyx-compile-"));
  try {
    const outcome = await Bun.build({
      entrypoints: PROGRAMS,
      naming: { entry: "[name].[ext]" },
      minify: { syntax: true, whitespace: true },
      sourcemap: "linked",
      files: await replacements(),
      compile: {
        outfile: join(folder, basename(outfile)),
        assets: DATABASE_FILES,
        // Settings come from flags and variables, never from a file in the working directory.
        autoloadDotenv: false,
        autoloadBunfig: false,
      },
    });
    for (const log of outcome.logs) console.warn(String(log));
    renameSync(join(folder, basename(outfile)), outfile);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Replaces the modules that read files of the checkout at run time with modules that contain those files. */
async function replacements(): Promise<Record<string, string>> {
  const page = [...(await buildPage())].map(([path, { body, ...asset }]) => {
    return { ...asset, path, body: Buffer.from(body).toString("base64") };
  });
  return {
    [inRoot("web/build.ts")]: `
      const page = ${JSON.stringify(page)};
      export const buildPage = async () =>
        new Map(page.map(({ path, body, ...asset }) => [path, { ...asset, body: Buffer.from(body, "base64") }]));`,
    [inRoot("src/cli/migrations-folder.ts")]: `
      export const readMigrations = () => ${JSON.stringify(readMigrations())};`,
    // A build without git's files, as in an image, is told the commit in the variable COMMIT.
    [inRoot("src/cli/commit.ts")]: `
      export const UNKNOWN_COMMIT = ${JSON.stringify(UNKNOWN_COMMIT)};
      export const programCommit = () => ${JSON.stringify(process.env.COMMIT || programCommit())};`,
    [inRoot("src/embedded/thread-program.ts")]: `
      export const DATABASE_PROGRAM = new URL("database-thread.js", import.meta.url).href;`,
    [inRoot("src/history/work/work-program.ts")]: `
      export const WORK_PROGRAM = new URL("work-thread.js", import.meta.url).href;`,
    [inRoot("src/cli/screening-program.ts")]: `
      export const SCREENING_PROGRAM = new URL("screening-worker.js", import.meta.url).href;
      export const BACKTEST_PROGRAM = new URL("backtest-worker.js", import.meta.url).href;`,
  };
}

function inRoot(path: string): string {
  return join(ROOT, path);
}
