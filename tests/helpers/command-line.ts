import { type ParseArgsConfig, parseArgs } from "node:util";

type Read<Config extends ParseArgsConfig> = ReturnType<typeof parseArgs<Config>>;

/** Reads a program's command line. `--help` prints how it is used, and a wrong option ends the program with a sentence. */
export function commandLine<const Options extends NonNullable<ParseArgsConfig["options"]>>(
  name: string,
  usage: string,
  options: Options,
): Read<{ options: Options }>["values"] {
  if (process.argv.slice(2).some((argument) => argument === "--help" || argument === "-h")) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return parseArgs({ options }).values;
  } catch (cause) {
    console.error(`${name}: ${cause instanceof Error ? cause.message : cause}\n${usage}`);
    process.exit(2);
  }
}
