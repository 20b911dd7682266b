import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const ROOT = join(import.meta.dir, "../..");
const MAIN = join(ROOT, "tests/runtimes/programs/main.ts");

/** A runtime that programs of tests/runtimes run in. */
export interface Runtime {
  readonly name: string;
  /** Runs a program with its argument and gives back what it came to. */
  run<T>(program: string, argument: unknown): Promise<T>;
}

/** The runtimes on this machine that the SDK is for; a browser is a matter of its own. */
export function runtimes(): readonly Runtime[] {
  return [
    { name: "Bun", run: (program, argument) => spawned([process.execPath, MAIN], program, argument) },
    {
      name: "Deno",
      run: (program, argument) => {
        // node_modules as npm made it; nothing is fetched, and no lock file is written.
        const options = ["--node-modules-dir=manual", "--no-lock", "--no-remote", "--no-prompt", "--allow-net"];
        return spawned([findDeno(), "run", ...options, MAIN], program, argument);
      },
    },
    {
      name: "Node",
      run: async (program, argument) =>
        spawned(["node", "--input-type=module", "-"], program, argument, await forNode()),
    },
  ];
}

/** Chromium, where it is installed. A program runs in a page that comes from the `url` in its argument. */
export function chromiumRuntime(): readonly Runtime[] {
  const executablePath = Bun.which("chromium");
  if (executablePath === null) return [];
  return [
    { name: "Chromium", run: (program, argument) => inPage(executablePath, program, argument as { url: string }) },
  ];
}

async function inPage<T>(executablePath: string, program: string, argument: { url: string }): Promise<T> {
  const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"];
  const [browser, built] = await Promise.all([
    chromium.launch({ executablePath, args }),
    Bun.build({ entrypoints: [join(ROOT, "tests/runtimes/programs/browser.ts")], target: "browser", external: ["ws"] }),
  ]);
  try {
    const page = await (await browser.newContext({ bypassCSP: true })).newPage();
    await page.goto(`${argument.url}/health`);
    await page.addScriptTag({ content: await (built.outputs[0] as Blob).text() });
    return (await page.evaluate(
      ([name, given]) => {
        const run = (globalThis as unknown as Record<string, (argument: unknown) => Promise<unknown>>)[name as string];
        return run?.(given);
      },
      [program, argument] as const,
    )) as T;
  } finally {
    await browser.close();
  }
}

async function spawned<T>(
  command: readonly string[],
  program: string,
  argument: unknown,
  stdin: Blob | "ignore" = "ignore",
): Promise<T> {
  const child = Bun.spawn([...command, program, JSON.stringify(argument)], {
    cwd: ROOT,
    stdin,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0 || err !== "") throw new Error(`${command[0]} ended with ${code}:\n${out}${err}`);
  return JSON.parse(out) as T;
}

let bundle: Promise<Blob> | undefined;

/** Node 20 doesn't read TypeScript: the programs as one piece of JavaScript. */
function forNode(): Promise<Blob> {
  bundle ??= Bun.build({ entrypoints: [MAIN], target: "node" }).then(({ outputs }) => outputs[0] as Blob);
  return bundle;
}

/** Deno's binary: npm puts it in a package for each platform, beside the one that is asked for. */
export function findDeno(): string {
  const scope = join(ROOT, "node_modules/@deno");
  const packages = existsSync(scope) ? readdirSync(scope) : [];
  const binary = packages
    .flatMap((name) => ["deno", "deno.exe"].map((file) => join(scope, name, file)))
    .find((path) => existsSync(path));
  if (binary === undefined) throw new Error('the npm package "deno" has no binary for this machine. Try: npm ci');
  return binary;
}
