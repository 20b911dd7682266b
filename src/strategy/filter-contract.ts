import type { Interval } from "../core/mod.ts";
import { usageOf } from "./calculator.ts";
import { INDICATORS } from "./indicators/all.ts";

/**
 * What a filter is, in the fewest words by which a language model writes a right one: Markdown, about 1,000 tokens. `served`: the
 * intervals that the server has, where they are known.
 */
export function filterContract(served?: readonly Interval[]): string {
  const which = served === undefined ? "one that the server has (tool markets)" : `one of ${served.join(", ")}`;
  const usages = INDICATORS.map((indicator) => {
    const { outputs } = indicator;
    return `- ${usageOf(indicator)}${outputs.length === 1 ? "" : ` gives an object of columns: ${outputs.join(", ")}`}`;
  });
  return `# Filters

A filter is the body of a JavaScript function. It runs for one symbol at the close of a candle, and returns true or false, or
{match: boolean, facts: object} with a few numbers or texts that say why.

const strength = rsi(candles("1h").close, 14);
return {match: strength.at(-1) < 30, facts: {rsi: strength.at(-1)}};

- candles(interval) has closed candles only, oldest first: columns openTime open high low close volume closeTime quoteVolume trades
  takerBuyVolume takerBuyQuoteVolume, a length, and row(i). A column has at(i), length and slice(from, to). at(-1) is the last value.
- A column isn't a number: compare close.at(-1), not close. An interval must be ${which}.
- A filter sees the newest 250 candles of each interval, or more where an indicator needs more.
- ticker has price open high low volume quoteVolume priceChange priceChangePercent of the last 24 hours. symbol and closeTime are there too.
- crossOver(a, b) and crossUnder(a, b) give columns of 1 and 0.
- No network, files, clock or chance. What takes too long is stopped. A comparison with NaN is false.
- Don't claim that a filter is profitable because it matched. Check it first: is it valid, where did it match, what did a backtest say.

# Indicators

A column is one of candles, such as candles("1h").close, or the result of another indicator. Behind = is the default.

${usages.join("\n")}
`;
}
