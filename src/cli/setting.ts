import { type PerMarket, perMarket, type ReadOfMarket } from "./per-market.ts";

/** One setting: how it is named, what it is without being set, and how its text is read. */
export interface Setting<T> {
  /** The flag without its dashes; the variable is VYX_ and the same in capitals. */
  readonly flag: string;
  /** What `--help` shows behind the flag; empty for a switch, which takes nothing. */
  readonly value: string;
  readonly fallback: string;
  /** A sentence, with the unit. */
  readonly says: string;
  /** Never printed. */
  readonly secret: boolean;
  /** Whether the flag may be given several times, each for another market. */
  readonly repeats?: true;
  /** Throws InvalidInput that names what would be right. */
  read(text: string): T;
}

/** Makes a setting that isn't secret. */
export function setting<T>(
  flag: string,
  value: string,
  fallback: string,
  says: string,
  read: (text: string) => T,
): Setting<T> {
  return { flag, value, fallback, says, secret: false, read };
}

/** A setting that each market may have otherwise. */
export function byMarket<T>(
  flag: string,
  value: string,
  fallback: string,
  says: string,
  read: ReadOfMarket<T>,
): Setting<PerMarket<T>> {
  const more = "MARKET=VALUE for another market than the first one; may be repeated, or joined by ;";
  return { ...setting(flag, value, fallback, `${says}. ${more}`, (text) => perMarket(text, read)), repeats: true };
}

/** A setting's variable, for example VYX_EXCHANGE_REST. */
export function variableOf(flag: string): string {
  return `VYX_${flag.toUpperCase().replaceAll("-", "_")}`;
}
