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
