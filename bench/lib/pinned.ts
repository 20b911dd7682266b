import { spawn } from "bun";

/** A process on one core. */
export interface Pinned {
  readonly process: Bun.Subprocess<"ignore", "pipe", "inherit">;
  stop(): Promise<void>;
}

/** Starts a command on one core; what it prints on stdout is left to the caller. */
export function pinned(core: number, command: readonly string[]): Pinned {
  const child = spawn(["taskset", "-c", String(core), ...command], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  return {
    process: child,
    stop: async () => {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
}

/** Keeps all threads of this process on one core from now on. */
export function pinThis(core: number): void {
  Bun.spawnSync(["taskset", "-acp", String(core), String(process.pid)]);
}

/** The first line that a process prints. Rejects when it ends before. */
export async function firstLine(stdout: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of stdout) {
    text += decoder.decode(chunk, { stream: true });
    const end = text.indexOf("\n");
    if (end >= 0) return text.slice(0, end);
  }
  throw new Error(`the process ended before it printed a line: ${text}`);
}
