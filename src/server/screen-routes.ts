import { type Symbol, type UnixMs, VyxError } from "../core/mod.ts";
import type { MarketStore } from "../store/mod.ts";
import {
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
import { json } from "./answer.ts";
import { unknownSymbol } from "./market-routes.ts";
import { RequestProblem } from "./problem.ts";
import { type Route, route } from "./route.ts";

/** Symbols that a token pays for in a screen, and in a preview. */
const SCREENED_PER_TOKEN = 10;
const PREVIEWED_PER_TOKEN = 2;

/** Whoever screens, away from the thread that answers requests. */
export interface ScreenService {
  /** Rejects with {@link ScreensBusy} when too many wait, and as Screening throws. */
  screen(request: ScreenRequest): Promise<ScreenResult>;
  preview(request: PreviewRequest): Promise<PreviewResult>;
}

/** As many screens wait as may. */
export class ScreensBusy extends VyxError {
  readonly code = "screens_busy";
  readonly retryable = true;
}

/** The routes that run a filter that comes with the request. */
export function screenRoutes(store: MarketStore, service: ScreenService): Route[] {
  const cost = (perToken: number) => (): number => Math.max(1, Math.ceil(store.symbols().length / perToken));
  return [
    route({
      method: "POST",
      path: "/screen",
      says: "Symbols for which a filter is true at a close; docs/filters.md tells how filters are written",
      scope: "screen",
      cost: cost(SCREENED_PER_TOKEN),
      parameters: {},
      body: screenRequestSchema,
      answers: { 200: { says: "matches, and symbols that were skipped or failed", schema: screenSchema } },
      handle: async ({ body }) => {
        const result = await told(service.screen(meant(body, store)));
        return json({ ...result, matches: result.matches.map(({ symbol, facts = {} }) => ({ symbol, facts })) });
      },
    }),
    route({
      method: "POST",
      path: "/preview",
      says: "At which of the last closes a filter would have matched",
      scope: "screen",
      cost: cost(PREVIEWED_PER_TOKEN),
      parameters: {},
      body: previewRequestSchema,
      answers: {
        200: { says: "each close with its matches, oldest first", schema: previewSchema },
      },
      handle: async ({ body }) => json(await told(service.preview({ ...meant(body, store), closes: body.closes }))),
    }),
  ];
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

/** What is the request's own fault is told in words. */
async function told<Result>(answer: Promise<Result>): Promise<Result> {
  try {
    return await answer;
  } catch (cause) {
    if (!(cause instanceof VyxError)) throw cause;
    throw new RequestProblem(cause.retryable ? "not_ready" : "invalid_parameter", cause.message);
  }
}
