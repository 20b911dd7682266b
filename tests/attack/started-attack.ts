import { join } from "node:path";
import type { Outcomes } from "./lanes.ts";

type Process = Bun.Subprocess<"ignore", "pipe", "inherit">;

/** An attack in a process of its own. */
export class StartedAttack {
  readonly #name: string;
  readonly #process: Process;
  readonly #lines: AsyncIterator<string>;

  private constructor(name: string, process: Process) {
    this.#name = name;
    this.#process = process;
    this.#lines = linesOf(process.stdout);
  }

  /** Resolves when the attack begins, so that the time in which its process starts doesn't count. */
  static async start(name: string, url: string, seconds: number): Promise<StartedAttack> {
    const program = join(import.meta.dir, "attacker.ts");
    const command = [process.execPath, "--no-orphans", program, name, url, String(seconds)];
    const spawned = Bun.spawn(["nice", "-n", "5", ...command], { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
    const attacker = new StartedAttack(name, spawned);
    await attacker.#line();
    return attacker;
  }

  /** What the attack saw, once it has ended. */
  async outcomes(): Promise<Outcomes> {
    const outcomes = JSON.parse(await this.#line()) as Outcomes;
    await this.#process.exited;
    return outcomes;
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done !== true) return value;
    throw new Error(`the attack ${this.#name} ended with ${await this.#process.exited}`);
  }
}

async function* linesOf(output: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of output) {
    const lines = (text + decoder.decode(chunk, { stream: true })).split("\n");
    text = lines.pop() ?? "";
    yield* lines;
  }
}
