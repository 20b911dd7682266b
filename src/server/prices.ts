import { MAX_FACTS_LENGTH, MAX_PREVIEW_BYTES } from "../strategy/mod.ts";
import type { FunctionWork } from "../traders/mod.ts";
import { MAX_ROWS } from "../wire/mod.ts";
import { wantsArrow } from "./arrow.ts";
import { chooseEncoding, type Encoding } from "./compression.ts";

/** Klines that one token pays for in a JSON answer or a WebSocket snapshot that isn't compressed. */
export const KLINES_PER_TOKEN = 1_000;

/** A series of few klines counts as so many, in an answer of several series and as a snapshot: finding and beginning it is work, too. */
export const LEAST_KLINES_COUNTED = 5;

/**
 * Channels that one token pays for: those that a request names, and those of a socket when a channel of the whole market begins or
 * ends there.
 */
export const CHANNELS_PER_TOKEN = 100;

/** So few channels are free. */
export const FREE_CHANNELS = 20;

/** How a body of klines is encoded. */
export type BodyEncoding = "identity" | "arrow" | Encoding;

/** What an encoding costs, as a multiple of plain JSON: about what it takes of the processor. */
export const ENCODING_FACTORS: Readonly<Record<BodyEncoding, number>> = {
  identity: 1,
  arrow: 1.5,
  zstd: 1.5,
  gzip: 2,
  br: 2,
};

/** Klines of a checkpoint that one token pays for: they are copied as they are. */
export const CHECKPOINT_KLINES_PER_TOKEN = 5_000;

/** Symbols that one token pays for in a screen, and symbols × closes in a preview. */
export const SYMBOLS_PER_SCREEN_TOKEN = 10;
export const SYMBOL_CLOSES_PER_PREVIEW_TOKEN = 200;

/** A search for misses costs as many screens of its symbols. */
const MISSES_SCREENS = 2;

/** Tokens for reading a trader and its signals in an explanation, besides those of a screen of one symbol. */
export const EXPLAIN_TRADER_TOKENS = 2;

/** Tokens for reading an older version of it besides. */
export const EXPLAIN_VERSION_TOKENS = 1;

/** Symbols × closes that one token pays for in a backtest, which runs in threads that leave the processor to all others. */
export const SYMBOL_CLOSES_PER_BACKTEST_TOKEN = 10_000;

/** Bytes of facts that one token pays for in a preview: about what {@link KLINES_PER_TOKEN} klines take. */
const FACT_BYTES_PER_TOKEN: number = 256 * 1024;

/** Rows of a list of traders or signals that one token pays for. */
const ROWS_PER_TOKEN = 100;

/** Characters of code that one token pays for in a check of a filter. */
const CODE_CHARACTERS_PER_TOKEN = 4_096;

/** Bytes of a body that are read for the request's first token; each as many more are another. */
const BODY_BYTES_PER_TOKEN: number = 16 * 1024;

/**
 * Tokens for klines, rounded up: 0 for none, at least 1 for any.
 *
 * @example klinesPrice(150_000, "br") // 300
 */
export function klinesPrice(klines: number, encoding: BodyEncoding = "identity"): number {
  return Math.ceil((klines * ENCODING_FACTORS[encoding]) / KLINES_PER_TOKEN);
}

/**
 * Tokens for beginning or ending channels of the whole market on a socket that has so many channels: each of those that such a
 * channel covers changes its path, which takes the runtime about a microsecond a channel. Fractions count: many sockets with few channels
 * are as much work as few with many.
 */
export function coveragePrice(wildcards: number, channels: number): number {
  return channels <= FREE_CHANNELS ? 0 : (wildcards * channels) / CHANNELS_PER_TOKEN;
}

/** Tokens for a `subscribe` or `unsubscribe` that names so many channels, before any of them is looked at. Fractions count. */
export function namesPrice(names: number): number {
  return names <= FREE_CHANNELS ? 0 : names / CHANNELS_PER_TOKEN;
}

/** The encoding that a request asks a body of klines to be in. Arrow isn't compressed: its columns hardly shrink. */
export function bodyEncoding(headers: Headers, hasArrow = false): BodyEncoding {
  if (hasArrow && wantsArrow(headers.get("accept"))) return "arrow";
  return chooseEncoding(headers.get("accept-encoding")) ?? "identity";
}

/** Minutes of the past that one token pays for where they are rolled up, and tokens for a question to the exchange. */
const PAST_MINUTES_PER_TOKEN = 10_000;
const EXCHANGE_QUESTION_TOKENS = 5;

/** Tokens for reading klines beyond memory, besides those for the klines themselves. */
export function rangePrice({ minutes, questions }: { readonly minutes: number; readonly questions: number }): number {
  return Math.ceil(minutes / PAST_MINUTES_PER_TOKEN) + questions * EXCHANGE_QUESTION_TOKENS;
}

/** Signals whose outcomes one token pays for: their candles are read from memory. */
const SIGNALS_PER_OUTCOMES_TOKEN = 25;

/** Tokens for the outcomes of so many signals, besides those for minutes of the history. */
export function outcomesPrice(signals: number): number {
  return Math.max(1, Math.ceil(signals / SIGNALS_PER_OUTCOMES_TOKEN));
}

/** Tokens for a checkpoint of so many klines. */
export function checkpointPrice(klines: number): number {
  return Math.max(1, Math.ceil(klines / CHECKPOINT_KLINES_PER_TOKEN));
}

/** Tokens for reading a body of so many bytes, before anything is known of it. */
export function bodyPrice(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / BODY_BYTES_PER_TOKEN));
}

/** Tokens for a screen of so many symbols. */
export function screenPrice(symbols: number): number {
  return Math.max(1, Math.ceil(symbols / SYMBOLS_PER_SCREEN_TOKEN));
}

/** Tokens for a search for misses among so many symbols: as long as a screen may take, and it runs a filter more often for each symbol. */
export function missesPrice(symbols: number): number {
  return MISSES_SCREENS * screenPrice(symbols);
}

/**
 * Tokens for a preview of so many symbols over so many closes: for the work, or for the facts that it may bring where those are
 * more.
 */
export function previewPrice(symbols: number, closes: number, hasFacts: boolean): number {
  const factBytes = hasFacts ? Math.min(MAX_PREVIEW_BYTES, symbols * closes * MAX_FACTS_LENGTH) : 0;
  const work = Math.ceil((symbols * closes) / SYMBOL_CLOSES_PER_PREVIEW_TOKEN);
  return Math.max(1, work, Math.ceil(factBytes / FACT_BYTES_PER_TOKEN));
}

/** Tokens for a backtest of so many symbols × closes. */
export function backtestPrice(symbolCloses: number): number {
  return Math.max(1, Math.ceil(symbolCloses / SYMBOL_CLOSES_PER_BACKTEST_TOKEN));
}

/** Tokens for what a call of a function causes. `symbols`: how many the market has. */
export function functionPrice(work: FunctionWork, symbols: number): number {
  if ("rows" in work) return Math.max(1, Math.ceil(work.rows / ROWS_PER_TOKEN));
  if ("codeCharacters" in work) return 1 + Math.floor(work.codeCharacters / CODE_CHARACTERS_PER_TOKEN);
  if ("symbolCloses" in work) return backtestPrice(work.symbolCloses);
  return screenPrice(work.symbols ?? symbols);
}

/** What requests cost, in words, for docs/limits.md. */
export const PRICES: readonly { readonly what: string; readonly tokens: string }[] = [
  {
    what: "klines: `GET /klines`, `GET /klines/{symbol}/{interval}`",
    tokens: `symbols × intervals × \`limit\` × factor / ${KLINES_PER_TOKEN}, rounded up; a \`limit\` below ${LEAST_KLINES_COUNTED} counts as ${LEAST_KLINES_COUNTED} in \`GET /klines\``,
  },
  {
    what: "the same, where the answer is 304",
    tokens: `1; for \`GET /klines\` symbols × intervals × ${LEAST_KLINES_COUNTED} / ${KLINES_PER_TOKEN}, rounded up`,
  },
  {
    what: "besides, where `GET /klines/{symbol}/{interval}` reaches beyond memory",
    tokens: `minutes of the history that are rolled up to longer candles / ${PAST_MINUTES_PER_TOKEN}, rounded up, and ${EXCHANGE_QUESTION_TOKENS} for each question to the exchange`,
  },
  { what: "`GET /history/files`", tokens: "10" },
  {
    what: "`destinations` of the functions: listing them, a test message, an address that is made or changed",
    tokens: `${MAX_ROWS} / ${ROWS_PER_TOKEN}, rounded up`,
  },
  { what: "`price-alerts` of the functions: listing them", tokens: `${MAX_ROWS} / ${ROWS_PER_TOKEN}, rounded up` },
  {
    what: "`GET /functions/v1/price-alerts/events`",
    tokens: `\`limit\` / ${ROWS_PER_TOKEN}, rounded up`,
  },
  {
    what: "`GET /history/file`",
    tokens: `its klines / ${CHECKPOINT_KLINES_PER_TOKEN}, rounded up; 1 where the answer is 304`,
  },
  {
    what: "the factor, by how the body is encoded",
    tokens: Object.entries(ENCODING_FACTORS)
      .map(([encoding, factor]) => `${encoding} ${factor}`)
      .join(", "),
  },
  {
    what: "subscribing on a WebSocket",
    tokens: `the klines of all its snapshots / ${KLINES_PER_TOKEN}, rounded up, a ticker counts as a kline and a series as ${LEAST_KLINES_COUNTED} at least; 0 without any`,
  },
  { what: "`GET /tickers`, `GET /symbols`", tokens: "a symbol counts as a kline" },
  { what: "`GET /coverage/{symbol}/{interval}`", tokens: "each kline that a series may hold counts as one" },
  {
    what: "`/binance/…`, `/binance-usdm/…`: `klines`, `uiKlines`",
    tokens: `\`limit\` × factor / ${KLINES_PER_TOKEN}, rounded up`,
  },
  {
    what: "`/binance/…`, `/binance-usdm/…`: `exchangeInfo`, `ticker/24hr`, `ticker/price`",
    tokens: "a symbol counts as a kline",
  },
  {
    what: "`/binance/api/v3/ticker`",
    tokens: `the klines that are added up (of a window of \`1d\` about 140 for each symbol where hours are kept, and up to 1,440 more where one of the hours is in doubt) × factor / ${KLINES_PER_TOKEN}, rounded up; older ones as above`,
  },
  {
    what: "`/udf/history`, `/udf/search`",
    tokens: `\`countback\` / ${KLINES_PER_TOKEN}, rounded up; in a search each symbol of the server counts as a kline`,
  },
  {
    what: "`POST /upstash`, `…/pipeline`, `…/multi-exec`",
    tokens: `the members of all answers, and the keys that \`SCAN\` looks at, / ${KLINES_PER_TOKEN}, rounded up; at least a token for ten commands`,
  },
  {
    what: "`GET /checkpoint`",
    tokens: `symbols × intervals × capacity / ${CHECKPOINT_KLINES_PER_TOKEN}, rounded up`,
  },
  { what: "`GET /metrics`", tokens: "each series counts as a kline" },
  {
    what: `a \`subscribe\` or \`unsubscribe\` that names more than ${FREE_CHANNELS} channels`,
    tokens: `their number / ${CHANNELS_PER_TOKEN}, fractions count, also where it is refused`,
  },
  {
    what: "`*` channels that a socket begins or ends",
    tokens: `each, a token for each ${CHANNELS_PER_TOKEN} channels that the socket has, fractions count; 0 for a socket with ${FREE_CHANNELS} or fewer`,
  },
  {
    what: "all that a `subscribe` or `unsubscribe` costs, together",
    tokens: "at most nine tenths of what the bucket holds",
  },
  { what: "`POST /screen`", tokens: `symbols / ${SYMBOLS_PER_SCREEN_TOKEN}, rounded up` },
  {
    what: "`POST /explain`",
    tokens: `as a screen of one symbol; ${EXPLAIN_TRADER_TOKENS} more with a \`traderId\`, ${EXPLAIN_TRADER_TOKENS + EXPLAIN_VERSION_TOKENS} with a \`traderVersion\`, too`,
  },
  { what: "`POST /misses`", tokens: `as ${MISSES_SCREENS} screens of its symbols` },
  {
    what: "`POST /preview`",
    tokens: `symbols × closes / ${SYMBOL_CLOSES_PER_PREVIEW_TOKEN}, rounded up; with facts at least symbols × closes / ${FACT_BYTES_PER_TOKEN / MAX_FACTS_LENGTH}, up to ${MAX_PREVIEW_BYTES / FACT_BYTES_PER_TOKEN}`,
  },
  {
    what: "`POST /backtest`",
    tokens: `symbols × closes / ${SYMBOL_CLOSES_PER_BACKTEST_TOKEN}, rounded up`,
  },
  {
    what: "`POST /outcomes`",
    tokens: `signals / ${SIGNALS_PER_OUTCOMES_TOKEN}, rounded up; for each whose candles aren't in memory any more, minutes of the history / ${PAST_MINUTES_PER_TOKEN}, rounded up`,
  },
  {
    what: "`POST /performance`",
    tokens: `1, and symbols × closes of the baseline / ${SYMBOL_CLOSES_PER_BACKTEST_TOKEN}, rounded up`,
  },
  {
    what: "`GET /functions/v1/traders`, `GET /functions/v1/signals`, `GET …/traders/{id}/versions`, `GET …/traders/{id}/executions`",
    tokens: `\`limit\` / ${ROWS_PER_TOKEN}, rounded up; each further look for signals that a filter leaves out, ${Math.ceil(MAX_ROWS / ROWS_PER_TOKEN) - 1}`,
  },
  {
    what: "`GET /functions/v1/traders/{id}/performance`",
    tokens: `${Math.ceil(MAX_ROWS / ROWS_PER_TOKEN)}, ${Math.ceil(MAX_ROWS / ROWS_PER_TOKEN) - 1} for each further 2,500 signals that are looked through, and symbols × closes of the baseline / ${SYMBOL_CLOSES_PER_BACKTEST_TOKEN}, rounded up`,
  },
  {
    what: "`POST /functions/v1/traders`, `…/traders/validate`, and `PATCH` with `code`",
    tokens: `1, and 1 more for each ${CODE_CHARACTERS_PER_TOKEN} characters of code`,
  },
  {
    what: "`POST /functions/v1/execute-trader`, `POST /functions/v1/trigger-executions`",
    tokens: "as `POST /screen` for the symbols of the run; `trigger-executions` for all",
  },
  {
    what: "reading a body, unless the route needs the scope `admin`",
    tokens: `its bytes / ${BODY_BYTES_PER_TOKEN}, rounded up; without \`Content-Length\` as the largest that the route takes`,
  },
  { what: "everything else", tokens: "1" },
];
