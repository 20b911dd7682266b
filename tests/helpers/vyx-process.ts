import { join } from "node:path";

const MAIN = join(import.meta.dir, "../../src/cli/main.ts");

/** A `vyx` command of its own, whose log goes to this process's. */
export type VyxProcess = Bun.Subprocess<"ignore", "pipe", "inherit">;

/** Starts a command as a user does. */
export function startVyxProcess(args: readonly string[]): VyxProcess {
  return Bun.spawn([process.execPath, "--no-orphans", MAIN, ...args], {
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
