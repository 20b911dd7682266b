import type { Command } from "commander";
import { parseSelection, type SymbolSelection } from "../feeds/mod.ts";
import { SETTINGS } from "./config.ts";
import { seedTraders } from "./demo-traders.ts";
import { addMarketFlags, type ExchangeFlags, startExchange } from "./exchange.ts";
import { createLog } from "./log.ts";
import { optionOf } from "./options.ts";
import { PerMarket } from "./per-market.ts";
import { readSettings } from "./read-settings.ts";
import { startVyx } from "./serve.ts";
import { variableOf } from "./setting.ts";
import { idleSettings } from "./setting-notes.ts";
import type { SettingName } from "./settings.ts";
import { untilSignalled } from "./signals.ts";

/** The server's settings that the demo takes too. */
const SERVER_FLAGS: readonly SettingName[] = [
  "port",
  "host",
  "intervals",
  "capacity",
  "dataDir",
  "checkpointEvery",
  "databaseUrl",
  "webhookNetworks",
  "telegramUrl",
  "smtpUrl",
  "smtpFrom",
  "publicUrl",
  "corsOrigins",
  "logLevel",
  "keysFile",
  "insecureNoAuth",
];

/** The demo's own defaults: it stores nothing. */
const DEMO_FALLBACKS: Readonly<Partial<Record<SettingName, string>>> = { dataDir: "none" };

/** Settings that the demo fixes. It ignores a variable for one of them, and says so. */
const BROUGHT: readonly SettingName[] = [
  "markets",
  "exchangeRest",
  "exchangeWs",
  "exchangeSpeed",
  "replay",
  "replaySpeed",
];

type DemoFlags = ExchangeFlags & Readonly<Partial<Record<SettingName, string>>>;

/** `vyx demo`: the stand-in and the server in one process, joined over loopback as they would be over the network. */
export function demoCommand(program: Command): void {
  const command = program
    .command("demo")
    .description(
      "Run a stand-in exchange and the server in one process, with the page on http://127.0.0.1:8080.\n" +
        "The market is simulated, or recorded with --data. The page, /health and the log say so.",
    );
  for (const name of SERVER_FLAGS) {
    command.addOption(optionOf(name, DEMO_FALLBACKS[name]));
  }
  addMarketFlags(command, "all recorded symbols, or 50 simulated ones").action(async (flags: DemoFlags) => {
    const { symbols: _, ...serverFlags } = flags;
    const inForce = readSettings(serverFlags, process.env, DEMO_FALLBACKS);
    const { settings: base, texts } = inForce;
    const log = createLog(base.logLevel);
    for (const name of BROUGHT.filter((one) => texts[one].origin === "variable")) {
      log.warn(`${variableOf(SETTINGS[name].flag)} is ignored: the demo has its own exchange; \`vyx serve\` does`);
    }
    for (const sentence of idleSettings({ texts, settings: { ...base, replay: undefined } }, BROUGHT))
      log.warn(sentence);
    const exchange = await startExchange(flags, "127.0.0.1", 0, log);
    const url = String(exchange.url).replace(/\/$/, "");
    const text = (value: string): string => value;
    const settings = {
      ...base,
      exchangeRest: new PerMarket<string | undefined>(text, url),
      exchangeWs: new PerMarket<string | undefined>(text, url.replace(/^http/, "ws")),
      exchangeSpeed: Number(flags.speed ?? 1),
      replay: undefined,
      role: undefined,
      upstream: undefined,
      upstreamKey: undefined,
      nats: undefined,
      markets: ["binance"] as const,
      // All that the market has, unless VYX_SYMBOLS chooses from it.
      symbols:
        texts.symbols.origin === "variable"
          ? base.symbols
          : new PerMarket<SymbolSelection>((text) => parseSelection(text), exchange.symbols.join(",")),
    };
    const market = `the demo of ${flags.data ?? `seed ${flags.seed ?? 1}`}`;
    const vyx = await startVyx(settings, log, market);
    console.log(JSON.stringify({ listening: vyx.url, exchange: url, source: exchange.source }));
    log.info(`open ${vyx.url} in a browser; the market is ${exchange.source}`);
    const chosen = settings.symbols.of("binance", "binance");
    const shown = chosen?.kind === "list" ? chosen.symbols[0] : exchange.symbols[0];
    log.info(`or try: curl '${vyx.url}/klines/${shown}/1m?limit=3'`);
    vyx.traders
      .traders()
      .then(seedTraders)
      .then(
        () => log.info(`three traders run every minute: curl ${vyx.url}/functions/v1/signals`),
        (cause: Error) => log.warn(`no traders: ${cause.message}`),
      );
    const stop = async (): Promise<void> => {
      await vyx.stop();
      await exchange.stop();
    };
    await untilSignalled(stop, log, vyx.failed, settings.drain);
  });
}
