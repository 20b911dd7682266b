/** The program of the screening threads. The single binary holds it under another name: see deploy/compile.ts. */
export const SCREENING_PROGRAM: string = new URL("./screening-worker.ts", import.meta.url).href;

/** The same for backtests: of the threads that run filters, the one that others go before. */
export const BACKTEST_PROGRAM: string = new URL("./backtest-worker.ts", import.meta.url).href;
