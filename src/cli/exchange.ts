import { type Command, Option } from "commander";
import type { Logger } from "pino";
import { InvalidInput, MARKET_IDS, MARKET_NAMES, parseMarket, parseMoment } from "../core/mod.ts";
import { createExchange, type Exchange, faultsHelp, parseFaults } from "../exchange/mod.ts";
import { systemClock } from "./clock.ts";
import { symbols } from "./exchange-symbols.ts";
import { named } from "./flag-error.ts";
import { dumpsCommand } from "./history/dumps.ts";
import { createLog } from "./log.ts";
import { logLevel, wholeNumber } from "./setting-values.ts";
import { untilSignalled } from "./signals.ts";

/** The flags of the stand-in, as commander gives them. */
export interface ExchangeFlags {
  readonly as?: string;
  readonly data?: string;
  readonly start?: string;
  readonly speed?: string;
  readonly symbols?: string;
  readonly seed?: string;
  readonly faults?: string;
}

/** The fastest that market time may run, in market seconds a second: a day in 24 seconds. */
const MAX_SPEED = 3_600;

/** What the flags are when they aren't given. */
const DEFAULTS = { as: "binance", port: "9090", speed: "1", seed: "1", logLevel: "info" } as const;

/** Adds the flags that describe a market to a command. */
export function addMarketFlags(command: Command, symbols: string): Command {
  return command
    .addOption(new Option("--data <DIR>", "play back recorded klines from this folder (default: a simulated market)"))
    .addOption(
      new Option(
        "--start <TIME>",
        "market time at which live data begins: an ISO date or Unix milliseconds (default: now, or halfway through recorded data)",
      ),
    )
    .addOption(new Option("--speed <X>", `market seconds per second, up to ${MAX_SPEED} (default: ${DEFAULTS.speed})`))
    .addOption(new Option("--symbols <LIST>", `BTCUSDT,ETHUSDT, or how many, as 3 or top:3 (default: ${symbols})`))
    .addOption(new Option("--seed <N>", `seed of the simulated market and of the faults (default: ${DEFAULTS.seed})`));
}

/** Starts the stand-in with the flags that a command was given. Throws InvalidInput that names the flag. */
export async function startExchange(
  flags: ExchangeFlags,
  hostname: string,
  port: number,
  log: Logger,
): Promise<Exchange> {
  const as = named("as", () => parseMarket((flags.as ?? DEFAULTS.as).trim().toLowerCase()));
  return await createExchange({
    as,
    hostname,
    port,
    clock: systemClock,
    speed: named("speed", () => speed(flags.speed ?? DEFAULTS.speed)),
    seed: named("seed", () => wholeNumber(flags.seed ?? DEFAULTS.seed, 0, 2 ** 32 - 1)),
    ...(flags.data === undefined ? {} : { data: flags.data }),
    ...(flags.start === undefined ? {} : { start: named("start", () => parseMoment(flags.start ?? "")) }),
    ...(flags.symbols === undefined ? {} : { symbols: named("symbols", () => symbols(flags.symbols ?? "")) }),
    ...(flags.faults === undefined || flags.faults === "none"
      ? {}
      : { faults: named("faults", () => parseFaults(flags.faults ?? "", as)) }),
    onFault: ({ kind, at, what }) => log.debug({ fault: kind }, `${new Date(at).toISOString()} ${kind}: ${what}`),
    log: (message, details) => log.info(details ?? {}, message),
  });
}

/** `vyx exchange`: the stand-in on its own. */
export function exchangeCommand(program: Command): void {
  const command = program
    .command("exchange")
    .description(
      "Run a stand-in for an exchange's public market data on loopback: REST and WebSocket, recorded or simulated.\n" +
        'Prints one JSON line {"listening": …} on stdout when it is ready. Its market is never real.',
    )
    .addOption(new Option("--as <MARKET>", `which market it speaks as: ${marketList()} (default: ${DEFAULTS.as})`))
    .addOption(new Option("--port <N>", `port to listen on; 0 lets the system choose (default: ${DEFAULTS.port})`));
  command.enablePositionalOptions();
  dumpsCommand(command);
  addMarketFlags(command, "all recorded symbols, or 50 simulated ones")
    .addOption(
      new Option("--faults <LIST>", "faults and their rates, for example disconnect=6/h,drop=0.001 (default: none)"),
    )
    .addOption(new Option("--log-level <LEVEL>", `debug logs each fault (default: ${DEFAULTS.logLevel})`))
    .addHelpText("after", `\n${faultsHelp()}`)
    .addHelpText(
      "after",
      `\nThen: vyx serve --exchange-rest http://127.0.0.1:${DEFAULTS.port} --exchange-ws ws://127.0.0.1:${DEFAULTS.port}, and --exchange-speed X with --speed X`,
    )
    .action(async (flags: ExchangeFlags & { port?: string; logLevel?: string }) => {
      const log = createLog(named("log-level", () => logLevel(flags.logLevel ?? DEFAULTS.logLevel)));
      const port = named("port", () => wholeNumber(flags.port ?? DEFAULTS.port, 0, 65_535));
      const exchange = await startExchange(flags, "127.0.0.1", port, log);
      const { market, source, symbols } = exchange;
      console.log(
        JSON.stringify({
          listening: String(exchange.url),
          market,
          source,
          symbols: symbols.length,
          marketTime: exchange.now(),
        }),
      );
      await untilSignalled(() => exchange.stop(), log);
    });
}

function marketList(): string {
  return MARKET_IDS.map((id) => `${id} (${MARKET_NAMES[id]})`).join(", ");
}

function speed(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= MAX_SPEED)) {
    throw new InvalidInput(`"${text}" is not possible: expected a number above 0, up to ${MAX_SPEED}`);
  }
  return value;
}
