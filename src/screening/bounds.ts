import { type Bound, MAX_OVERTAKING } from "../core/mod.ts";
import {
  MACHINE_MEMORY_BYTES,
  MAX_KEPT_FILTER_BYTES,
  MAX_PROBES,
  MAX_STEPS,
  MAX_STUDY_STEPS,
  SYMBOL_MS,
  SYMBOL_THREAD_MS,
} from "../sandbox/mod.ts";
import {
  MAX_CALLS_IN_VALUE,
  MAX_CODE_LENGTH,
  MAX_PREVIEW_BYTES,
  MAX_STOPPED_SYMBOLS,
  PREVIEW_MS,
  SCREEN_MS,
} from "../strategy/mod.ts";
import { MAX_THREAD_BACKTESTS } from "./backtest-jobs.ts";
import { BACKTEST_SLICE_MS, MAX_WAITING_EVENTS } from "./backtest-run.ts";
import { BACKTEST_PLACES, MAX_BACKTEST_CLOSES, MAX_BACKTEST_SYMBOL_CLOSES } from "./backtests.ts";
import { MAX_QUARANTINED } from "./quarantine.ts";
import { HEAVY_SLICE_MS, LIGHT_UP_TO_MS, MAX_TASK_MS, PREVIEW_SLICE_MS, SCREEN_SLICE_MS } from "./screen-thread.ts";
import {
  MAX_KEPT_PREVIEW_BYTES,
  MAX_KNOWN_FILTERS,
  PREVIEW_WITHIN_MS,
  REQUEST_PLACES,
  REQUEST_WAIT_MS,
  TRADER_PLACES,
} from "./screens.ts";

/** The bounds of filters and of the threads that run them; what a filter's code may hold is in docs/filters.md. */
export const SCREENING_BOUNDS: readonly Bound[] = [
  { what: "code of a filter", bound: `${MAX_CODE_LENGTH} characters`, whenFull: "400" },
  {
    what: "work of reading a filter's code",
    bound: `${MAX_STUDY_STEPS} steps of 1 to 3 ns; ${MAX_CALLS_IN_VALUE} calls of indicators in one value`,
    whenFull: "400",
  },
  {
    what: "work of a compiled filter for one symbol",
    bound: `${MAX_STEPS} operations`,
    whenFull: "QuickJS runs that symbol instead",
  },
  {
    what: "time of a filter for one symbol",
    bound: `${SYMBOL_MS} ms, and ${SYMBOL_THREAD_MS} ms of the thread's own time`,
    whenFull: `that symbol is an error; after ${MAX_STOPPED_SYMBOLS} the others aren't tried`,
    metric: "vyx_screen_seconds_total",
  },
  {
    what: "memory of QuickJS for one symbol",
    bound: megabytes(MACHINE_MEMORY_BYTES),
    whenFull: "as with time",
  },
  {
    what: "time of a screen, and of a preview",
    bound: `${SCREEN_MS / 1_000} s and ${PREVIEW_MS / 1_000} s of their thread`,
    whenFull: "the answer says what it didn't get to",
    metric: "vyx_screen_seconds_total",
  },
  {
    what: "a thread's work in one go",
    bound: `${PREVIEW_SLICE_MS} ms of a preview, ${SCREEN_SLICE_MS} ms of a screen; ${HEAVY_SLICE_MS} ms of the screen of a caller that has kept it busy for ${LIGHT_UP_TO_MS} ms`,
    whenFull: "the rest goes back into the queue",
    metric: "vyx_screens_waiting",
  },
  {
    what: "a filter that doesn't stop at its own bounds",
    bound: `${MAX_TASK_MS / 1_000} s`,
    whenFull: "its thread is ended and its code is refused; nobody else loses anything",
    metric: "vyx_screen_threads_ended_total",
  },
  {
    what: "codes that are refused for that",
    bound: String(MAX_QUARANTINED),
    whenFull: "the oldest may run again",
    metric: "vyx_quarantined_filters",
  },
  {
    what: "traders' filters that are known to have run; new ones have their first turn after these",
    bound: String(MAX_KNOWN_FILTERS),
    whenFull: "the oldest counts as new when it comes again",
  },
  {
    what: "screens, previews, explanations and checks of one caller, waiting or running",
    bound: String(REQUEST_PLACES.perCaller),
    whenFull: "429 with Retry-After",
    metric: 'vyx_screens_refused_total{why="caller"}',
  },
  {
    what: "screens, previews, explanations and checks of all callers",
    bound: String(REQUEST_PLACES.total),
    whenFull: "503 with Retry-After",
    metric: 'vyx_screens_refused_total{why="total"}',
  },
  {
    what: "wait of a screen, preview, explanation or check for its first turn",
    bound: `${REQUEST_WAIT_MS / 1_000} s`,
    whenFull: "503 with Retry-After",
    metric: 'vyx_screens_refused_total{why="wait"}',
  },
  {
    what: "a preview, with the turns of others between its slices",
    bound: `${PREVIEW_WITHIN_MS / 1_000} s`,
    whenFull: "it ends as when its time is over",
  },
  {
    what: "runs of one owner's traders, and of all traders, that wait for their thread",
    bound: `${TRADER_PLACES.perCaller} and ${TRADER_PLACES.total}`,
    whenFull: "they are tried again, and no attempt is counted",
    metric: "vyx_screen_places",
  },
  {
    what: "short screens that go before a long one",
    bound: String(MAX_OVERTAKING),
    whenFull: "the long one has its turn",
    metric: "vyx_screen_wait_seconds",
  },
  {
    what: "matches of a preview",
    bound: megabytes(MAX_PREVIEW_BYTES),
    whenFull: "it ends as when its time is over",
    metric: "vyx_preview_bytes",
  },
  {
    what: "matches of all previews under way",
    bound: megabytes(MAX_KEPT_PREVIEW_BYTES),
    whenFull: "the one that adds to them ends as when its time is over",
    metric: "vyx_preview_bytes",
  },
  {
    what: "values of a filter that an explanation watches",
    bound: String(MAX_PROBES),
    whenFull: "its conditions are left out, and its notes say so",
  },
  {
    what: "backtests of one caller, and of all callers",
    bound: `${BACKTEST_PLACES.perCaller} and ${BACKTEST_PLACES.total}`,
    whenFull: "429 or 503 with Retry-After",
  },
  {
    what: "closes of a backtest, and symbols × closes",
    bound: `${MAX_BACKTEST_CLOSES} and ${MAX_BACKTEST_SYMBOL_CLOSES}`,
    whenFull: "400",
  },
  {
    what: "a backtest thread's work in one go",
    bound: `${BACKTEST_SLICE_MS} ms, at the lowest priority of all threads`,
    whenFull: "callers take turns",
  },
  {
    what: "steps of a backtest that wait to be read, of each of its threads",
    bound: `${MAX_WAITING_EVENTS}, with up to 128 kB of signals each`,
    whenFull: "the thread waits for the reader",
  },
  {
    what: "backtests that a thread keeps",
    bound: String(MAX_THREAD_BACKTESTS),
    whenFull: "the oldest is dropped",
  },
  {
    what: "filters that a thread keeps compiled",
    bound: megabytes(MAX_KEPT_FILTER_BYTES),
    whenFull: "the one that wasn't used for longest is dropped, and compiled again when it comes back",
    metric: "vyx_kept_filter_bytes",
  },
];

function megabytes(bytes: number): string {
  return `${bytes / 1024 / 1024} MB`;
}
