import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");

/** A demo that runs. */
export interface Demo {
  readonly url: string;
  stop(): Promise<void>;
  /** Ends it without a goodbye, as when a machine fails. */
  kill(): Promise<void>;
}

/** `vyx demo` as people start it, on a port that the system chooses. */
export async function startDemo(options: readonly string[]): Promise<Demo> {
  const child = Bun.spawn([process.execPath, join(ROOT, "src/cli/main.ts"), "demo", "--port", "0", ...options], {
    cwd: ROOT,
    stdout: "pipe",
    stderr: "pipe",
  });
  // Read to its end, so that it never blocks; shown only if it didn't start.
  const log = new Response(child.stderr).text();
  const url = await listeningIn(child.stdout);
  if (url === undefined) throw new Error(`vyx demo didn't start:\n${await log}`);
  const end = async (signal: "SIGTERM" | "SIGKILL"): Promise<void> => {
    child.kill(signal);
    await child.exited;
  };
  return { url, stop: () => end("SIGTERM"), kill: () => end("SIGKILL") };
}

/** The address in the JSON line that the command prints when it is ready. */
async function listeningIn(stdout: ReadableStream<Uint8Array>): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of stdout) {
    text += decoder.decode(bytes, { stream: true });
    const line = text.split("\n").find((one) => one.includes('"listening"'));
    if (line !== undefined && text.includes("\n")) return (JSON.parse(line) as { listening: string }).listening;
  }
  return undefined;
}
