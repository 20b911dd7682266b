import { marketOf, openTimeOf, type Symbol, type UnixMs } from "../core/mod.ts";
import type { MarketReader } from "../store/mod.ts";
import { coolingUntil, type ExplainRequest, type Explanation } from "../strategy/mod.ts";
import {
  type ExplainAnswer,
  explainRequestSchema,
  explainSchema,
  type ReadExplainRequest,
  type Signal,
  type Trader,
  type TraderVersion,
  versionNotes,
} from "../wire/mod.ts";
import { jsonOfSize } from "./answer.ts";
import { EXPLAIN_TRADER_TOKENS, EXPLAIN_VERSION_TOKENS, screenPrice } from "./prices.ts";
import { RequestProblem } from "./problem.ts";
import { type Call, type Route, route } from "./route.ts";
import { screenProblem } from "./screen-problem.ts";
import { lastClose, meant, type ScreenAsker, type ScreenService, storesOf } from "./screen-routes.ts";
import { followed } from "./symbols-asked.ts";

/** Explains filters on other threads than the one that answers requests. Rejects as {@link ScreenService} does. */
export interface ExplainService extends Pick<ScreenService, "timeframesOf"> {
  explain(request: ExplainRequest, by: ScreenAsker): Promise<Explanation>;
}

/** The traders of this server, as a caller may read them. All reject with RequestProblem. */
export interface TraderReader {
  trader(id: string, call: TraderCall): Promise<Trader>;
  /** What a trader was as a version; undefined where that isn't kept. */
  version(id: string, version: number, call: TraderCall): Promise<TraderVersion | undefined>;
  /** The newest signals of a trader for a symbol up to a close, newest first; two at most. */
  signals(trader: Trader, symbol: Symbol, to: UnixMs, call: TraderCall): Promise<readonly Signal[]>;
}

/** For whom traders are read. */
export type TraderCall = Pick<Call, "caller" | "request" | "requestId">;

/** What a condition with its values is as JSON at most, about, and everything besides conditions and facts; bytes. */
const CONDITION_BYTES = 700;
const BASE_BYTES = 4_000;

/** `POST /explain`. `traders`: those that may be named; none where this server runs no traders. */
export function explainRoutes(markets: MarketReader, service: ExplainService, traders?: TraderReader): Route[] {
  return [
    route({
      method: "POST",
      path: "/explain",
      says: "Why a filter matched, or didn't, for one symbol at one close: each condition with its values; docs/filters.md describes explanations",
      scope: "screen",
      bodyCost: ({ traderId, traderVersion }) =>
        screenPrice(1) +
        (traderId === undefined ? 0 : EXPLAIN_TRADER_TOKENS) +
        (traderVersion === undefined ? 0 : EXPLAIN_VERSION_TOKENS),
      parameters: {},
      body: explainRequestSchema(markets.served),
      answers: {
        200: { says: "the verdict, the filter's conditions and what it saw", schema: explainSchema() },
      },
      handle: async (call) => {
        try {
          const answer = await explained(markets, service, traders, call);
          const facts = answer.facts === null ? 0 : JSON.stringify(answer.facts).length;
          return jsonOfSize(answer, BASE_BYTES + facts + answer.conditions.length * CONDITION_BYTES);
        } catch (cause) {
          throw screenProblem(cause);
        }
      },
    }),
  ];
}

async function explained(
  markets: MarketReader,
  service: ExplainService,
  traders: TraderReader | undefined,
  call: Call<unknown, ReadExplainRequest>,
): Promise<ExplainAnswer> {
  const { body, caller, request } = call;
  const { symbol } = body;
  followed([symbol], markets);
  const { traderId, traderVersion } = body;
  const found = traderId === undefined ? undefined : await traderAsked(traderId, traderVersion, traders, call);
  const trader = found?.trader;
  const by = { caller: caller.bucket, signal: request.signal };
  // Its schema sees to it that either of the two is there.
  const { code = "", timeframes: named } = trader ?? body;
  const filter = { code, timeframes: named, interval: trader?.triggerInterval ?? body.interval };
  const closeBefore =
    body.closeTime === undefined || trader === undefined || traderVersion === undefined
      ? body.closeTime
      : openTimeOf(trader.triggerInterval, body.closeTime + 1) - 1;
  const asked = { ...filter, closeTime: closeBefore as UnixMs | undefined, symbols: [symbol] };
  const stores = storesOf([symbol], markets);
  const { timeframes, interval, closeTime } = meant(asked, await service.timeframesOf(asked, by), markets, stores);
  const newest = interval === undefined ? undefined : lastClose(stores, interval);
  const isPast = newest !== undefined && closeTime < newest;
  const explanation = await service.explain({ code, timeframes, interval, symbol, closeTime, isPast }, by);
  if (found === undefined || trader === undefined || traders === undefined) return explanation;
  const signals = await traders.signals(trader, symbol, closeTime, call);
  const more = ofTrader(trader, symbol, explanation, signals, traderVersion);
  if (traderVersion === undefined) return { ...explanation, ...more };
  const notes = versionNotes({ now: found.now, asked: traderVersion, explained: trader.version });
  return { ...explanation, ...more, notes: [...notes, ...more.notes] };
}

/** A trader as it was as the version that is asked for, or as it is where that isn't kept; and which version it is at now. */
async function traderAsked(
  id: string,
  version: number | undefined,
  traders: TraderReader | undefined,
  call: TraderCall,
): Promise<{ readonly trader: Trader; readonly now: number }> {
  if (traders === undefined) {
    throw new RequestProblem("invalid_parameter", "this server runs no traders: expected code in place of traderId");
  }
  if (!call.caller.scopes.has("trade")) {
    throw new RequestProblem("forbidden", `${call.caller.title} lacks the scope trade, which traderId needs`);
  }
  const trader = await traders.trader(id, call);
  const isOlder = version !== undefined && version !== trader.version;
  const before = isOlder ? await traders.version(id, version, call) : undefined;
  return { trader: { ...trader, ...before, createdAt: trader.createdAt }, now: trader.version };
}

/** What is to be said besides of a trader's filter: its version, its cooldown, and which signals there are. */
function ofTrader(
  { id, version, cooldownCandles, symbols, market, enabled }: Trader,
  symbol: Symbol,
  { interval, closeTime, notes }: Explanation,
  signals: readonly Signal[],
  asked: number | undefined,
): Pick<ExplainAnswer, "trader" | "cooling" | "notes"> {
  const atClose = signals.find((one) => one.closeTime === closeTime);
  const before = signals.find((one) => one.closeTime < closeTime);
  // A signal that is there wasn't kept back: the cooldown was another one then.
  const until =
    before === undefined || atClose !== undefined || cooldownCandles === 0
      ? undefined
      : coolingUntil(interval, before.closeTime, cooldownCandles);
  const watches = marketOf(symbol) === market && (symbols === null || symbols.includes(symbol));
  const said = [
    ...(watches ? [] : [`the trader doesn't watch ${symbol}: it gives no signals of it`]),
    ...(enabled ? [] : ["the trader is switched off: it gives no signals"]),
    ...(atClose === undefined || atClose.traderVersion === version || atClose.traderVersion === asked
      ? []
      : [`the signal of this close is of version ${atClose.traderVersion}, and this explains version ${version}`]),
  ];
  return {
    trader: { id, version, cooldownCandles },
    ...(before === undefined || until === undefined || until < closeTime
      ? {}
      : { cooling: { since: before.closeTime, until } }),
    notes: [...notes, ...said],
  };
}
