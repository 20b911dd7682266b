import * as v from "valibot";
import {
  INTERVALS,
  type Interval,
  InvalidInput,
  isSymbolText,
  type Kline,
  parseSymbol,
  type Symbol,
  type Ticker,
  type UnixMs,
} from "../core/mod.ts";
import { issueText } from "./issue-text.ts";
import { momentInputSchema } from "./moment.ts";

/** The functions, by the names that they are reached under: `/functions/v1/{name}`. */
export const FUNCTIONS = ["get-klines", "execute-trader", "trigger-executions", "traders", "signals"] as const;

/** One of {@link FUNCTIONS}. */
export type FunctionName = (typeof FUNCTIONS)[number];

/** The intervals that get-klines knows. */
const TIMEFRAMES = ["1m", "3m", "5m", "15m", "30m", "1h", "4h", "1d"] as const;

/** The most klines that get-klines gives, and what it gives unasked. */
const MAX_KLINES = 500;
const DEFAULT_KLINES = 100;

/** The longest filter, in characters. */
const MAX_CODE_CHARACTERS = 32_768;

/** The most symbols that a trader or a request may name. */
const MAX_SYMBOLS = 2_000;

/** The longest cooldown, in candles. */
const MAX_COOLDOWN_CANDLES = 1_000;

/** The most rows that a list holds, and what it holds unasked. */
const MAX_ROWS = 500;
const DEFAULT_ROWS = 50;

/** A user's filter with a schedule. Times of rows are local times of the database. */
export interface Trader {
  readonly id: string;
  readonly owner: string;
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly code: string;
  /** The intervals that the filter reads. */
  readonly timeframes: readonly Interval[];
  /** It runs at each close of this interval. */
  readonly triggerInterval: Interval;
  /** Null for all that the server follows. */
  readonly symbols: readonly Symbol[] | null;
  /** After a signal of a symbol, matches within so many candles of the trigger interval aren't signals. */
  readonly cooldownCandles: number;
  /** Moves with everything that decides what matches. */
  readonly version: number;
  readonly createdAt: UnixMs;
  readonly updatedAt: UnixMs;
}

/** A run of a trader that ended. */
export interface Execution {
  readonly interval: Interval;
  readonly closeTime: UnixMs;
  readonly status: "done" | "failed";
  readonly symbolsChecked: number;
  readonly matches: number;
  /** How many of the matches became signals; those within a cooldown don't. */
  readonly signals: number;
  readonly skipped: number;
  /** Symbols for which the filter failed. */
  readonly errors: number;
  /** In words, when there is something to say. */
  readonly error: string | null;
  /** Local time of the database. */
  readonly finishedAt: UnixMs;
}

/** A trader as it is listed and read: with its last run at a close of its trigger interval, null before the first. */
export interface ListedTrader extends Trader {
  readonly lastExecution: Execution | null;
}

/** A match that was stored. */
export interface Signal {
  readonly id: number;
  readonly traderId: string;
  readonly traderVersion: number;
  readonly symbol: Symbol;
  readonly interval: Interval;
  /** Of the candle whose close it was. */
  readonly closeTime: UnixMs;
  /** The close of that candle. */
  readonly price: number;
  /** What the filter said of it. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly createdAt: UnixMs;
}

/** Where an answer was read. */
export interface ReadFrom {
  /** `vyx`: a server's memory. Other sources have other names. */
  readonly source: string;
  /** Whether another source should have answered, and couldn't. */
  readonly fallback: boolean;
  /** Why it couldn't. */
  readonly reason?: string;
}

/** Read from a server of ours, as was meant. */
export const OF_VYX: ReadFrom = { source: "vyx", fallback: false };

/** What get-klines answers. `cached`: from memory, as everything here. `latency` in milliseconds. */
export interface GetKlinesAnswer {
  readonly klines: readonly Kline[];
  readonly ticker: Ticker | null;
  readonly symbol: string;
  readonly timeframe: Interval;
  readonly count: number;
  readonly cached: boolean;
  readonly latency: number;
  readonly readFrom: ReadFrom;
}

/** What execute-trader answers. `signals`: how many of the matches this run stored. */
export interface ExecuteTraderAnswer {
  readonly traderId: string;
  readonly interval: Interval;
  readonly closeTime: UnixMs;
  readonly matches: readonly string[];
  readonly signals: number;
  readonly symbolsChecked: number;
  readonly skipped: readonly { readonly symbol: string; readonly reason: string }[];
  readonly errors: readonly { readonly symbol: string; readonly message: string }[];
  readonly executedAt: UnixMs;
  readonly executionTimeMs: number;
  /** Which market that is: binance, recorded or simulated; a source that can't know gives its own name. */
  readonly source: string;
  readonly readFrom: ReadFrom;
}

/** What `GET trigger-executions` answers: when closes that nobody told were last looked for; nulls when they never were. */
export interface LookAnswer {
  readonly lookedAt: UnixMs | null;
  readonly ageMs: number | null;
}

/** What trigger-executions answers: what it ran, which isn't what another run of the same close did before it. */
export interface TriggerExecutionsAnswer {
  readonly timestamp: UnixMs;
  readonly trigger: TriggerRequest["trigger"];
  readonly symbolsChecked: number;
  readonly candlesClosed: readonly {
    readonly interval: Interval;
    readonly closeTime: UnixMs;
    readonly symbols: readonly string[];
  }[];
  readonly executions: readonly {
    readonly traderId: string;
    readonly interval: Interval;
    readonly closeTime: UnixMs;
    readonly status: "done" | "failed" | "queued";
    readonly matches: readonly string[];
    /** Left out where nothing was read. */
    readonly readFrom?: ReadFrom;
  }[];
}

/** `GET traders`. `cursor` asks for what follows, null at the end. */
export interface TradersAnswer {
  readonly count: number;
  readonly traders: readonly ListedTrader[];
  readonly cursor: string | null;
}

/** `GET signals`, newest first. */
export interface SignalsAnswer {
  readonly count: number;
  readonly signals: readonly Signal[];
  readonly cursor: string | null;
}

/** `POST traders/validate`. */
export interface ValidateAnswer {
  readonly valid: boolean;
  /** Where in the filter, counted from 1, when that is known. */
  readonly errors: readonly {
    readonly message: string;
    readonly line?: number | undefined;
    readonly column?: number | undefined;
  }[];
  /** How it would be run, and why so. */
  readonly engine: string | null;
}

/** What a new trader is made of. */
export interface NewTrader {
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly code: string;
  readonly timeframes: readonly Interval[];
  readonly triggerInterval: Interval;
  readonly symbols: readonly Symbol[] | null;
  readonly cooldownCandles: number;
}

/** What changes of a trader. */
export type TraderChange = Partial<NewTrader>;

/** A request of get-klines. */
export interface KlinesRequest {
  readonly symbol: Symbol;
  readonly timeframe: Interval;
  readonly limit: number;
}

/** A request of execute-trader. */
export interface ExecuteRequest {
  readonly traderId: string;
  readonly symbols: readonly Symbol[] | undefined;
  readonly interval: Interval | undefined;
  readonly closeTime: UnixMs | undefined;
}

/** A request of trigger-executions. */
export interface TriggerRequest {
  readonly trigger: "close" | "cron" | "manual";
  readonly interval: Interval | undefined;
  readonly closeTime: UnixMs | undefined;
}

/** Which signals are asked for, newest first. */
export interface SignalsQuery {
  readonly traderId: string | undefined;
  readonly symbol: Symbol | undefined;
  readonly interval: Interval | undefined;
  /** Close times, both included. */
  readonly from: UnixMs | undefined;
  readonly to: UnixMs | undefined;
  readonly cursor: string | undefined;
  readonly limit: number;
}

/** Which traders are asked for, newest first. */
export interface TradersQuery {
  readonly enabled: boolean | undefined;
  readonly cursor: string | undefined;
  readonly limit: number;
}

const interval = v.picklist(INTERVALS, `expected one of ${INTERVALS.join(", ")} (1m is a minute, 1M a month)`);
const triggerInterval = v.pipe(interval, v.notValue("1s", "expected 1m or longer: traders aren't run every second"));
const symbol = v.pipe(
  v.string(),
  v.check(isSymbolText, "expected a symbol such as BTCUSDT"),
  v.transform((text) => parseSymbol(text)),
);
const symbols = v.pipe(
  v.array(symbol),
  v.minLength(1, "expected at least one symbol, or null for all"),
  v.maxLength(MAX_SYMBOLS, `expected at most ${MAX_SYMBOLS} symbols`),
  v.transform((list) => [...new Set(list)]),
);
const traderId = v.pipe(v.string(), v.uuid("expected a trader's id, a UUID"));

const newTrader = v.strictObject({
  name: v.pipe(
    v.string(),
    v.trim(),
    v.minLength(1, "expected 1 to 200 characters"),
    v.maxLength(200, "expected 1 to 200 characters"),
  ),
  description: v.optional(v.pipe(v.string(), v.maxLength(4_000, "expected at most 4000 characters")), ""),
  enabled: v.optional(v.boolean(), false),
  code: v.pipe(
    v.string(),
    v.minLength(1, "expected the body of a function that returns a boolean"),
    v.maxLength(MAX_CODE_CHARACTERS, `expected at most ${MAX_CODE_CHARACTERS} characters`),
  ),
  timeframes: v.pipe(
    v.array(interval),
    v.minLength(1, "expected at least one interval"),
    v.transform((list) => [...new Set(list)]),
  ),
  triggerInterval,
  symbols: v.optional(v.nullable(symbols), null),
  cooldownCandles: v.optional(
    v.pipe(
      v.number(),
      v.integer("expected a whole number of candles"),
      v.minValue(0, "expected 0 or more candles"),
      v.maxValue(MAX_COOLDOWN_CANDLES, `expected at most ${MAX_COOLDOWN_CANDLES} candles`),
    ),
    0,
  ),
});

const change = v.strictObject({
  name: v.optional(newTrader.entries.name),
  description: v.optional(newTrader.entries.description.wrapped),
  enabled: v.optional(v.boolean()),
  code: v.optional(newTrader.entries.code),
  timeframes: v.optional(newTrader.entries.timeframes),
  triggerInterval: v.optional(triggerInterval),
  symbols: v.optional(v.nullable(symbols)),
  cooldownCandles: v.optional(newTrader.entries.cooldownCandles.wrapped),
});

const limit = (fallback: number, most: number) =>
  v.optional(
    v.pipe(
      v.number(`expected a whole number from 1 to ${most}`),
      v.integer(`expected a whole number from 1 to ${most}`),
      v.minValue(1, `expected a whole number from 1 to ${most}`),
      v.maxValue(most, `expected a whole number from 1 to ${most}`),
    ),
    fallback,
  );

/** Query texts: numbers and booleans come as text there. */
const numberText = v.pipe(v.string(), v.regex(/^\d{1,16}$/, "expected a whole number"), v.transform(Number));
const momentText = v.optional(momentInputSchema);
const limitText = v.optional(v.pipe(numberText, limit(DEFAULT_ROWS, MAX_ROWS).wrapped), String(DEFAULT_ROWS));
const cursorText = (form: RegExp) => v.optional(v.pipe(v.string(), v.regex(form, "expected a cursor from an answer")));
const flagText = v.optional(
  v.pipe(
    v.picklist(["true", "false"], "expected true or false"),
    v.transform((text) => text === "true"),
  ),
);

/** Reads a new trader. Throws {@link InvalidInput} that names the member. */
export function readNewTrader(value: unknown): NewTrader {
  return read(newTrader, value);
}

/** Reads what changes of a trader. Throws {@link InvalidInput}. */
export function readTraderChange(value: unknown): TraderChange {
  const read_ = read(change, value);
  return Object.fromEntries(Object.entries(read_).filter(([, given]) => given !== undefined)) as TraderChange;
}

/** Reads `{enabled}`. Throws {@link InvalidInput}. */
export function readEnabled(value: unknown): boolean {
  return read(v.strictObject({ enabled: v.boolean() }), value).enabled;
}

/** Reads a filter to be validated. Throws {@link InvalidInput}. */
export function readValidation(value: unknown): { readonly code: string; readonly timeframes: readonly Interval[] } {
  return read(v.strictObject({ code: newTrader.entries.code, timeframes: newTrader.entries.timeframes }), value);
}

/** Reads a request of get-klines. Throws {@link InvalidInput}. */
export function readKlinesRequest(value: unknown): KlinesRequest {
  const timeframe = v.picklist(TIMEFRAMES, `expected one of ${TIMEFRAMES.join(", ")}`);
  return read(v.object({ symbol, timeframe, limit: limit(DEFAULT_KLINES, MAX_KLINES) }), value);
}

/** Reads a request of execute-trader. Throws {@link InvalidInput}. */
export function readExecuteRequest(value: unknown): ExecuteRequest {
  const optional = {
    symbols: v.optional(symbols),
    interval: v.optional(interval),
    closeTime: v.optional(momentInputSchema),
  };
  const { symbols: named, interval: given, closeTime, traderId: id } = read(v.object({ traderId, ...optional }), value);
  return { traderId: id, symbols: named, interval: given, closeTime };
}

/** Reads a request of trigger-executions. Throws {@link InvalidInput}. */
export function readTriggerRequest(value: unknown): TriggerRequest {
  const trigger = v.picklist(["close", "cron", "manual"], "expected close, cron or manual");
  const schema = v.object({ trigger, interval: v.optional(interval), closeTime: v.optional(momentInputSchema) });
  const request = read(schema, value);
  if (request.closeTime !== undefined && request.interval === undefined) {
    throw new InvalidInput("interval is missing: a closeTime is that of an interval");
  }
  if (request.trigger === "close" && request.closeTime === undefined) {
    throw new InvalidInput("closeTime is missing: trigger close says which close, by interval and closeTime");
  }
  return { trigger: request.trigger, interval: request.interval, closeTime: request.closeTime };
}

/** Reads the query of `GET signals`. Throws {@link InvalidInput}. */
export function readSignalsQuery(query: URLSearchParamsLike): SignalsQuery {
  const schema = v.strictObject({
    traderId: v.optional(traderId),
    symbol: v.optional(symbol),
    interval: v.optional(interval),
    from: momentText,
    to: momentText,
    cursor: cursorText(/^\d{1,16}$/),
    limit: limitText,
  });
  const { traderId: id, symbol: one, interval: given, from, to, cursor, limit: rows } = read(schema, textsOf(query));
  return { traderId: id, symbol: one, interval: given, from, to, cursor, limit: rows };
}

/** Reads the query of `GET traders`. Throws {@link InvalidInput}. */
export function readTradersQuery(query: URLSearchParamsLike): TradersQuery {
  const {
    enabled,
    cursor,
    limit: rows,
  } = read(
    v.strictObject({ enabled: flagText, cursor: cursorText(/^\d{1,17}:[0-9a-f-]{36}$/), limit: limitText }),
    textsOf(query),
  );
  return { enabled, cursor, limit: rows };
}

/** Reads a trader's id out of a path. Throws {@link InvalidInput}. */
export function readTraderId(text: string): string {
  return read(traderId, text);
}

/** What we ask of URLSearchParams, which this room's types don't know. */
export interface URLSearchParamsLike {
  forEach(callback: (value: string, name: string) => void): void;
}

function textsOf(query: URLSearchParamsLike): Record<string, string> {
  const texts: Record<string, string> = {};
  query.forEach((value, name) => {
    texts[name] = value;
  });
  return texts;
}

function read<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T {
  if (typeof value === "object" && (value === null || Array.isArray(value))) {
    throw new InvalidInput("expected a JSON object");
  }
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const isNoObject = v.getDotPath(issue) === null && issue.kind === "schema" && issue.type !== "string";
  throw new InvalidInput(isNoObject ? "expected a JSON object" : issueText(issue));
}
