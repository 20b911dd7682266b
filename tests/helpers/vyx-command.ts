import { spyOn } from "bun:test";
import { format } from "node:util";
import { runCommand } from "../../src/cli/main.ts";

/** What a command printed, and how it ended. */
export interface EndedCommand {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What a command finds besides its arguments. */
export interface CommandOptions {
  /** Variables, beside those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with each line of standard output when it is printed. */
  readonly onLine?: (line: string) => void;
}

/**
 * Runs a `vyx` command that ends by itself, as main.ts does, but in this process: starting a process takes half a second of a processor.
 * That the launcher and main.ts pass on the arguments, the texts and the exit code is tested in tests/end-to-end/commands.test.ts. One at a
 * time: the environment and the console are this process' own.
 */
export async function runVyx(args: readonly string[], options: CommandOptions = {}): Promise<EndedCommand> {
  const { environment = {}, onLine = () => {} } = options;
  const printed = { out: "", err: "" };
  const print = (to: "out" | "err", text: string): void => {
    printed[to] += text;
    if (to === "out") for (const line of text.split("\n").slice(0, -1)) onLine(line);
  };
  const written = (to: "out" | "err") => (text: string | Uint8Array) => {
    print(to, String(text));
    return true;
  };
  const before = Object.fromEntries(Object.keys(environment).map((name) => [name, process.env[name]]));
  Object.assign(process.env, environment);
  const spies = [
    spyOn(console, "log").mockImplementation((...parts) => print("out", `${format(...parts)}\n`)),
    spyOn(console, "error").mockImplementation((...parts) => print("err", `${format(...parts)}\n`)),
    spyOn(process.stdout, "write").mockImplementation(written("out")),
    spyOn(process.stderr, "write").mockImplementation(written("err")),
  ];
  const exitCode = process.exitCode;
  process.exitCode = 0;
  try {
    const code = await runCommand(args);
    return { code: code || Number(process.exitCode), ...printed };
  } finally {
    process.exitCode = exitCode ?? 0;
    for (const spy of spies) spy.mockRestore();
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
