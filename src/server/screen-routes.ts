import { type Symbol, type UnixMs, VyxError } from "../core/mod.ts";
import type { MarketStore } from "../store/mod.ts";
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
  RETRY_AFTER_SECONDS,
  type ReadScreenRequest,
  screenRequestSchema,
  screenSchema,
} from "../wire/mod.ts";
import { type Answer, jsonOfSize } from "./answer.ts";
import type { Caller } from "./caller.ts";
import { previewPrice, screenPrice } from "./prices.ts";
import { RequestProblem } from "./problem.ts";
import { type Route, route } from "./route.ts";
import { unknownSymbol } from "./symbols-asked.ts";

/** Whoever asks, and whether anybody still waits for the answer. */
export interface ScreenAsker {
  /** Whose places are taken: the same value for all tokens of a user. */
  readonly caller: Caller["bucket"];
  readonly signal: AbortSignal;
}

/**
 * Whoever screens, away from the thread that answers requests. Both reject as Screening throws; with a retryable error when places
 * are taken, whose `code` is `too_many_screens` when they are the caller's own; and with the signal's reason when that is aborted.
 */
export interface ScreenService {
  screen(request: ScreenRequest, by: ScreenAsker): Promise<ScreenResult>;
  preview(request: PreviewRequest, by: ScreenAsker): Promise<PreviewResult>;
}

/** What a match without facts, a skipped symbol, an error or a close is as JSON at most, about; bytes. */
const ENTRY_BYTES = 200;

/** The routes that run a filter that comes with the request. */
export function screenRoutes(store: MarketStore, service: ScreenService): Route[] {
  const symbolsOf = ({ symbols }: ReadScreenRequest): number => symbols?.length ?? store.symbols().length;
  return [
    route({
      method: "POST",
      path: "/screen",
      says: "Symbols for which a filter is true at a close; docs/filters.md tells how filters are written",
      scope: "screen",
      bodyCost: (body) => screenPrice(symbolsOf(body)),
      parameters: {},
      body: screenRequestSchema,
      answers: { 200: { says: "matches, and symbols that were skipped or failed", schema: screenSchema } },
      handle: ({ body, caller, request: { signal } }) =>
        answered(async () => {
          const result = await service.screen(meant(body, store), { caller: caller.bucket, signal });
          const { matches, skipped, errors } = result;
          const bytes = bytesOf(matches) + ENTRY_BYTES * (skipped.length + errors.length);
          return jsonOfSize(
            { ...result, matches: matches.map(({ symbol, facts = {} }) => ({ symbol, facts })) },
            bytes,
          );
        }),
    }),
    route({
      method: "POST",
      path: "/preview",
      says: "At which of the last closes a filter would have matched",
      scope: "screen",
      bodyCost: (body) => previewPrice(symbolsOf(body), body.closes, body.facts !== false),
      parameters: {},
      body: previewRequestSchema,
      answers: {
        200: { says: "each close with its matches, oldest first", schema: previewSchema },
      },
      handle: ({ body, caller, request: { signal } }) =>
        answered(async () => {
          const asked = { ...meant(body, store), closes: body.closes };
          const result = await service.preview(asked, { caller: caller.bucket, signal });
          const { closes, errors } = result;
          const bytes = closes.reduce((sum, { matches }) => sum + bytesOf(matches), 0);
          const most = Math.min(bytes, MAX_PREVIEW_BYTES) + ENTRY_BYTES * (closes.length + errors.length);
          return jsonOfSize(result, most);
        }),
    }),
  ];
}

/** What matches are as JSON at most. */
function bytesOf(matches: readonly Match[]): number {
  return matches.reduce((sum, { facts }) => sum + ENTRY_BYTES + (facts === undefined ? 0 : MAX_FACTS_LENGTH), 0);
}

/** The request, with what it left out. */
function meant(body: ReadScreenRequest, store: MarketStore): ScreenRequest {
  const interval = triggerOf(body);
  for (const one of [...body.timeframes, interval]) {
    if (store.served.includes(one)) continue;
    throw new RequestProblem(
      "unknown_interval",
      `${one} is not served here: expected one of ${store.served.join(", ")}`,
    );
  }
  const unknown = body.symbols?.find((symbol: Symbol) => !store.hasSymbol(symbol));
  if (unknown !== undefined) throw unknownSymbol(unknown, store);
  const closeTime = body.closeTime ?? (store.marketTime > 0 ? store.close(interval)?.closeTime : undefined);
  if (closeTime === undefined) throw new RequestProblem("not_ready", "the market hasn't said anything yet");
  return { ...body, interval, closeTime: closeTime as UnixMs };
}

/** The answer; or why there is none, in words where that is the request's own fault. */
async function answered(result: () => Promise<Answer>): Promise<Answer> {
  try {
    return await result();
  } catch (cause) {
    if (!(cause instanceof VyxError) || cause instanceof RequestProblem) throw cause;
    if (cause.code === "too_many_screens")
      throw new RequestProblem("rate_limited", cause.message, RETRY_AFTER_SECONDS.own);
    if (cause.retryable) throw new RequestProblem("not_ready", cause.message, RETRY_AFTER_SECONDS.full);
    throw new RequestProblem("invalid_parameter", cause.message);
  }
}
