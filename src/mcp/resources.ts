import { filterContract, WORKED_FILTERS } from "../strategy/mod.ts";

/** A text that an agent can read. */
export interface Resource {
  readonly uri: string;
  readonly name: string;
  readonly says: string;
  readonly text: string;
}

const GLOSSARY = `# Words

candle or kline: open, high, low, close and volume of an interval; openTime is its first millisecond, UTC.
closed: the exchange has called it final. An open candle still changes.
complete: no candle of the asked range is missing. settled: none of it is in doubt, nothing more will come for it.
baseline: what became of all closes of a backtest, beside the signals. edge: the difference, with how sure it is.
fact: a number or text that a filter returns to say why. distance: how far a condition was from its bound, left minus right side.
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
    text: filterContract(),
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
