import { FIRST_MARKET, type Interval, isWildcard, marketOf, type Symbol, type UnixMs } from "../core/mod.ts";
import { firstStore, type MarketReader, type MarketStore } from "../store/mod.ts";
import {
  MAX_FACTS_LENGTH,
  MAX_PREVIEW_BYTES,
  type Match,
  type PreviewRequest,
  type PreviewResult,
  type ScreenRequest,
  type ScreenResult,
  triggerOf,
} from "../strategy/mod.ts";
import {
  previewRequestSchema,
  previewSchema,
  type ReadScreenRequest,
  screenRequestSchema,
  screenSchema,
} from "../wire/mod.ts";
import { type Answer, jsonOfSize } from "./answer.ts";
import type { Caller } from "./caller.ts";
import { closePrice } from "./close-price.ts";
import { storesAsked } from "./markets-asked.ts";
import { previewPrice, screenPrice } from "./prices.ts";
import { RequestProblem } from "./problem.ts";
import { type Route, route } from "./route.ts";
import { screenProblem } from "./screen-problem.ts";
import { countAsked, followed, type SymbolsAsked } from "./symbols-asked.ts";

/** Whoever asks, and whether anybody still waits for the answer. */
export interface ScreenAsker {
  /** Whose places are taken: the same value for all tokens of a user. */
  readonly caller: Caller["bucket"];
  readonly signal: AbortSignal;
}

/** A request for a screen whose symbols are named one by one; all of the server's first market unless given. */
type AskedScreen = Omit<ReadScreenRequest, "symbols"> & { readonly symbols: readonly Symbol[] | undefined };

/**
 * Whoever screens, away from the thread that answers requests. Both reject as Screening throws; with a retryable error when places
 * are taken, whose `code` is `too_many_screens` when they are the caller's own; and with the signal's reason when that is aborted.
 */
export interface ScreenService {
  /** The intervals that a request is about: those that it names, or else those that its code does. */
  timeframesOf(
    request: Pick<AskedScreen, "code" | "timeframes" | "interval" | "symbols">,
    by: ScreenAsker,
  ): Promise<readonly Interval[]>;
  screen(request: ScreenRequest, by: ScreenAsker): Promise<ScreenResult>;
  preview(request: PreviewRequest, by: ScreenAsker): Promise<PreviewResult>;
}

/** What a match without facts, a skipped symbol, an error without its message or a close is as JSON at most, about; bytes. */
const ENTRY_BYTES = 200;

/** The routes that run a filter that comes with the request. */
export function screenRoutes(markets: MarketReader, service: ScreenService): Route[] {
  /** The request with its symbols by name, and with what it left out. */
  const read = async (body: ReadScreenRequest, by: ScreenAsker): Promise<ScreenRequest> => {
    const symbols = body.symbols === undefined ? undefined : followed(body.symbols, markets);
    const asked = { ...body, symbols };
    const stores = storesOf(body.symbols ?? [FIRST_MARKET], markets);
    return meant(asked, await service.timeframesOf(asked, by), markets, stores);
  };
  const symbolsOf = ({ symbols }: ReadScreenRequest): number => countAsked(symbols ?? [FIRST_MARKET], markets);
  return [
    route({
      method: "POST",
      path: "/screen",
      says: "The symbols for which a filter is true at a close; docs/filters.md describes filters",
      scope: "screen",
      bodyCost: (body) => screenPrice(symbolsOf(body)),
      parameters: {},
      body: screenRequestSchema(markets.served),
      answers: { 200: { says: "matches, and symbols that were skipped or failed", schema: screenSchema } },
      handle: ({ body, caller, request: { signal } }) =>
        answered(async () => {
          const by = { caller: caller.bucket, signal };
          const asked = await read(body, by);
          const result = await service.screen(asked, by);
          const { skipped, errors, interval, closeTime } = result;
          const priceOf = (symbol: Symbol): number | null => closePrice(markets, symbol, interval, closeTime) ?? null;
          const symbols = asked.symbols ?? followed([FIRST_MARKET], markets);
          const pending = symbols.filter((symbol) => priceOf(symbol) === null);
          const matches = result.matches.map(({ symbol, facts = {} }) => ({ symbol, price: priceOf(symbol), facts }));
          const bytes =
            bytesOf(result.matches) + ENTRY_BYTES * (skipped.length + pending.length) + bytesOfErrors(errors);
          return jsonOfSize({ ...result, matches, pending }, bytes);
        }),
    }),
    route({
      method: "POST",
      path: "/preview",
      says: "At which of the last closes a filter would have matched",
      scope: "screen",
      bodyCost: (body) => previewPrice(symbolsOf(body), body.closes, body.facts !== false),
      parameters: {},
      body: previewRequestSchema(markets.served),
      answers: {
        200: { says: "each close with its matches, oldest first", schema: previewSchema },
      },
      handle: ({ body, caller, request: { signal } }) =>
        answered(async () => {
          const by = { caller: caller.bucket, signal };
          const { closes: count, cooldownCandles } = body;
          const asked = {
            ...(await read(body, by)),
            closes: count,
            cooldownCandles,
          };
          const result = await service.preview(asked, by);
          const { closes, errors } = result;
          const bytes = closes.reduce((sum, { matches }) => sum + bytesOf(matches), 0);
          const most = Math.min(bytes, MAX_PREVIEW_BYTES) + ENTRY_BYTES * closes.length + bytesOfErrors(errors);
          return jsonOfSize(result, most);
        }),
    }),
  ];
}

/** What matches are as JSON at most. */
function bytesOf(matches: readonly Match[]): number {
  return matches.reduce((sum, { facts }) => sum + ENTRY_BYTES + (facts === undefined ? 0 : MAX_FACTS_LENGTH), 0);
}

/** What errors are as JSON, about: a filter words them as it likes. */
function bytesOfErrors(errors: readonly { readonly message: string }[]): number {
  return errors.reduce((sum, { message }) => sum + ENTRY_BYTES + message.length, 0);
}

/** The request, with what it left out. */
export function meant(
  body: AskedScreen,
  timeframes: readonly Interval[],
  { served }: MarketReader,
  stores: readonly MarketStore[],
): ScreenRequest {
  const interval = triggerOf({ timeframes, interval: body.interval });
  for (const one of [...timeframes, interval]) {
    if (served.includes(one)) continue;
    throw new RequestProblem("unknown_interval", `${one} is not served here: expected one of ${served.join(", ")}`);
  }
  const closeTime = body.closeTime ?? lastClose(stores, interval);
  if (closeTime === undefined) throw new RequestProblem("not_ready", "the market hasn't said anything yet");
  return { ...body, timeframes, interval, closeTime: closeTime as UnixMs };
}

/** The markets that symbols are of. */
export function storesOf(asked: SymbolsAsked, markets: MarketReader): readonly MarketStore[] {
  const one = (symbol: SymbolsAsked[number]): readonly MarketStore[] => {
    if (isWildcard(symbol)) return storesAsked(symbol, markets);
    const store = markets.of(marketOf(symbol));
    return store === undefined ? [] : [store];
  };
  return asked.length === 0 ? [firstStore(markets)] : [...new Set(asked.flatMap(one))];
}

/** The newest close of these markets: symbols of one that is behind are pending. Undefined before any has said what time it is. */
export function lastClose(stores: readonly MarketStore[], interval: Interval): number | undefined {
  const closes = stores.flatMap((store) => (store.marketTime > 0 ? (store.close(interval)?.closeTime ?? []) : []));
  return closes.length === 0 ? undefined : Math.max(...closes);
}

/** The answer; or why there is none, in words where that is the request's own fault. */
async function answered(result: () => Promise<Answer>): Promise<Answer> {
  try {
    return await result();
  } catch (cause) {
    throw screenProblem(cause);
  }
}
