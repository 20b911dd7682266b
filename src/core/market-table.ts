import { InvalidInput } from "./errors.ts";
import type { OptionalColumn } from "./kline.ts";
import { didYouMean } from "./nearest.ts";

/** What the whole project knows of a market. Its adapter says the rest (`src/feeds/exchange.ts`). */
interface MarketEntry {
  /** In words. */
  readonly name: string;
  /** In a word or two, where a table has no room for more. */
  readonly shortName: string;
  /** The exchange's name. Upper case in symbols (`BYBIT:BTCUSDT`), lower case as the source of real prices (`bybit`). */
  readonly exchange: string;
  /** What symbols end with after the exchange's own name for them: `.P` for perpetuals. One market of an exchange has none. */
  readonly suffix: "" | ".P";
  /** The names that symbols of this market keep without the suffix. */
  readonly keepsName?: RegExp;
  /** The columns of a kline that the market doesn't send. They are NaN in memory and null on the wire. */
  readonly unknown: ReadonlySet<OptionalColumn>;
  /**
   * Whether a candle that a halt cut short closes with its last trading minute, and not with its interval. Left out where it doesn't:
   * Bybit's rows have no close time at all.
   */
  readonly closesEarly?: boolean;
}

/** The longest part of a text that is no market which a message repeats, in characters. */
const SHOWN_CHARACTERS = 40;

/** Bybit's klines have volume and turnover, in streams and in history (v5: `public/kline`, `market/kline`; read 2026-11). */
const UNKNOWN_AT_BYBIT: ReadonlySet<OptionalColumn> = new Set(["trades", "takerBuyVolume", "takerBuyQuoteVolume"]);

const NONE: ReadonlySet<OptionalColumn> = new Set();

/** All markets, in the order in which they are listed: one entry each, and nothing outside this file in `src/core` or `web` names one. */
const TABLE = {
  binance: {
    name: "Binance spot",
    shortName: "Binance",
    exchange: "Binance",
    suffix: "",
    unknown: NONE as ReadonlySet<OptionalColumn>,
    closesEarly: true,
  },
  "binance-usdm": {
    name: "Binance USDⓈ-M perpetuals",
    shortName: "Binance perp",
    exchange: "Binance",
    suffix: ".P",
    // Contracts that end on a day: BTCUSDT_260327.
    keepsName: /_\d{6}$/ as RegExp,
    unknown: NONE as ReadonlySet<OptionalColumn>,
    closesEarly: true,
  },
  bybit: {
    name: "Bybit spot",
    shortName: "Bybit",
    exchange: "Bybit",
    suffix: "",
    unknown: UNKNOWN_AT_BYBIT as ReadonlySet<OptionalColumn>,
  },
  "bybit-linear": {
    name: "Bybit linear perpetuals",
    shortName: "Bybit perp",
    exchange: "Bybit",
    suffix: ".P",
    unknown: UNKNOWN_AT_BYBIT as ReadonlySet<OptionalColumn>,
  },
} as const;

/** A market, by the name that settings, metrics and the database use. */
export type MarketId = keyof typeof TABLE;

/** What is known of each market. */
export const MARKET_TABLE: Readonly<Record<MarketId, MarketEntry>> = TABLE;

/** What each market is called, in words. */
export const MARKET_NAMES: Readonly<Record<MarketId, string>> = Object.fromEntries(
  Object.entries(TABLE).map(([id, { name }]) => [id, name]),
) as Record<MarketId, string>;

/**
 * The market that is meant where none is named: symbols of it are written without an exchange, and traders, checkpoints and servers from
 * before there were other markets are of it.
 */
export const BARE_MARKET: MarketId = "binance";

/** All markets, in the table's order. */
export const MARKET_IDS: readonly MarketId[] = Object.keys(TABLE) as MarketId[];

/** Whether the text names a market. */
export function isMarketId(text: string): text is MarketId {
  return Object.hasOwn(TABLE, text);
}

/** Reads the name of a market. Throws {@link InvalidInput} that says which there are. */
export function parseMarket(text: string): MarketId {
  if (isMarketId(text)) return text;
  const shown = text.slice(0, SHOWN_CHARACTERS);
  throw new InvalidInput(
    `"${shown}" is not a market:${didYouMean(shown, MARKET_IDS)} expected one of ${MARKET_IDS.join(", ")}`,
  );
}

/** The exchanges of all markets, as sources of real prices: `bybit`. */
export type ExchangeSource = Lowercase<(typeof TABLE)[MarketId]["exchange"]>;

/** Each of them once, in the table's order. */
export const EXCHANGE_SOURCES: readonly ExchangeSource[] = [...new Set(MARKET_IDS.map(exchangeSourceOf))];

/** The source of a market's prices where they are real. */
export function exchangeSourceOf(market: MarketId): ExchangeSource {
  return MARKET_TABLE[market].exchange.toLowerCase() as ExchangeSource;
}

/** The name of an exchange that is the source of prices: Bybit for `bybit`; undefined for any other source. */
export function exchangeNameOf(source: string): string | undefined {
  return MARKET_IDS.map((market) => MARKET_TABLE[market].exchange).find((name) => name.toLowerCase() === source);
}
