import { Command, CommanderError } from "commander";
import packageFile from "../../package.json" with { type: "json" };
import { CantListen, VyxError } from "../core/mod.ts";
import { backtestCommand } from "./backtest.ts";
import { backupCommand } from "./backup/backup.ts";
import { restoreCommand } from "./backup/restore.ts";
import { systemClock } from "./clock.ts";
import { clusterCommand } from "./cluster.ts";
import { programCommit } from "./commit.ts";
import { SETTINGS } from "./config.ts";
import { checkMarkets } from "./configured-market.ts";
import { checkTogether } from "./contradictions.ts";
import { databaseCommand } from "./database.ts";
import { demoCommand } from "./demo.ts";
import { doctorCommand } from "./doctor.ts";
import { exchangeCommand } from "./exchange.ts";
import { historyCommand } from "./history/history.ts";
import { keysCommand } from "./keys.ts";
import { createLog } from "./log.ts";
import { mcpCommand } from "./mcp.ts";
import { migrateCommand } from "./migrate/migrate.ts";
import { optionOf } from "./options.ts";
import { portHolder } from "./port-holder.ts";
import { readSettings, refuseUnknownVariables } from "./read-settings.ts";
import { startVyx } from "./serve.ts";
import { feedServiceWatchdog } from "./service-watchdog.ts";
import { variableOf } from "./setting.ts";
import { idleSettings, settingNotes, stoppingSettings } from "./setting-notes.ts";
import type { SettingName } from "./settings.ts";
import { untilSignalled } from "./signals.ts";
import { bypassProxyForLoopback } from "./unproxied-loopback.ts";

const program = new Command("vyx")
  .description(
    "A market-data server and screener for crypto pairs: klines and tickers in memory, over HTTP and WebSocket.",
  )
  .version(`${packageFile.version} (commit ${programCommit()})`)
  // `vyx exchange` and `vyx exchange dumps` both have --symbols: what stands behind a command is that command's.
  .enablePositionalOptions()
  .showHelpAfterError("(vyx --help lists the commands)")
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "vyx: ")) })
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
    const inForce = readSettings(flags, process.env);
    const { settings } = inForce;
    const log = createLog(settings.logLevel);
    for (const sentence of idleSettings(inForce)) log.warn(sentence);
    checkTogether(inForce, (message) => log.warn(message));
    const vyx = await startVyx(settings, log);
    console.log(JSON.stringify({ listening: vyx.url }));
    log.info(`listening on ${vyx.url}`);
    // It is fed until the process ends: a shutdown that hangs is ended, too.
    const watchdog = { environment: process.env, clock: systemClock, warn: (message: string) => log.warn(message) };
    void feedServiceWatchdog(watchdog, new AbortController().signal);
    await untilSignalled(vyx.stop, log, vyx.failed, settings.drain, vyx.left);
  });

const config = program
  .command("config")
  .description(
    "Print the current value of each setting of `vyx serve`, and its source. The exit code is 1 if the server doesn't start with them.",
  )
  .option("--json", "as JSON")
  .action((flags: Record<string, string> & { json?: true }) => {
    const inForce = readSettings({ ...flags, json: undefined }, process.env);
    const { texts } = inForce;
    const notes = settingNotes(inForce);
    if (stoppingSettings(inForce).length > 0) process.exitCode = 1;
    const rows = (Object.keys(SETTINGS) as SettingName[]).map((name) => {
      const { flag, secret, says } = SETTINGS[name];
      const { text, origin } = texts[name];
      const value = text === "" ? "(none)" : secret ? "(secret)" : text;
      return { setting: flag, variable: variableOf(flag), value, origin, says, note: notes[name] };
    });
    if (flags.json === true) console.log(JSON.stringify(rows, null, 2));
    else printTable(rows);
    checkTogether(inForce, () => {});
    checkMarkets(inForce.settings);
  });

interface SettingRow {
  readonly setting: string;
  readonly variable: string;
  readonly value: string;
  readonly origin: string;
  readonly says: string;
  readonly note: string | undefined;
}

function printTable(rows: readonly SettingRow[]): void {
  const width = (column: "setting" | "variable" | "value" | "origin"): number =>
    Math.max(...rows.map((row) => row[column].length));
  for (const row of rows) {
    const cells = [
      row.setting.padEnd(width("setting")),
      row.variable.padEnd(width("variable")),
      row.value.padEnd(width("value")),
      row.origin.padEnd(width("origin")),
    ];
    console.log(`${cells.join("  ")}  ${row.note === undefined ? "" : `(${row.note}) `}${row.says}`);
  }
}

for (const command of [serve, config]) {
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    command.addOption(optionOf(name));
  }
}

demoCommand(program);
exchangeCommand(program);
databaseCommand(program);
backupCommand(program);
restoreCommand(program);
historyCommand(program);
keysCommand(program);
clusterCommand(program);
migrateCommand(program);
doctorCommand(program);
mcpCommand(program);
backtestCommand(program);
for (const command of program.commands) pointToHelp(command, "vyx");

if (import.meta.main) {
  bypassProxyForLoopback(process.env);
  process.stdout.on("error", (cause) => {
    if (!isClosedPipe(cause)) throw cause;
    process.exit(0);
  });
  const code = await runCommand(process.argv.slice(2));
  if (code !== 0) process.exit(code);
}

/** An error of a command's arguments names the command's own help. */
function pointToHelp(command: Command, before: string): void {
  const name = `${before} ${command.name()}`;
  const lists = command.commands.length > 0 ? "commands" : "options";
  command.showHelpAfterError(`(${name} --help lists the ${lists})`);
  for (const one of command.commands) pointToHelp(one, name);
}

/**
 * Runs the command that `args` name, as `vyx` does. Returns 0 if the command ended by itself; `vyx doctor` then sets the process' exit
 * code. Prints an error that the user can fix as a sentence without a stack trace, and returns the exit code. Other errors are thrown.
 * Nobody reads on: `vyx --help | head -3` is no error, and returns 0.
 */
export async function runCommand(args: readonly string[]): Promise<number> {
  try {
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (cause) {
    if (cause instanceof CommanderError) return cause.exitCode;
    if (isClosedPipe(cause)) return 0;
    if (!(cause instanceof VyxError)) throw cause;
    const holder = cause instanceof CantListen && cause.isTaken ? portHolder(cause.port) : undefined;
    console.error(`vyx: ${cause.message}${holder === undefined ? "" : ` (${holder} has it)`}`);
    return 1;
  }
}

/** Whether the reader of the output has closed it. Errors of sockets are wrapped, and have an address. */
function isClosedPipe(cause: unknown): boolean {
  const { code, syscall } = (cause ?? {}) as { readonly code?: unknown; readonly syscall?: unknown };
  return code === "EPIPE" && syscall === "write";
}
