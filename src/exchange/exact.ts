import { assert, type Kline } from "../core/mod.ts";

const DECIMALS = 8;

/** Amounts are exact in units of 1e-8: so many are one. */
export const UNITS_IN_ONE = 1e8;

/** Below this, a double tells amounts of 8 decimals apart, and is as exact as their text. */
export const DOUBLE_BELOW: number = 2 ** 26;

/** The columns of a kline that are amounts. */
const AMOUNTS = ["volume", "quoteVolume", "takerBuyVolume", "takerBuyQuoteVolume"] as const;

/** One of {@link AMOUNTS}. */
export type Amount = (typeof AMOUNTS)[number];

/** Amounts in units of 1e-8, of those that a double can't tell to 8 decimals. */
export type Exact = Partial<Readonly<Record<Amount, bigint>>>;

/** What doubles don't tell of a kline's amounts. Beside the klines, so that a changed copy of one doesn't inherit it. */
const EXACT: WeakMap<Kline, Exact> = new WeakMap();

/** An amount of a kline, which must be known, in units of 1e-8: the noted one, otherwise the shortest decimal text of its double. */
export function unitsOf(kline: Kline, amount: Amount): bigint {
  const noted = EXACT.get(kline)?.[amount];
  if (noted !== undefined) return noted;
  const figure = kline[amount];
  const units = unitsOfText(figure < DOUBLE_BELOW ? figure.toFixed(DECIMALS) : String(figure));
  assert(units !== undefined, "an amount is plain decimals: sums with an unknown one are made without units");
  return units;
}

/** What was noted of a kline's large amounts, if anything was. */
export function exactOf(kline: Kline): Exact | undefined {
  return EXACT.get(kline);
}

/** Notes what doubles don't tell of a kline's amounts, and gives the kline back. */
export function noteExact(kline: Kline, exact: Exact | undefined): Kline {
  if (exact !== undefined) EXACT.set(kline, exact);
  return kline;
}

/** The large amounts of a kline, each as `units` gives it; undefined where a double is as exact for all of them. */
export function largeAmounts(kline: Kline, units: (amount: Amount) => bigint | undefined): Exact | undefined {
  const large = AMOUNTS.filter((amount) => kline[amount] >= DOUBLE_BELOW);
  if (large.length === 0) return undefined;
  return Object.fromEntries(
    large.flatMap((amount) => {
      const told = units(amount);
      return told === undefined ? [] : [[amount, told]];
    }),
  );
}

/** An amount's text in units of 1e-8; undefined unless it is plain decimals, of which the first 8 count. */
export function unitsOfText(text: string): bigint | undefined {
  const [, whole, fraction = ""] = /^(\d+)(?:\.(\d{0,8})\d*)?$/.exec(text) ?? [];
  return whole === undefined ? undefined : BigInt(whole + fraction.padEnd(DECIMALS, "0"));
}

/** The double nearest to so many units of 1e-8, as reading the exchange's text would give it. */
export function amountOf(units: bigint): number {
  if (units <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(units) / UNITS_IN_ONE;
  const one = BigInt(UNITS_IN_ONE);
  return Number(`${units / one}.${String(units % one).padStart(DECIMALS, "0")}`);
}
