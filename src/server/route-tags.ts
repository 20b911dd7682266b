/** The groups of routes, in the order in which the contract's pages show them, each with what its paths begin with. */
const TAGS: readonly (readonly [tag: string, prefixes: readonly string[]])[] = [
  ["Market data", ["/klines", "/tickers", "/ticker", "/symbols", "/closes", "/coverage"]],
  ["Filters", ["/screen", "/preview", "/explain", "/misses"]],
  ["Backtests", ["/backtest", "/outcomes", "/performance"]],
  ["Traders", ["/functions/v1/traders"]],
  ["Signals", ["/functions/v1/signals"]],
  ["Price alerts", ["/functions/v1/price-alerts"]],
  ["Destinations", ["/functions/v1/destinations", "/mail"]],
  ["Runs of traders", ["/functions/v1/execute-trader", "/functions/v1/trigger-executions", "/functions/v1/get-klines"]],
  ["Streams", ["/ws", "/tickets"]],
  ["Agents", ["/mcp", "/llms.txt"]],
  ["Server", ["/health", "/ready", "/live", "/serving", "/page-settings", "/log-level", "/openapi.json"]],
  ["Metrics", ["/metrics", "/figures"]],
  ["Copies of the data", ["/history", "/checkpoint", "/import"]],
  ["In Binance's shape", ["/binance"]],
  ["In TradingView's shape", ["/udf"]],
  ["In Upstash's shape", ["/upstash"]],
];

/** The group of routes whose paths no group names yet. */
export const OTHER_TAG = "Other";

/** The names of all groups. */
export const TAG_NAMES: readonly string[] = [...TAGS.map(([tag]) => tag), OTHER_TAG];

/** The group of a route. */
export function tagOf(path: string): string {
  const begins = (prefix: string): boolean => path === prefix || path.startsWith(`${prefix}/`);
  return TAGS.find(([, prefixes]) => prefixes.some(begins))?.[0] ?? OTHER_TAG;
}
