import { readFileSync } from "node:fs";
import { didYouMean, InvalidInput, reasonOf } from "../core/mod.ts";
import { PARTS_END } from "./per-market.ts";

/** Values by flag, as texts. */
export type FileValues = ReadonlyMap<string, string>;

/**
 * Reads a file of settings, TOML or, where its name ends with .json, JSON. Its keys are the flags without their dashes; a list is a value
 * whose parts are joined by commas, and a table gives values by market. `flags`: those that are known. Throws InvalidInput that names the
 * file and what would be right.
 * @example
 * markets = ["binance", "bybit"]
 * port = 8080
 *
 * [symbols]
 * binance = "top:50"
 * bybit = ["BTCUSDT", "ETHUSDT"]
 */
export function readConfigFile(path: string, flags: readonly string[]): FileValues {
  const values = new Map<string, string>();
  for (const [flag, value] of Object.entries(parsed(path))) {
    if (!flags.includes(flag)) {
      throw new InvalidInput(
        `${path}: there is no setting ${flag}:${didYouMean(flag, flags)} expected the names of flags, such as port or data-dir`,
      );
    }
    values.set(flag, isTable(value) ? byMarket(path, flag, value) : textOf(path, flag, value));
  }
  return values;
}

function parsed(path: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    const text = readFileSync(path, "utf8");
    value = path.endsWith(".json") ? JSON.parse(text) : Bun.TOML.parse(text);
  } catch (cause) {
    throw new InvalidInput(
      `${path} can't be read: ${reasonOf(cause)}; expected settings in TOML, or in JSON if it ends with .json`,
      {
        cause,
      },
    );
  }
  if (isTable(value)) return value;
  throw new InvalidInput(`${path} holds no settings: expected an object such as {"port": 8080}`);
}

function byMarket(path: string, flag: string, table: Readonly<Record<string, unknown>>): string {
  return Object.entries(table)
    .map(([market, value]) => `${market}=${textOf(path, `${flag}.${market}`, value)}`)
    .join(PARTS_END);
}

function textOf(path: string, name: string, value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean" || Number.isFinite(value)) return String(value);
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value.join(",");
  throw new InvalidInput(`${path}: ${name}: expected a text, a number, true, false, or a list of texts`);
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
