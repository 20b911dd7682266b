import { rmSync } from "node:fs";
import { join } from "node:path";
import { dataFolder } from "./made-database.ts";

const ROOT = join(import.meta.dir, "../..");

/** A demo that runs. */
export interface Demo {
  readonly url: string;
  stop(): Promise<void>;
  /** Ends it without a goodbye, as when a machine fails. */
  kill(): Promise<void>;
}

/** `vyx demo` on a port that the system chooses. Its database is made already, which spares seconds of a processor. */
export async function startDemo(options: readonly string[]): Promise<Demo> {
  const folder = await dataFolder();
  const all = ["demo", "--port", "0", "--data-dir", folder, ...options];
  const child = Bun.spawn([process.execPath, join(ROOT, "src/cli/main.ts"), ...all], {
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
    rmSync(folder, { recursive: true, force: true });
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
