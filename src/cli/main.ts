import { Command, CommanderError } from "commander";
import packageFile from "../../package.json" with { type: "json" };
import { CantListen, VyxError } from "../core/mod.ts";
import { readSettings, refuseUnknownVariables, SETTINGS, type SettingName, variableOf } from "./config.ts";
import { databaseCommand } from "./database.ts";
import { demoCommand } from "./demo.ts";
import { doctorCommand } from "./doctor.ts";
import { exchangeCommand } from "./exchange.ts";
import { keysCommand } from "./keys.ts";
import { createLog } from "./log.ts";
import { migrateCommand } from "./migrate/migrate.ts";
import { optionOf } from "./options.ts";
import { portHolder } from "./port-holder.ts";
import { startVyx } from "./serve.ts";
import { untilSignalled } from "./signals.ts";
import { bypassProxyForLoopback } from "./unproxied-loopback.ts";

bypassProxyForLoopback(process.env);

const program = new Command("vyx")
  .description(
    "A market-data server and screener for crypto pairs: klines and tickers in memory, over HTTP and WebSocket.",
  )
  .version(packageFile.version)
  .showHelpAfterError("(vyx --help lists the commands)")
  .exitOverride()
  // For every command, even if it reads no settings: a misspelt variable is an error.
  .hook("preAction", () => refuseUnknownVariables(process.env));

const serve = program
  .command("serve")
  .description('Serve the exchange\'s live market. Prints one JSON line {"listening": …} on stdout; logs go to stderr.')
  .addHelpText(
    "after",
    `\nEach flag can also be set as an environment variable, for example ${variableOf("exchange-rest")}. A flag takes precedence.`,
  )
  .action(async (flags: Record<string, string>) => {
    const { settings } = readSettings(flags, process.env);
    const log = createLog(settings.logLevel);
    const vyx = await startVyx(settings, log);
    console.log(JSON.stringify({ listening: vyx.url }));
    log.info(`listening on ${vyx.url}`);
    await untilSignalled(vyx.stop, log, vyx.failed);
  });

const config = program
  .command("config")
  .description("Print the current value of each setting of `vyx serve`, and its source.")
  .option("--json", "as JSON")
  .action((flags: Record<string, string> & { json?: true }) => {
    const { texts } = readSettings({ ...flags, json: undefined }, process.env);
    const rows = (Object.keys(SETTINGS) as SettingName[]).map((name) => {
      const { flag, secret, says } = SETTINGS[name];
      const { text, origin } = texts[name];
      const value = text === "" ? "(none)" : secret ? "(secret)" : text;
      return { setting: flag, variable: variableOf(flag), value, origin, says };
    });
    if (flags.json === true) {
      console.log(JSON.stringify(rows, null, 2));
      return;
    }
    const width = (column: "setting" | "variable" | "value" | "origin"): number =>
      Math.max(...rows.map((row) => row[column].length));
    for (const row of rows) {
      const cells = [
        row.setting.padEnd(width("setting")),
        row.variable.padEnd(width("variable")),
        row.value.padEnd(width("value")),
        row.origin.padEnd(width("origin")),
      ];
      console.log(`${cells.join("  ")}  ${row.says}`);
    }
  });

for (const command of [serve, config]) {
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    command.addOption(optionOf(name));
  }
}

demoCommand(program);
exchangeCommand(program);
databaseCommand(program);
keysCommand(program);
migrateCommand(program);
doctorCommand(program);

try {
  await program.parseAsync();
} catch (cause) {
  if (cause instanceof CommanderError) process.exit(cause.exitCode);
  if (!(cause instanceof VyxError)) throw cause;
  // For an error that the user can fix, print a sentence without a stack trace.
  const holder = cause instanceof CantListen && cause.isTaken ? portHolder(cause.port) : undefined;
  console.error(`vyx: ${cause.message}${holder === undefined ? "" : ` (${holder} has it)`}`);
  process.exit(1);
}
