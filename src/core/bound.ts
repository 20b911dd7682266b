/** A bound that is built in, what happens past it, and the metric that shows how near it is or how often it was met. */
export interface Bound {
  readonly what: string;
  /** The value with its unit. */
  readonly bound: string;
  readonly whenFull: string;
  /** A name in the table of metrics, perhaps with labels; undefined where the refusal alone is counted, in `vyx_requests_total`. */
  readonly metric?: string;
}
