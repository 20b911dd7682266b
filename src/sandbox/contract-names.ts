import { KLINE_COLUMNS } from "../core/mod.ts";
import { HELPERS, INDICATORS } from "../strategy/mod.ts";

/** Functions of the contract, by name. */
export const CONTRACT_FUNCTIONS: ReadonlySet<string> = new Set([
  "candles",
  ...INDICATORS.map(({ name }) => name),
  ...HELPERS.map(({ name }) => name),
]);

/** Values of the contract, by name. */
export const CONTRACT_VALUES: ReadonlySet<string> = new Set(["symbol", "closeTime", "ticker", "timeframes"]);

/** Constants of the language that compiled filters may name. */
export const CONSTANTS: ReadonlySet<string> = new Set(["undefined", "NaN", "Infinity"]);

/** Functions of Math whose results the standard fixes to the last bit, so that both engines agree on any machine. */
export const EXACT_MATH: ReadonlySet<string> = new Set([
  "abs",
  "ceil",
  "floor",
  "max",
  "min",
  "round",
  "sign",
  "sqrt",
  "trunc",
]);

/** Properties that compiled filters may read: the contract's. */
export const PROPERTIES: ReadonlySet<string> = new Set([
  ...KLINE_COLUMNS,
  ..."closed length symbol price priceChange priceChangePercent updatedAt".split(" "),
  ...INDICATORS.flatMap(({ outputs }) => outputs),
]);

/** Whether a filter may call a field of its own so: no name that any value is born with, nothing with an underscore in front. */
export function isOwnName(name: string): boolean {
  if (!/^[a-zA-Z][a-zA-Z0-9_]{0,63}$/.test(name)) return false;
  if (name === "row" || name === "toJSON") return false;
  return ![Object.prototype, Array.prototype, String.prototype, Number.prototype, Function.prototype].some(
    (born) => name in born,
  );
}
