import { InvalidInput, type MarketId, parseSymbol, type Symbol, symbolAt } from "../../src/core/mod.ts";
import { WORKED_FILTERS, type WorkedFilter } from "../../src/strategy/mod.ts";
import type { Trader } from "../../src/wire/mod.ts";

/** The editable properties of a trader. */
export type TraderDraft = Pick<
  Trader,
  "name" | "description" | "code" | "timeframes" | "triggerInterval" | "market" | "symbols" | "cooldownCandles"
>;

const EMPTY_CODE = `const {close} = candles("1m");
return close.at(-1) > sma(close, 20).at(-1);
`;

/** A draft to begin with: a worked filter's, or one that is as short as can be. */
export function newDraft(template: string | undefined, market: MarketId): TraderDraft {
  const worked = WORKED_FILTERS.find(({ title }) => title === template);
  const rest = { description: "", market, symbols: null, cooldownCandles: 0 };
  if (worked === undefined) {
    return { ...rest, name: "", code: EMPTY_CODE, timeframes: ["1m"], triggerInterval: "1m" };
  }
  return { ...rest, name: worked.title, ...filterOf(worked) };
}

/** The properties that a template sets in a draft. */
export function filterOf({
  code,
  timeframes,
}: WorkedFilter): Pick<TraderDraft, "code" | "timeframes" | "triggerInterval"> {
  return { code, timeframes, triggerInterval: timeframes[0] };
}

/** A stored trader, to be edited. */
export function draftOf(trader: Trader): TraderDraft {
  const { name, description, code, timeframes, triggerInterval, market, symbols, cooldownCandles } = trader;
  return { name, description, code, timeframes, triggerInterval, market, symbols, cooldownCandles };
}

/** Whether saving one would change nothing of the other. */
export function sameDraft(a: TraderDraft, b: TraderDraft): boolean {
  return JSON.stringify(draftText(a)) === JSON.stringify(draftText(b));
}

function draftText({
  name,
  description,
  code,
  timeframes,
  triggerInterval,
  market,
  symbols,
  cooldownCandles,
}: TraderDraft): unknown {
  return [name, description, code, timeframes, triggerInterval, market, symbols, cooldownCandles];
}

/**
 * Symbols as they are typed: between commas or spaces, whole or as the market's exchange names them; nothing typed means all. Throws
 * InvalidInput that names the wrong one.
 */
export function parseSymbols(text: string, market: MarketId): readonly Symbol[] | null {
  const names = text.split(/[\s,;]+/).filter((name) => name !== "");
  if (names.length === 0) return null;
  const meant = (name: string): Symbol =>
    (name.includes(":") ? undefined : symbolAt(market, name.toUpperCase())) ?? parseSymbol(name);
  return [...new Set(names.map(meant))];
}

/** The first error in a draft, in words; undefined if it can be saved. */
export function draftFault({ name, timeframes, cooldownCandles }: TraderDraft): string | undefined {
  if (name.trim() === "") return "Enter a name for the trader.";
  if (timeframes.length === 0) return "Choose at least one interval for the filter.";
  if (!Number.isInteger(cooldownCandles) || cooldownCandles < 0 || cooldownCandles > 1_000) {
    return "The cooldown must be a whole number of candles from 0 to 1,000.";
  }
  return undefined;
}

/** Why a text of symbols can't be read; undefined when it can. */
export function symbolsFault(text: string, market: MarketId): string | undefined {
  try {
    parseSymbols(text, market);
    return undefined;
  } catch (cause) {
    if (cause instanceof InvalidInput) return cause.message;
    throw cause;
  }
}
