import { VyxError } from "../core/mod.ts";
import { FilterCodeFault } from "../strategy/mod.ts";

/** All places are taken, or the thread is gone. Nothing that the filter did; the same screen may do later. */
export class ScreensBusy extends VyxError {
  readonly code = "screens_busy";
  readonly retryable = true;
}

/** The caller's own places are taken. */
export class TooManyScreens extends VyxError {
  readonly code = "too_many_screens";
  readonly retryable = true;
}

/** The code held up its thread before, and is not run again. */
export class FilterQuarantined extends FilterCodeFault {}
