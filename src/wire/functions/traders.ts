import * as v from "valibot";
import {
  BARE_MARKET,
  INTERVALS,
  type Interval,
  InvalidInput,
  MARKET_IDS,
  MARKET_NAMES,
  type MarketId,
  marketOf,
  type Symbol,
  type UnixMs,
} from "../../core/mod.ts";
import {
  type AnswerSchema,
  count,
  interval as intervalSchema,
  momentSchema,
  symbol as symbolSchema,
} from "../answer-schemas.ts";
import { MAX_COOLDOWN_CANDLES } from "../cooldown.ts";
import { listOf } from "../foreign.ts";
import {
  cursorText,
  flagText,
  interval,
  limitText,
  market,
  name,
  read,
  storedText,
  symbols,
  textsOf,
  traderId,
  triggerInterval,
  type URLSearchParamsLike,
} from "./members.ts";

/** The longest filter, in characters. */
const MAX_CODE_CHARACTERS = 32_768;

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
  /** The market that it watches: it runs at that market's closes. */
  readonly market: MarketId;
  /** Of its market; null for all of them that the server follows. */
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

/** A trader as it is listed and read. */
export interface ListedTrader extends Trader {
  /** Why it can never run as it is, in words: an interval that isn't served, symbols that aren't followed; null if it can. */
  readonly problem: string | null;
  /** Its last run at a close of its trigger interval, null before the first. */
  readonly lastExecution: Execution | null;
  /** How many signals it stored; null where the functions are older and don't count. */
  readonly signals: SignalCounts | null;
}

/** How many signals a trader stored, those included that were deleted since. */
export interface SignalCounts {
  /** Since 00:00 UTC by the database's clock. */
  readonly today: number;
  /** As all versions that are kept of it. */
  readonly total: number;
}

/** What a new trader is made of. */
export interface NewTrader
  extends Pick<
    Trader,
    "name" | "description" | "enabled" | "code" | "timeframes" | "triggerInterval" | "symbols" | "cooldownCandles"
  > {
  /** The market of its symbols, if it names any, or else the server's first one, unless given. */
  readonly market?: MarketId | undefined;
}

/** A new trader as it is asked for: what its code shows may be left out. */
export interface AskedTrader extends Omit<NewTrader, "timeframes"> {
  readonly timeframes?: readonly Interval[] | undefined;
}

/** What changes of a trader. */
export type TraderChange = Partial<NewTrader>;

/** Which traders are asked for, newest first. */
export interface TradersQuery {
  readonly enabled: boolean | undefined;
  readonly cursor: string | undefined;
  readonly limit: number;
}

/** `GET traders`. `cursor` asks for what follows, null at the end. */
export interface TradersAnswer {
  readonly count: number;
  readonly traders: readonly ListedTrader[];
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
    /** Behind the last character of the mistake, when that is known. */
    readonly endLine?: number | undefined;
    readonly endColumn?: number | undefined;
  }[];
  /** How it would be run, and why so. */
  readonly engine: string | null;
  /** The intervals that it reads, the shortest first; null where its code doesn't show them. */
  readonly timeframes: readonly Interval[] | null;
  /** In sentences: its indicators for which too few klines are kept. */
  readonly notes: readonly string[];
}

const enabled = v.pipe(v.boolean(), v.description("whether it runs at each close"));

const newTrader = v.strictObject({
  name: v.pipe(name(200), v.description("what you call it: 1 to 200 characters")),
  description: v.optional(
    v.pipe(
      storedText,
      v.maxLength(4_000, "expected at most 4000 characters"),
      v.description("a note of your own; the filter doesn't see it"),
    ),
    "",
  ),
  enabled: v.optional(enabled, false),
  code: v.pipe(
    storedText,
    v.minLength(1, "expected the body of a function that returns a boolean"),
    v.maxLength(MAX_CODE_CHARACTERS, `expected at most ${MAX_CODE_CHARACTERS} characters`),
    v.description("the filter: the body of a function that returns true for a match; docs/filters.md describes it"),
  ),
  timeframes: v.optional(
    v.pipe(
      listOf(
        interval,
        INTERVALS.length,
        `expected at most ${INTERVALS.length} intervals`,
        'expected a list of intervals such as ["1m","1h"]',
      ),
      v.minLength(1, "expected at least one interval"),
      v.transform((list) => [...new Set(list)]),
      v.description("the intervals that the filter reads; those that its code names unless given"),
    ),
  ),
  triggerInterval: v.pipe(triggerInterval, v.description("it runs at each close of this interval")),
  market: v.optional(
    v.pipe(
      market,
      v.description("the market that it watches; unless given, that of its symbols or the server's first one"),
    ),
  ),
  symbols: v.optional(
    v.pipe(
      v.nullable(symbols),
      v.description("the symbols that it watches, of one market; null for all of its market"),
    ),
    null,
  ),
  cooldownCandles: v.optional(
    v.pipe(
      v.number(),
      v.integer("expected a whole number of candles"),
      v.minValue(0, "expected 0 or more candles"),
      v.maxValue(MAX_COOLDOWN_CANDLES, `expected at most ${MAX_COOLDOWN_CANDLES} candles`),
      v.description("candles after a signal within which further matches of the same symbol give no signal"),
    ),
    0,
  ),
});

const change = v.strictObject({
  name: v.optional(newTrader.entries.name),
  description: v.optional(newTrader.entries.description.wrapped),
  enabled: v.optional(enabled),
  code: v.optional(newTrader.entries.code),
  timeframes: newTrader.entries.timeframes,
  triggerInterval: v.optional(newTrader.entries.triggerInterval),
  market: newTrader.entries.market,
  symbols: v.optional(newTrader.entries.symbols.wrapped),
  cooldownCandles: v.optional(newTrader.entries.cooldownCandles.wrapped),
});

const enabling = v.strictObject({ enabled });

const validation = v.strictObject({
  code: newTrader.entries.code,
  timeframes: newTrader.entries.timeframes,
  symbols: newTrader.entries.symbols,
});

/** The bodies of calls for traders, as the contract shows them. */
export const TRADER_BODIES: Readonly<Record<"create" | "change" | "enable" | "validate", v.GenericSchema>> = {
  create: newTrader,
  change,
  enable: enabling,
  validate: validation,
};

/** Reads a new trader. Throws {@link InvalidInput} that names the member. */
export function readNewTrader(value: unknown): AskedTrader {
  return withMarket(read(newTrader, value));
}

/** Reads what changes of a trader. Symbols of another market move the trader there. Throws {@link InvalidInput}. */
export function readTraderChange(value: unknown): TraderChange {
  const read_ = withMarket(read(change, value));
  return Object.fromEntries(Object.entries(read_).filter(([, given]) => given !== undefined)) as TraderChange;
}

/** The same with the market of its symbols. Throws {@link InvalidInput} where they aren't all of one market, the given one. */
function withMarket<Asked extends { market?: MarketId | undefined; symbols?: readonly Symbol[] | null | undefined }>(
  asked: Asked,
): Asked {
  const [first, ...others] = asked.symbols ?? [];
  if (first === undefined) return asked;
  const { market: given = marketOf(first) } = asked;
  checkMarket(given, [first]);
  const other = others.find((symbol) => marketOf(symbol) !== given);
  if (other === undefined) return { ...asked, market: given };
  throw new InvalidInput(
    `symbols: ${first} is of ${MARKET_NAMES[given]}, ${other} of ${MARKET_NAMES[marketOf(other)]}: a trader watches one market`,
  );
}

/** Throws {@link InvalidInput} where one of the symbols is of another market. */
export function checkMarket(market: MarketId, symbols: readonly Symbol[]): void {
  const other = symbols.find((symbol) => marketOf(symbol) !== market);
  if (other === undefined) return;
  throw new InvalidInput(
    `symbols: ${other} is of ${MARKET_NAMES[marketOf(other)]}, and the trader's market is ${market} (${MARKET_NAMES[market]})`,
  );
}

/** Reads `{enabled}`. Throws {@link InvalidInput}. */
export function readEnabled(value: unknown): boolean {
  return read(enabling, value).enabled;
}

/** Reads a filter to be validated. Throws {@link InvalidInput}. */
export function readValidation(value: unknown): Pick<AskedTrader, "code" | "timeframes" | "symbols"> {
  return read(validation, value);
}

/** Reads the query of `GET traders`. Throws {@link InvalidInput}. */
export function readTradersQuery(query: URLSearchParamsLike): TradersQuery {
  const {
    enabled,
    cursor,
    limit: rows,
  } = read(
    v.strictObject({
      enabled: flagText,
      cursor: cursorText(/^\d{1,17}:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      limit: limitText,
    }),
    textsOf(query),
  );
  return { enabled, cursor, limit: rows };
}

/** Reads a trader's id out of a path. Throws {@link InvalidInput}. */
export function readTraderId(text: string): string {
  return read(traderId, text);
}

const trader = {
  id: v.string(),
  owner: v.string(),
  name: v.string(),
  description: v.string(),
  enabled: v.boolean(),
  code: v.string(),
  timeframes: v.array(intervalSchema),
  triggerInterval: intervalSchema,
  // Functions that are older than the reader know Binance spot alone.
  market: v.optional(v.picklist(MARKET_IDS), BARE_MARKET),
  symbols: v.nullable(v.array(symbolSchema)),
  cooldownCandles: count,
  version: count,
  createdAt: momentSchema,
  updatedAt: momentSchema,
};

/** What a call that makes or changes a trader answers. */
export const traderSchema: AnswerSchema<Trader> = v.object(trader);

/** The members of a run that ended. */
export const executionEntries: { readonly [Name in keyof Execution]: AnswerSchema<Execution[Name]> } = {
  interval: intervalSchema,
  closeTime: momentSchema,
  status: v.picklist(["done", "failed"]),
  symbolsChecked: count,
  matches: count,
  signals: count,
  skipped: count,
  errors: count,
  error: v.nullable(v.string()),
  finishedAt: momentSchema,
};

const execution: AnswerSchema<Execution> = v.object(executionEntries);

/** `GET traders/{id}`. */
export const listedTraderSchema: AnswerSchema<ListedTrader> = v.object({
  ...trader,
  // Functions that are older than the reader give none of these.
  problem: v.pipe(
    v.optional(v.nullable(v.string()), null),
    v.description("why it can never run as it is, in words; null if it can"),
  ),
  lastExecution: v.optional(v.nullable(execution), null),
  signals: v.pipe(
    v.optional(v.nullable(v.object({ today: count, total: count })), null),
    v.description("that it stored since 00:00 UTC, and in all"),
  ),
});

/** `GET traders`. */
export const tradersSchema: AnswerSchema<TradersAnswer> = v.object({
  count,
  traders: v.array(listedTraderSchema),
  cursor: v.nullable(v.string()),
});

/** `POST traders/validate`. */
export const validateSchema: AnswerSchema<ValidateAnswer> = v.object({
  valid: v.boolean(),
  errors: v.array(
    v.object({
      message: v.string(),
      line: v.optional(count),
      column: v.optional(count),
      endLine: v.optional(count),
      endColumn: v.optional(count),
    }),
  ),
  engine: v.nullable(v.string()),
  // Functions that are older than the reader don't tell these.
  timeframes: v.optional(v.nullable(v.array(intervalSchema)), null),
  notes: v.optional(v.array(v.string()), []),
});

/** What a call that deletes a trader answers: 204 without a body. */
export const nothingSchema: AnswerSchema<null> = v.null();
