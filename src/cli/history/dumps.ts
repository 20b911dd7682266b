import { type Command, Option } from "commander";
import { countOf, InvalidInput, parseMoment } from "../../core/mod.ts";
import { writeDumps } from "../../exchange/mod.ts";
import { symbols } from "../exchange-symbols.ts";
import { named } from "../flag-error.ts";
import { wholeNumber } from "../setting-values.ts";

interface DumpsFlags {
  readonly out: string;
  readonly as: string;
  readonly symbols: string;
  readonly from: string;
  readonly to: string;
  readonly seed: string;
  readonly faults: string;
}

/** `vyx exchange dumps`: the simulated market as the exchange's public dumps. */
export function dumpsCommand(exchange: Command): void {
  exchange
    .command("dumps")
    .description(
      "Write a mirror of public dumps of the simulated market: zips of 1m klines with checksum files, as data.binance.vision has them.\n" +
        "Some of them have faults, by seed, which planted.json lists; the folder reissued has files as they are published again.",
    )
    .addOption(new Option("--out <DIR>", "folder that is written to").makeOptionMandatory())
    .addOption(new Option("--as <MARKET>", "binance or binance-usdm").default("binance"))
    .addOption(new Option("--symbols <LIST>", "BTCUSDT,ETHUSDT, or how many").default("3"))
    .addOption(new Option("--from <DATE>", "first day, UTC, for example 2024-01-01").makeOptionMandatory())
    .addOption(new Option("--to <DATE>", "the day after the last one").makeOptionMandatory())
    .addOption(new Option("--seed <N>", "seed of the market and of the faults").default("1"))
    .addOption(new Option("--faults <SHARE>", "share of the monthly dumps that get a fault, 0 to 1").default("0.1"))
    .action((flags: DumpsFlags) => {
      const { files, klines, planted } = writeDumps({
        out: flags.out,
        as: named("as", () => marketOf(flags.as)),
        symbols: named("symbols", () => symbols(flags.symbols)),
        from: named("from", () => parseMoment(flags.from)),
        to: named("to", () => parseMoment(flags.to)),
        seed: named("seed", () => wholeNumber(flags.seed, 0, 2 ** 32 - 1)),
        faultShare: named("faults", () => share(flags.faults)),
      });
      console.log(
        `${flags.out}: ${countOf(files, "dump")} of ${countOf(klines, "kline")}, and ${countOf(planted.length, "fault")} in planted.json`,
      );
    });
}

function marketOf(text: string): "binance" | "binance-usdm" {
  if (text === "binance" || text === "binance-usdm") return text;
  throw new InvalidInput(`"${text}" has no dumps: expected binance or binance-usdm`);
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 1) return value;
  throw new InvalidInput(`"${text}" is not a share: expected a number from 0 to 1`);
}
