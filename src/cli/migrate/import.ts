import { type Command, Option } from "commander";
import { InvalidInput, MARKET_SOURCES, type MarketSource } from "../../core/mod.ts";
import { EXCHANGES } from "../../feeds/mod.ts";
import { type ImportReport, type ImportServerReport, importCheckpoint, importToServer } from "../../migrate/mod.ts";
import { type RedisCommands, readKeys } from "../../migrate/redis/mod.ts";
import { systemClock } from "../clock.ts";
import { SETTINGS } from "../config.ts";
import { named } from "../flag-error.ts";
import { optionOf } from "../options.ts";
import { wholeNumber } from "../setting-values.ts";
import { progressBar } from "./progress.ts";
import { addRedisFlags, addSelectionFlags, type SideFlags, selectionOf, withRedis } from "./sides.ts";
import { table } from "./table.ts";

const SOURCES: readonly MarketSource[] = MARKET_SOURCES;

/** Skipped members that are shown one by one; JSON holds more. */
const SHOWN = 20;

interface ImportFlags extends SideFlags {
  readonly dataDir?: string;
  readonly url?: string;
  readonly exchangeRest?: string;
  readonly limit: string;
  readonly source: string;
}

/** `vyx migrate import`: from Redis to a checkpoint that `vyx serve --data-dir` starts from. */
export function importCommand(migrate: Command): void {
  const command = migrate
    .command("import")
    .description(
      "Read the candles in Redis into a checkpoint, from which `vyx serve --data-dir` starts. It skips and lists members that\n" +
        "aren't candles. If interrupted, run it again to resume. The folder must be new.",
    );
  addSelectionFlags(addRedisFlags(command))
    .addOption(new Option("--data-dir <DIR>", "the server's future data folder").conflicts("url"))
    .addOption(new Option("--url <URL>", "a running server instead, with a key with the scope admin in VYX_API_KEY"))
    .addOption(optionOf("exchangeRest"))
    .addOption(new Option("--source <NAME>", `the source of the market: ${SOURCES.join(", ")}`).default("binance"))
    .addOption(new Option("--limit <N>", "candles of each series, the newest").default(SETTINGS.capacity.fallback))
    .action(async (flags: ImportFlags) => {
      const report = await withRedis(flags, (redis) => imported(redis, flags));
      if (report === undefined) return;
      if (flags.json === true) console.log(JSON.stringify(report, null, 2));
      else console.log("added" in report ? toldOfServer(report) : told(report));
    });
}

async function imported(
  redis: RedisCommands,
  flags: ImportFlags,
): Promise<ImportReport | ImportServerReport | undefined> {
  const { dataDir: folder, url } = flags;
  if (folder === undefined && url === undefined)
    throw new InvalidInput(
      "--data-dir is missing: expected a new folder, which the server will have, or --url of one that runs",
    );
  const source = SOURCES.find((name) => name === flags.source);
  if (source === undefined)
    throw new InvalidInput(`--source: "${flags.source}" is not a source: expected ${SOURCES.join(", ")}`);
  const limit = named("limit", () => wholeNumber(flags.limit, 1, 20_000));
  const rest = named(
    "exchange-rest",
    () =>
      SETTINGS.exchangeRest.read(flags.exchangeRest ?? SETTINGS.exchangeRest.fallback).of("binance", "binance") ??
      EXCHANGES.binance.rest.url,
  );
  const selection = selectionOf(flags);
  if (flags.dryRun === true) {
    const { klines } = await readKeys(redis);
    console.log(`would read up to ${limit} candles of each of ${klines.length} series in Redis into ${folder ?? url}`);
    return undefined;
  }
  const ending = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => ending.abort(new InvalidInput("stopped: run the same command again to resume")));
  }
  const onProgress = progressBar("reading");
  const common = { ...selection, limit, clock: systemClock, signal: ending.signal, onProgress };
  if (folder === undefined) {
    return await importToServer(redis, { ...common, url: String(url), apiKey: process.env.VYX_API_KEY || undefined });
  }
  return await importCheckpoint(redis, {
    ...common,
    folder,
    market: new URL(rest).host,
    source,
  });
}

function toldOfServer(report: ImportServerReport): string {
  const { series, added, sent, refused, skipped, wrongType, withoutTaker, notKept } = report;
  return [
    `${sent} closed candles of ${series} series were sent; ${added} of them were new to the server`,
    ...Object.entries(refused).map(([reason, count]) => `${count} of them were rejected by the server: ${reason}`),
    ...(withoutTaker === 0 ? [] : [`${withoutTaker} series have no taker volumes and weren't sent`]),
    ...(notKept === 0 ? [] : [`${notKept} ranges belong to series that the server doesn't have`]),
    ...(skipped === 0 ? [] : [`${skipped} members aren't candles and were skipped`]),
    ...toldOfTypes(wrongType),
  ].join("\n");
}

function told(report: ImportReport): string {
  const { series, resumed, symbols, klines, withoutTaker, withHoles, checkpointBytes } = report;
  const { skipped, skippedMembers, wrongType } = report;
  const shown = skippedMembers
    .slice(0, SHOWN)
    .map(({ symbol, interval, score, fault, detail }) => [symbol, interval, String(score), fault, detail]);
  return [
    `${klines} closed candles of ${series} series and ${symbols} symbols, ${checkpointBytes} bytes${resumed === 0 ? "" : `; ${resumed} series were read before`}`,
    ...(withoutTaker === 0
      ? []
      : [`${withoutTaker} series have no taker volumes: the server will ask the exchange for them`]),
    ...(withHoles === 0 ? [] : [`${withHoles} series have holes: the server will ask the exchange for them`]),
    ...(skipped === 0 ? [] : [`${skipped} members aren't candles and were skipped:`, table(shown)]),
    ...toldOfTypes(wrongType),
  ].join("\n");
}

/** Keys that couldn't be read, by name. */
function toldOfTypes(wrongType: ImportReport["wrongType"]): string[] {
  if (wrongType.length === 0) return [];
  const keys = wrongType.slice(0, SHOWN).map(({ symbol, interval }) => `klines:${symbol}:${interval}`);
  const more = wrongType.length > SHOWN ? ` and ${wrongType.length - SHOWN} more` : "";
  return [`${wrongType.length} keys aren't sorted sets and were skipped: ${keys.join(", ")}${more}`];
}
