/** The functions, by the names that they are reached under: `/functions/v1/{name}`. */
export const FUNCTIONS = [
  "get-klines",
  "execute-trader",
  "trigger-executions",
  "traders",
  "signals",
  "destinations",
  "price-alerts",
] as const;

/** One of {@link FUNCTIONS}. */
export type FunctionName = (typeof FUNCTIONS)[number];
