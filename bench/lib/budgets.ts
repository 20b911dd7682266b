/** What one figure of a benchmark must be. */
export interface Budget {
  /** The benchmark that measures it: a file of this folder, and a section of RESULTS.md. */
  readonly bench: string;
  readonly is: "at least" | "at most";
  readonly limit: number;
  readonly unit: string;
}

/** All budgets, by what is measured, in the order of the table that opens RESULTS.md. */
export const BUDGETS = {
  "one hot series of 500 klines, its open kline moving": atLeast("hot-read", 1.2, "× nginx"),
  "series drawn at random, 100 klines": atLeast("random-read", 0.7, "× nginx"),
  "p99 of 100 klines at half of the highest rate": atMost("p99", 2, "ms"),
  "cost of access control, limits, log and metrics": atMost("doors", 15, "% of the bare route"),
  "whole market as JSON, second answer": atMost("batch", 15, "ms"),
  "whole market as gzip or brotli, the slower second answer": atMost("batch", 15, "ms"),
  "event loop held by a whole-market answer": atMost("batch", 10, "ms"),
  "whole market as Arrow, 500 klines, second answer": atMost("batch", 60, "ms"),
  "whole market as Arrow against the same klines as JSON": atMost("batch", 1, "× JSON"),
  "ingest, nobody listening": atLeast("ingest", 0.45, "× JSON.parse"),
  "ingest, frames a second": atLeast("ingest", 500_000, "frames/s"),
  "ingest, garbage beyond the parser's own": atMost("ingest", 0, "bytes a frame"),
  "ingest, one listener on kline:*:1m": atLeast("ingest", 0.35, "× JSON.parse"),
  "fan-out to 1,000 clients, single frames": atLeast("fan-out", 1_000_000, "messages/s"),
  "fan-out at 500,000 messages/s, frame to last client, p99": atMost("fan-out", 10, "ms"),
  "bytes to a reader of 500 × kline:*:1m, compact": atMost("packed", 25, "% of JSON"),
  "20,000 price alerts, 500 symbols moving twice a second": atMost("alerts", 5, "% of a core"),
  "event loop held by a state that price alerts are judged at": atMost("alerts", 10, "ms"),
  "one filter over 500 symbols × 2 intervals": atMost("screen", 10, "ms"),
  "a backtest of 200 symbols × 90 days × 5m": atMost("backtest", 60, "s"),
  "memory of a server with such a backtest": atMost("backtest", 500, "MB"),
  "reads beside a backtest, p99": atMost("backtest", 10, "ms"),
  "screens beside a backtest, p99": atMost("backtest", 250, "ms"),
  "last close to last signal, 100 traders, p99": atMost("close-to-signal", 400, "ms"),
  "execute-trader under Deno, first after a close, p95": atMost("function-runs", 200, "ms"),
  "memory of execute-trader under Deno": atMost("function-runs", 256, "MB"),
  "memory, 500 symbols, all series read": atMost("memory", 350, "MB"),
  "memory, 50 symbols, all series read": atMost("memory", 160, "MB"),
  "memory, two markets of 300 symbols": atMost("markets", 500, "MB"),
  "warm restart, first answer": atMost("warm-restart", 400, "ms"),
  "warm restart, all series whole, worst round": atMost("warm-restart", 1_000, "ms"),
  "event loop with everything at once, lag p99": atMost("loop", 10, "ms"),
  "event loop with everything at once, worst lag": atMost("loop", 50, "ms"),
  "ingest of all symbols grows with their number to the power": atMost("growth", 1.1, ""),
  "memory above an empty server grows with symbols to the power": atMost("growth", 1.1, ""),
  "reads a second change with symbols to the power": atLeast("growth", -0.1, ""),
  "first page, interactive": atMost("page", 600, "ms"),
  "frames over 50 ms in 100 s, 500 rows updating": atMost("page", 1, "frames"),
  "frames a second, four charts dragged": atLeast("charts", 50, "frames/s"),
  "p99 while 5,000 connections never finish a request": atMost("slow-loris", 2, "× before"),
} as const satisfies Readonly<Record<string, Budget>>;

/** What is measured, as the table says it. */
export type Row = keyof typeof BUDGETS;

/** One figure that a benchmark found. */
export interface Figure {
  readonly row: Row;
  readonly figure: number;
  /** What the rival of the same run had; empty where there is none. */
  readonly rival: string;
}

/** The budget in words: "≥ 1.2 × nginx". */
export function budgetInWords(row: Row): string {
  const { is, limit, unit } = BUDGETS[row];
  return `${is === "at least" ? "≥" : "≤"} ${shown(limit)} ${unit}`.trim();
}

/** The figure in words, to three digits. */
export function figureInWords({ row, figure }: Figure): string {
  return `${shown(figure)} ${BUDGETS[row].unit}`.trim();
}

/** "yes" or "no". The figure counts as it is shown. */
export function verdictOf({ row, figure }: Figure): "yes" | "no" {
  const { is, limit } = BUDGETS[row];
  const rounded = Number(shown(figure));
  return (is === "at least" ? rounded >= limit : rounded <= limit) ? "yes" : "no";
}

function shown(figure: number): string {
  return String(Math.abs(figure) >= 1_000 ? Math.round(figure) : Number(figure.toPrecision(3)));
}

function atLeast(bench: string, limit: number, unit: string): Budget {
  return { bench, is: "at least", limit, unit };
}

function atMost(bench: string, limit: number, unit: string): Budget {
  return { bench, is: "at most", limit, unit };
}
