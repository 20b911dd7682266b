import { Command } from "commander";
import { VyxError } from "../../src/core/mod.ts";

/**
 * The sentence with which a command refuses what it is given, as main.ts prints it behind "vyx: ". In this process: that
 * main.ts prints it and ends with 1 is tested once, in tests/end-to-end/commands.test.ts.
 */
export async function refusalOf(addTo: (program: Command) => void, args: readonly string[]): Promise<string> {
  const program = new Command("vyx").exitOverride();
  addTo(program);
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (cause) {
    if (cause instanceof VyxError) return cause.message;
    throw cause;
  }
  throw new Error(`${args.join(" ")} was not refused`);
}
