import { join } from "node:path";

const MAIN = join(import.meta.dir, "../../src/cli/main.ts");

/** A `vyx` command of its own, whose log goes to this process's. */
export type VyxProcess = Bun.Subprocess<"ignore", "pipe", "inherit">;

/** What a command finds where it runs, besides what this process has. */
export interface VyxSurroundings {
  /** A program that runs before it, in its process. */
  readonly preload: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** Starts a command as a user does. */
export function startVyxProcess(args: readonly string[], surroundings?: VyxSurroundings): VyxProcess {
  const before = surroundings === undefined ? [] : ["--preload", surroundings.preload];
  return Bun.spawn([process.execPath, "--no-orphans", ...before, MAIN, ...args], {
    env: { ...process.env, ...surroundings?.variables },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
}

/** The address that it says it listens on. Rejects when it ends before. */
export async function listening(process: VyxProcess): Promise<string> {
  let text = "";
  for await (const chunk of process.stdout) {
    text += new TextDecoder().decode(chunk);
    const line = text.split("\n").find((one) => one.includes('"listening"'));
    if (line !== undefined) return (JSON.parse(line) as { listening: string }).listening;
  }
  throw new Error(`the process ended before it listened: ${text}`);
}
