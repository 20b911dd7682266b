import type { PlannedBacktest } from "../strategy/mod.ts";
import { NDJSON_TYPE } from "../wire/mod.ts";
import { ARROW_TYPE, wantsArrow } from "./arrow.ts";
import { BacktestBatches, BacktestLines } from "./backtest-pieces.ts";
import type { PieceSource } from "./piece-source.ts";
import { RequestProblem } from "./problem.ts";
import { screenProblem } from "./screen-problem.ts";

/** What a backtest is answered with. */
export interface BacktestAnswer {
  readonly contentType: string;
  readonly body: PieceSource;
}

/** The answer in the form that the `Accept` header asks for: the signals as Arrow, or everything as JSON lines. */
export function backtestAnswer(
  planned: PlannedBacktest,
  accept: string | null,
  horizons: readonly number[],
): BacktestAnswer {
  return wantsArrow(accept)
    ? { contentType: ARROW_TYPE, body: new BacktestBatches(planned, horizons) }
    : { contentType: NDJSON_TYPE, body: new BacktestLines(planned, problemOf) };
}

/** What the last line says of a failure; undefined for a fault of ours, which the log tells. */
function problemOf(cause: unknown): { code: string; detail: string } | undefined {
  const problem = screenProblem(cause);
  return problem instanceof RequestProblem ? { code: problem.code, detail: problem.message } : undefined;
}
