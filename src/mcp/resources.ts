import { INDICATORS, WORKED_FILTERS } from "../strategy/mod.ts";

/** A text that an agent can read. */
export interface Resource {
  readonly uri: string;
  readonly name: string;
  readonly says: string;
  readonly text: string;
}

/** What a filter is, in the fewest words that an agent can write a right one by. */
const CONTRACT = `# Filters

A filter is the body of a JavaScript function. It runs for one symbol at the close of a candle, and returns true or false, or
{match: boolean, facts: object} with a few numbers or texts that say why.

const strength = rsi(candles("1h").close, 14);
return {match: strength.at(-1) < 30, facts: {rsi: strength.at(-1)}};

- candles(interval) has closed candles only, oldest first: columns openTime open high low close volume closeTime quoteVolume trades
  takerBuyVolume takerBuyQuoteVolume, a length, and row(i). A column has at(i), length and slice(from, to). at(-1) is the last value.
- A column isn't a number: compare close.at(-1), not close. An interval must be one that the server has (tool markets).
- ticker has price open high low volume quoteVolume priceChange priceChangePercent of the last 24 hours. symbol and closeTime are there too.
- crossOver(a, b) and crossUnder(a, b) give columns of 1 and 0.
- No network, files, clock or chance. What takes too long is stopped. A comparison with NaN is false.
- Don't claim that a filter is profitable because it matched. Check it with check_filter first.

Indicators: ${Object.values(INDICATORS)
  .map(({ name }) => name)
  .join(", ")}.
`;

const GLOSSARY = `# Words

candle or kline: open, high, low, close and volume of an interval; openTime is its first millisecond, UTC.
closed: the exchange has called it final. An open candle still changes.
complete: no candle of the asked range is missing. settled: none of it is in doubt, nothing more will come for it.
hole: a candle that the exchange itself doesn't have. Nothing is made up for it.
trader: a saved filter that runs at every close of its interval. signal: one match of a trader, stored once.
symbol: BTCUSDT is Binance spot, BINANCE:BTCUSDT.P a perpetual there, BYBIT:BTCUSDT Bybit spot.
source: binance, bybit and so on are real prices, recorded a recording, simulated made up.
`;

/** All texts. */
export const RESOURCES: readonly Resource[] = [
  {
    uri: "vyx://filter-contract",
    name: "Filter contract",
    says: "How filters are written, with all indicators",
    text: CONTRACT,
  },
  {
    uri: "vyx://worked-filters",
    name: "Worked filters",
    says: "Filters to begin with",
    text: WORKED_FILTERS.map(({ title, timeframes, code }) => `## ${title} (${timeframes.join(", ")})\n\n${code}`).join(
      "\n",
    ),
  },
  { uri: "vyx://glossary", name: "Glossary", says: "What the words in answers mean", text: GLOSSARY },
];
