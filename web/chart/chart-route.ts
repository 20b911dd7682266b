import { type Interval, isInterval } from "../../src/core/mod.ts";
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
  return isInterval(interval) ? { symbol: symbol.toUpperCase(), interval } : undefined;
}

/** What is wrong with a chart's address, in words; undefined where it is right, or chooses nothing. */
export function chartFault(route: Route): string | undefined {
  const { screen, parts } = route;
  const [, interval, ...rest] = parts;
  if (screen !== "chart" || interval === undefined || chartChoiceOf(route) !== undefined) return undefined;
  if (rest.length > 0) return `There is no chart ${parts.join("/").slice(0, 60)}.`;
  return `"${interval.slice(0, 20)}" is not an interval.`;
}

/** The open time of the candle that an address points at, if it does. */
export function candleOf({ query: { at } }: Route): number | undefined {
  return at !== undefined && /^\d{1,16}$/.test(at) ? Number(at) : undefined;
}

/** The address of a symbol's chart, at the candle that opens `at` if there is one. */
export function chartHash({ symbol, interval }: ChartChoice, at?: number): string {
  return routeHash("chart", [symbol, interval], at === undefined ? {} : { at: String(at) });
}

/** Whether both choose the same chart. */
export function sameChart(a: ChartChoice, b: ChartChoice): boolean {
  return a.symbol === b.symbol && a.interval === b.interval;
}
