import { VyxError } from "../core/mod.ts";
import type { BacktestLine, BacktestRequest } from "../wire/mod.ts";

/** Who runs the backtests of `vyx backtest`: a server, or this process. */
export interface BacktestSource {
  /** Progress, signals, and at the end the result. Throws where there won't be one. */
  lines(request: BacktestRequest): AsyncIterable<BacktestLine>;
  /** The signals as an Arrow IPC stream. Rejects where they aren't all there. */
  arrow(request: BacktestRequest): Promise<Uint8Array>;
  stop(): void;
}

/** A backtest that was refused, or couldn't be finished. */
export class BacktestFailed extends VyxError {
  readonly code = "backtest_failed";
  readonly retryable = false;
}
