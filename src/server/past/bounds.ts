/** Klines of a JSON answer that reaches beyond memory, at most: about 2.5 MB. */
export const MAX_PAGE_KLINES = 10_000;

/** Klines of an Arrow stream, at most: more than the minutes of a leap year. */
export const MAX_STREAM_KLINES = 600_000;

/** Minutes of the past that one answer reads to roll longer candles up; past it, the answer ends and links to the rest. */
export const MAX_PAST_MINUTES = 600_000;

/** Questions to the exchange that one answer may cause; past it, the answer ends and links to the rest. */
export const MAX_EXCHANGE_QUESTIONS = 4;

/** Answers beyond memory that are put together at once: about 4 MB each. The others wait, callers in turn. */
export const MAX_ANSWERS_AT_ONCE = 16;

/** Minutes that are rolled up, or klines that are copied or encoded, in one job of the event loop: about a millisecond. */
export const ROWS_PER_JOB = 1_000;
