import { type Interval, isInterval, isSymbolText } from "../../src/core/mod.ts";
import { type Route, routeHash } from "../shell/route.ts";

/** Which series a chart shows. */
export interface ChartChoice {
  readonly symbol: string;
  readonly interval: Interval;
}

/** The series that an address chooses; undefined when it isn't a chart's. The symbol's case doesn't matter, the interval's does. */
export function chartChoiceOf({ screen, parts }: Route): ChartChoice | undefined {
  const [symbol, interval, ...rest] = parts;
  if (screen !== "chart" || symbol === undefined || interval === undefined || rest.length > 0) return undefined;
  return choiceIn(symbol, interval);
}

/** The series of a symbol and an interval in an address; undefined when they can't be one. */
export function choiceIn(symbol: string, interval: string): ChartChoice | undefined {
  const named = symbolIn(symbol);
  return named !== undefined && isInterval(interval) ? { symbol: named, interval } : undefined;
}

/** The symbol that a text in an address names, in any case; undefined when it can't be one. */
export function symbolIn(text: string): string | undefined {
  const symbol = text.toUpperCase();
  return isSymbolText(symbol) ? symbol : undefined;
}

/** What is wrong with a chart's address, in words; undefined where it is right, or chooses nothing. */
export function chartFault(route: Route): string | undefined {
  const { screen, parts } = route;
  const [symbol, interval, ...rest] = parts;
  if (screen !== "chart" || symbol === undefined || chartChoiceOf(route) !== undefined) return undefined;
  if (rest.length > 0) return `There is no chart ${parts.join("/").slice(0, 60)}.`;
  if (symbolIn(symbol) === undefined) return `"${symbol.slice(0, 20)}" is not a symbol such as BTCUSDT.`;
  return interval === undefined ? undefined : `"${interval.slice(0, 20)}" is not an interval.`;
}

/** The address of a symbol's chart, at the candle that opens `at` if there is one. */
export function chartHash({ symbol, interval }: ChartChoice, at?: number): string {
  return routeHash("chart", [symbol, interval], at === undefined ? {} : { at: String(at) });
}

/** Whether both choose the same chart. */
export function sameChart(a: ChartChoice, b: ChartChoice): boolean {
  return a.symbol === b.symbol && a.interval === b.interval;
}
