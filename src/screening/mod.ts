export { answerTasks, type ThreadSandbox } from "./answer-tasks.ts";
export { FilterQuarantined, ScreensBusy, TooManyScreens } from "./errors.ts";
export type { ScreenReply, ScreenTask } from "./messages.ts";
export { MAX_QUARANTINED, Quarantine } from "./quarantine.ts";
export { MAX_TASK_MS, SLICE_MS } from "./screen-thread.ts";
export {
  MAX_KEPT_PREVIEW_BYTES,
  REQUEST_PLACES,
  type ScreenCaller,
  Screens,
  type ScreensFigures,
  TRADER_PLACES,
} from "./screens.ts";
