import { type Interval, VyxError } from "../core/mod.ts";
import type { CodePlace } from "./filter.ts";

/** The filter asked for what there isn't; the message says what would be right. Engines add the filter's own line. */
export class FilterMistake extends VyxError {
  readonly code = "filter_mistake";
  readonly retryable = false;
}

/** The code can't be a filter at all. The message begins with line and column, where there is a place. */
export class FilterCodeFault extends VyxError {
  readonly code = "filter_code";
  readonly retryable = false;
  /** What is wrong, without its place. */
  readonly what: string;
  readonly place: CodePlace | undefined;

  constructor(what: string, place?: CodePlace | undefined, options?: ErrorOptions) {
    super(place === undefined ? what : `line ${place.line}, column ${place.column}: ${what}`, options);
    this.what = what;
    this.place = place;
  }
}

/** An indicator has no value yet, because too few klines have closed. Not the filter's fault: its symbol is skipped. */
export class KlinesWanted extends VyxError {
  readonly code = "klines_wanted";
  readonly retryable = true;
  readonly interval: Interval;
  readonly wanted: number;

  constructor(what: string, interval: Interval, wanted: number, has: number) {
    super(`${what} wants ${wanted} closed klines of ${interval}, there are ${has}`);
    this.interval = interval;
    this.wanted = wanted;
  }
}
