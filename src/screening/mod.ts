export { answerTasks, type ThreadSandbox } from "./answer-tasks.ts";
export { SCREENING_BOUNDS } from "./bounds.ts";
export { backupSocket, READ_ORDER, type RowSlice, rowsFrom } from "./host/row-stream.ts";
export { TradersHost } from "./host/traders-host.ts";
export type { ScreenTask } from "./messages.ts";
export { Quarantine } from "./quarantine.ts";
export { REQUEST_PLACES, REQUEST_WAIT_MS, Screens, TRADER_PLACES } from "./screens.ts";
export { ThreadScreener } from "./thread-screener.ts";
