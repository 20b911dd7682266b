import * as v from "valibot";
import {
  BARE_MARKET,
  INTERVALS,
  type Interval,
  isMarketId,
  MARKET_IDS,
  MARKET_SOURCES,
  SYMBOL_STATUSES,
  type Symbol,
  type SymbolInfo,
  type UnixMs,
} from "../core/mod.ts";
import type {
  ClosesAnswer,
  CoverageAnswer,
  HealthAnswer,
  HistoryFilesAnswer,
  KlinesAnswer,
  LiveAnswer,
  PageSettings,
  PreviewAnswer,
  ReadyAnswer,
  ScreenAnswer,
  SeriesAnswer,
  ServingAnswer,
  SymbolsAnswer,
  TickersAnswer,
  TicketAnswer,
} from "./answers.ts";
import type { ReadAnswer } from "./check.ts";
import { readForeign } from "./foreign.ts";
import { issueText } from "./issue-text.ts";
import type { WireKline, WireTicker } from "./kline.ts";
import type { Problem } from "./problem.ts";

/**
 * The answers as schemas, for whoever reads them: fields that aren't in one are let through unread, so that a newer server
 * doesn't break an older reader, and a field of another type is refused. Outputs are typed as the interfaces in answers.ts.
 */
export type AnswerSchema<T> = v.GenericSchema<unknown, T>;

/** A finite number: JSON has no NaN and no infinity, but it has 1e999. */
export const figure: v.GenericSchema<number> = v.pipe(v.number(), v.finite());
/** How many there are of something. */
export const count: v.GenericSchema<number> = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** A moment in Unix milliseconds. */
export const momentSchema: AnswerSchema<UnixMs> = branded(
  v.pipe(v.number(), v.safeInteger(), v.description("Unix milliseconds UTC")),
);
/** A symbol, as the server names it. */
export const symbol: AnswerSchema<Symbol> = branded(v.pipe(v.string(), v.nonEmpty()));
/** One of the intervals. */
export const interval: v.GenericSchema<Interval> = v.picklist(INTERVALS);
const symbols: v.GenericSchema<string[]> = v.array(v.string());

/** What null means in a kline. */
const UNKNOWN = "null: the market doesn't send it, or the recording doesn't have it";

/** One kline. */
export const klineSchema: AnswerSchema<WireKline> = v.object({
  openTime: momentSchema,
  open: figure,
  high: figure,
  low: figure,
  close: figure,
  volume: v.pipe(figure, v.description("in the base asset")),
  closeTime: v.pipe(momentSchema, v.description("the last millisecond that belongs to the candle")),
  quoteVolume: v.pipe(v.nullable(figure), v.description(`in the quote asset; ${UNKNOWN}`)),
  trades: v.pipe(v.nullable(count), v.description(UNKNOWN)),
  takerBuyVolume: v.pipe(v.nullable(figure), v.description(`in the base asset; ${UNKNOWN}`)),
  takerBuyQuoteVolume: v.pipe(v.nullable(figure), v.description(`in the quote asset; ${UNKNOWN}`)),
  closed: v.pipe(v.boolean(), v.description("whether the exchange called it final")),
});

/** `GET /ticker/{symbol}`. */
export const tickerSchema: AnswerSchema<WireTicker> = v.object({
  symbol,
  price: figure,
  open: figure,
  high: figure,
  low: figure,
  volume: figure,
  quoteVolume: v.pipe(
    v.nullable(figure),
    v.description("null: the recording doesn't have it, or the figures were added up from klines without it"),
  ),
  priceChange: figure,
  priceChangePercent: figure,
  updatedAt: momentSchema,
  windowMs: v.exactOptional(
    v.pipe(
      figure,
      v.description("the time that the figures cover, where it is less than 24 hours: added up from klines"),
    ),
  ),
});

/** `GET /tickers`. */
export const tickersSchema: AnswerSchema<TickersAnswer> = v.object({ count, tickers: v.array(tickerSchema) });

/** `GET /klines/{symbol}/{interval}`. */
export const klinesSchema: AnswerSchema<KlinesAnswer> = v.object({
  symbol: v.string(),
  interval,
  count,
  complete: v.pipe(v.boolean(), v.description("every candle of the asked range is here, without doubt")),
  settled: v.pipe(
    v.boolean(),
    v.description("nothing of the asked range is in doubt: a candle that isn't here doesn't exist on the exchange"),
  ),
  stretches: v.exactOptional(
    v.pipe(
      v.array(
        v.object({
          source: v.pipe(v.string(), v.description("vault, memory or exchange")),
          from: momentSchema,
          to: momentSchema,
        }),
      ),
      v.description(
        "where the klines come from, oldest first, by the open times of the first and the last; absent where all are from the server's memory",
      ),
    ),
  ),
  next: v.exactOptional(
    v.pipe(v.string(), v.description("the address of the rest of what was asked; absent where this is all")),
  ),
  klines: v.array(klineSchema),
});

/** `GET /history/files`. */
export const historyFilesSchema: AnswerSchema<HistoryFilesAnswer> = v.object({
  count,
  hasMore: v.pipe(v.boolean(), v.description("whether there are more: ask with `after`, the last path")),
  files: v.array(
    v.object({
      path: v.pipe(v.string(), v.description("relative, with /")),
      symbol: v.string(),
      span: v.pipe(
        v.object({ from: momentSchema, to: momentSchema }),
        v.description("the open times of the first and the last kline in it"),
      ),
      rows: count,
      bytes: count,
      sha256: v.pipe(v.string(), v.description("of the whole file, in hexadecimal")),
    }),
  ),
});

/** `GET /klines`. */
export const seriesSchema: AnswerSchema<SeriesAnswer> = v.object({ count, series: v.array(klinesSchema) });

const coverageHealth = v.object({ complete: count, total: count });

const feedHealth = v.object({
  state: v.string(),
  connections: count,
  lastEventAgeMs: v.nullable(figure),
  silentForMs: v.pipe(
    v.optional(v.nullable(figure), null),
    v.description("since a kline or ticker was accepted, or since the connect or the start where none was"),
  ),
  marketLagMs: v.pipe(
    v.optional(v.nullable(figure), null),
    v.description("how old the newest event is by the exchange's clock; null where that can't be judged"),
  ),
  clockOffsetMs: v.pipe(v.optional(v.nullable(figure), null), v.description("the server's clock less the exchange's")),
});

const checkpointHealth = v.optional(
  v.nullable(v.object({ ageMs: v.nullable(figure), bytes: count, writtenInMs: figure, failures: count })),
  null,
);

const healthStatus = v.picklist(["ok", "starting", "degraded"]);

const marketHealth = v.object({
  market: v.picklist(MARKET_IDS),
  status: healthStatus,
  reasons: v.array(v.string()),
  source: v.picklist(MARKET_SOURCES),
  epoch: v.pipe(
    v.optional(v.string(), ""),
    v.description("names the market: another one when it was replaced; empty while it isn't known"),
  ),
  marketTime: v.pipe(
    v.optional(v.nullable(momentSchema), null),
    v.description("the exchange's clock by its newest event; null while it isn't known"),
  ),
  exchangeTime: v.pipe(
    v.optional(v.nullable(momentSchema), null),
    v.description("the exchange's clock at the moment of this answer, as it last said; null while it isn't known"),
  ),
  intervals: v.array(interval),
  symbols: count,
  coverage: coverageHealth,
  feed: feedHealth,
  checkpoint: checkpointHealth,
});

const clusterHealth = v.object({
  role: v.picklist(["ingest", "serve"]),
  node: v.pipe(v.string(), v.description("its name in the cluster")),
  nats: v.pipe(v.boolean(), v.description("whether it reaches NATS now")),
  others: v.pipe(count, v.description("other nodes that are there")),
  markets: ofKnownMarkets(
    v.object({
      market: v.picklist(MARKET_IDS),
      spends: v.pipe(v.nullable(v.boolean()), v.description("whether this node asks the exchange for history")),
      waiting: v.pipe(v.nullable(count), v.description("final klines that NATS hasn't acknowledged yet")),
      behind: v.pipe(v.nullable(count), v.description("messages of the stream that haven't come yet")),
      stream: v.pipe(v.nullable(v.boolean()), v.description("whether the stream of final klines is there")),
      late: v.pipe(
        v.nullable(v.boolean()),
        v.description("whether the last close didn't come whole through the stream"),
      ),
    }),
  ),
});

/** `GET /health`. */
export const healthSchema: AnswerSchema<HealthAnswer> = v.object({
  status: healthStatus,
  reasons: v.array(v.string()),
  version: v.string(),
  commit: v.pipe(v.optional(v.string(), "unknown"), v.description("the commit that the program was built from")),
  uptimeSeconds: count,
  source: v.pipe(v.picklist(MARKET_SOURCES), v.description("of the server's first market")),
  symbols: v.pipe(count, v.description("of all markets")),
  intervals: v.array(interval),
  series: count,
  capacity: v.pipe(
    v.optional(count, 100),
    v.description("the most klines of a series that are kept, and that an answer holds"),
  ),
  feed: v.pipe(feedHealth, v.description("of the server's first market")),
  coverage: v.pipe(coverageHealth, v.description("of all markets")),
  checkpoint: v.pipe(checkpointHealth, v.description("of the server's first market")),
  database: v.pipe(
    v.optional(
      v.nullable(v.object({ fault: v.nullable(v.string()), answerAgeMs: v.nullable(figure), errors: count })),
      null,
    ),
    v.description("the traders' database; null where none is used"),
  ),
  markets: v.pipe(v.optional(ofKnownMarkets(marketHealth), []), v.description("each market, the first one first")),
  node: v.pipe(v.optional(v.string(), ""), v.description("names this run of the server")),
  following: v.pipe(
    v.optional(
      v.nullable(
        v.object({
          upstream: v.pipe(
            v.nullable(v.string()),
            v.description("host and port; null for callers without the scope metrics or admin"),
          ),
          path: v.pipe(v.array(v.string()), v.description("the nodes that the data passed, the nearest first")),
          behindMs: v.pipe(
            v.nullable(figure),
            v.description("how far the newest event lies behind the exchange's clock"),
          ),
        }),
      ),
      null,
    ),
    v.description("the server that this one follows; null where it follows exchanges"),
  ),
  cluster: v.pipe(
    v.optional(v.nullable(clusterHealth), null),
    v.description("how it is as a node of a cluster over NATS; null where it is none"),
  ),
});

/** `GET /ready`. */
export const readySchema: AnswerSchema<ReadyAnswer> = v.variant("ready", [
  v.object({ ready: v.literal(true) }),
  v.object({ ready: v.literal(false), reasons: v.array(v.string()) }),
]);

/** `GET /live`. */
export const liveSchema: AnswerSchema<LiveAnswer> = v.object({ live: v.literal(true) });

/** `GET /serving`. */
export const servingSchema: AnswerSchema<ServingAnswer> = v.variant("serving", [
  v.object({ serving: v.literal(true), staleSeconds: v.nullable(count) }),
  v.object({ serving: v.literal(false), reasons: v.array(v.string()) }),
]);

/** `GET /symbols`. */
export const symbolsSchema: AnswerSchema<SymbolsAnswer> = v.object({ count, symbols: v.array(symbolInfo()) });

/** `GET /closes`. */
export const closesSchema: AnswerSchema<ClosesAnswer> = v.object({
  intervals: v.record(interval, v.object({ closeTime: momentSchema, closed: count, total: count, pending: symbols })),
});

/** `GET /coverage/{symbol}/{interval}`. */
export const coverageSchema: AnswerSchema<CoverageAnswer> = v.object({
  symbol: v.string(),
  interval,
  first: v.nullable(momentSchema),
  last: v.nullable(momentSchema),
  count,
  holes: v.array(v.object({ from: momentSchema, to: momentSchema })),
  uncertain: v.pipe(
    v.array(v.object({ from: momentSchema, to: momentSchema })),
    v.description("where it isn't certain that all is held that the exchange has; these ranges are asked for again"),
  ),
  fresh: v.pipe(v.boolean(), v.description("whether the feed is live; if not, the newest klines may be old")),
  sources: v.object({ stream: count, rest: count, rollup: count, checkpoint: count }),
  restated: count,
});

/** Sentences for people. A server that is older than the reader doesn't tell them. */
const notes = v.pipe(
  v.optional(v.array(v.string()), []),
  v.description("in sentences: what is missing or not exact, and indicators for which too few klines are kept"),
);

/** `POST /screen`. */
export const screenSchema: AnswerSchema<ScreenAnswer> = v.object({
  interval: v.pipe(interval, v.description("whose close it was")),
  closeTime: v.pipe(momentSchema, v.description("the last millisecond of the candle that closed")),
  matches: v.array(
    v.object({
      symbol: v.string(),
      facts: v.optional(v.record(v.string(), v.unknown()), {}),
      price: v.pipe(v.nullable(figure), v.description("the close of the candle that closed; null if it is pending")),
    }),
  ),
  checked: count,
  skipped: v.array(
    v.object({
      symbol: v.string(),
      reason: v.string(),
      wanted: v.pipe(
        v.optional(count),
        v.description("how many closed klines the filter needs; absent if klines are missing that may still come"),
      ),
    }),
  ),
  errors: v.array(v.object({ symbol: v.string(), message: v.string() })),
  pending: v.pipe(
    v.array(v.string()),
    v.description("symbols without a closed candle of the interval that ends at the close"),
  ),
  milliseconds: figure,
  notes,
});

/** `POST /preview`. */
export const previewSchema: AnswerSchema<PreviewAnswer> = v.object({
  interval,
  closes: v.array(
    v.object({
      closeTime: momentSchema,
      matches: v.array(v.object({ symbol: v.string(), facts: v.optional(v.record(v.string(), v.unknown()), {}) })),
      checked: count,
      skipped: count,
      errors: count,
      cooling: v.pipe(v.optional(count, 0), v.description("matches that the cooldown leaves out")),
    }),
  ),
  finished: v.pipe(v.boolean(), v.description("false when the oldest closes are missing; notes say why")),
  exact: v.pipe(v.boolean(), v.description("whether each close shows what a live run saw; if not, notes say why")),
  notes,
  errors: v.array(v.object({ closeTime: momentSchema, symbol: v.string(), message: v.string() })),
  milliseconds: figure,
  engine: v.string(),
  why: v.pipe(v.string(), v.description("why this engine took the filter")),
});

/** `POST /tickets`. */
export const ticketSchema: AnswerSchema<TicketAnswer> = v.object({
  ticket: v.pipe(v.string(), v.nonEmpty()),
  expiresAt: momentSchema,
});

/** `GET /page-settings`. */
export const pageSettingsSchema: AnswerSchema<PageSettings> = v.object({
  signIn: v.pipe(
    v.nullable(
      v.object({
        kind: v.literal("supabase"),
        url: v.pipe(v.string(), v.url()),
        publishableKey: v.pipe(v.string(), v.nonEmpty()),
      }),
    ),
    v.description("where users get the tokens that this server takes; null where it takes API keys alone"),
  ),
  functionsUrl: v.pipe(
    v.nullable(v.pipe(v.string(), v.url())),
    v.description("where traders and signals are, when this server doesn't have them itself"),
  ),
  markets: v.pipe(
    v.optional(ofKnownMarkets(v.picklist(MARKET_IDS)), [BARE_MARKET]),
    v.description("the server's markets, the first one first"),
  ),
  sendsMail: v.pipe(
    v.optional(v.boolean(), false),
    v.description("whether messages about signals and price alerts can go by e-mail"),
  ),
  scopes: v.pipe(v.optional(v.array(v.string())), v.description("the scopes of the caller: what it may do")),
});

/** The levels of the server's log, the most talkative first. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error"] as const;

/** One of {@link LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What `PUT /log-level` takes, and it and `GET /log-level` answer. */
export const logLevelSchema: v.GenericSchema<unknown, { level: LogLevel }> = v.strictObject({
  level: v.pipe(v.picklist(LOG_LEVELS), v.description("lines of this level and above are written")),
});

/** The body of an error answer. Its code may be one that is newer than the reader. */
export const problemSchema: AnswerSchema<Omit<Problem, "code"> & { readonly code: string }> = v.object({
  type: v.string(),
  title: v.string(),
  status: count,
  detail: v.string(),
  code: v.string(),
  requestId: v.string(),
});

/** Reads a JSON value that came from a server. What is wrong is said of the first field that isn't as it should be. */
export function readAnswer<T>(schema: AnswerSchema<T>, value: unknown): ReadAnswer<T> {
  const read = readForeign(schema, value);
  return "output" in read ? { answer: read.output } : { fault: issueText(read.issue) };
}

/** A list of markets, by name or with it. A newer server may have some that aren't known here: they are left out. */
function ofKnownMarkets<Input, Output>(items: v.GenericSchema<Input, Output>): v.GenericSchema<Input[], Output[]> {
  const list = v.array(items);
  const isKnown = (item: unknown): boolean => {
    const market = (item as { market?: unknown } | null)?.market ?? item;
    return typeof market !== "string" || isMarketId(market);
  };
  return {
    ...list,
    "~run": ({ value }, config) =>
      list["~run"]({ typed: false, value: Array.isArray(value) ? value.filter(isKnown) : value }, config),
  };
}

function symbolInfo(): AnswerSchema<SymbolInfo> {
  return v.object({
    symbol,
    base: v.string(),
    quote: v.string(),
    status: v.pipe(
      v.fallback(v.picklist(SYMBOL_STATUSES), "UNKNOWN"),
      v.description("UNKNOWN: the exchange lists it with a word that isn't one of these; DELISTED: it doesn't list it"),
    ),
    exchangeStatus: v.exactOptional(
      v.pipe(v.string(), v.description("the exchange's own word, where status is UNKNOWN")),
    ),
    priceDecimals: count,
    quantityDecimals: count,
  });
}

/** What passed the check is what the brand stands for. */
function branded<T>(schema: v.GenericSchema<unknown>): AnswerSchema<T> {
  return schema as AnswerSchema<T>;
}
