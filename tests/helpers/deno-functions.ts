import { join } from "node:path";
import type { FunctionName } from "../../src/wire/mod.ts";
import { findDeno } from "./runtimes.ts";

const ROOT = join(import.meta.dir, "../..");

/** Functions that Deno serves, each in a process of its own, as Supabase's host does. */
export interface DenoFunctions {
  urlOf(name: FunctionName): string;
  /** The id of the process that serves a function. */
  pidOf(name: FunctionName): number;
  stop(): Promise<void>;
}

/** Starts functions with nothing but these variables. */
export async function startDenoFunctions(
  names: readonly FunctionName[],
  variables: Readonly<Record<string, string>>,
): Promise<DenoFunctions> {
  const started = await Promise.all(names.map((name) => startOne(name, variables)));
  return {
    urlOf: (name) => `http://127.0.0.1:${started[names.indexOf(name)]?.port}/${name}`,
    pidOf: (name) => started[names.indexOf(name)]?.process.pid ?? Number.NaN,
    stop: async () => {
      for (const { process } of started) process.kill("SIGKILL");
      await Promise.all(started.map(({ process }) => process.exited));
    },
  };
}

async function startOne(
  name: FunctionName,
  variables: Readonly<Record<string, string>>,
): Promise<{ process: Bun.Subprocess; port: number }> {
  // node_modules as npm made it; nothing is fetched, and no lock file is written.
  const options = ["--node-modules-dir=manual", "--no-lock", "--no-remote", "--no-prompt", "--allow-all"];
  const process = Bun.spawn([findDeno(), "run", ...options, join(ROOT, `supabase/functions/${name}/index.ts`)], {
    cwd: ROOT,
    env: { PATH: Bun.env.PATH ?? "", HOME: Bun.env.HOME ?? "", NO_COLOR: "1", PORT: "0", ...variables },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const reader = process.stdout
    .pipeThrough(new TextDecoderStream() as never)
    .getReader() as ReadableStreamDefaultReader<string>;
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`${name} ended: ${await new Response(process.stderr).text()}`);
    text += value;
  }
  void (async () => {
    while (!(await reader.read()).done);
  })();
  return { process, port: (JSON.parse(text.split("\n")[0] ?? "") as { port: number }).port };
}
