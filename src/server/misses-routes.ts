import { FIRST_MARKET } from "../core/mod.ts";
import type { MarketReader } from "../store/mod.ts";
import type { MissesRequest, MissesResult } from "../strategy/mod.ts";
import { missesRequestSchema, missesSchema, type ReadMissesRequest, USUAL_MISSES } from "../wire/mod.ts";
import { jsonOfSize } from "./answer.ts";
import { missesPrice } from "./prices.ts";
import { type Call, type Route, route } from "./route.ts";
import { screenProblem } from "./screen-problem.ts";
import { lastClose, meant, type ScreenAsker, type ScreenService, storesOf } from "./screen-routes.ts";
import { countAsked, followed } from "./symbols-asked.ts";

/** Looks for misses on other threads than the one that answers requests. Rejects as {@link ScreenService} does. */
export interface MissesService extends Pick<ScreenService, "timeframesOf"> {
  misses(request: MissesRequest, by: ScreenAsker): Promise<MissesResult>;
}

/** What a miss is as JSON at most, about, and everything besides; bytes. */
const MISS_BYTES = 800;
const BASE_BYTES = 2_000;

/** `POST /misses`. */
export function missesRoutes(markets: MarketReader, service: MissesService): Route[] {
  return [
    route({
      method: "POST",
      path: "/misses",
      says: "Which symbols came nearest to matching a filter at one close: those that one comparison alone kept from it; docs/filters.md describes misses",
      scope: "screen",
      bodyCost: ({ symbols }) => missesPrice(countAsked(symbols ?? [FIRST_MARKET], markets)),
      parameters: {},
      body: missesRequestSchema(markets.served),
      answers: {
        200: { says: "the narrowest misses, and how many symbols there were of each kind", schema: missesSchema() },
      },
      handle: async (call) => {
        try {
          const { milliseconds: _, ...found } = await missesAsked(markets, service, call);
          return jsonOfSize(found, BASE_BYTES + found.misses.length * MISS_BYTES);
        } catch (cause) {
          throw screenProblem(cause);
        }
      },
    }),
  ];
}

async function missesAsked(
  markets: MarketReader,
  service: MissesService,
  { body, caller, request: { signal } }: Call<unknown, ReadMissesRequest>,
): Promise<MissesResult> {
  const by = { caller: caller.bucket, signal };
  const symbols = body.symbols === undefined ? undefined : followed(body.symbols, markets);
  const asked = { ...body, symbols };
  const stores = storesOf(body.symbols ?? [FIRST_MARKET], markets);
  const { limit = USUAL_MISSES } = body;
  const { code, timeframes, interval, closeTime } = meant(
    asked,
    await service.timeframesOf(asked, by),
    markets,
    stores,
  );
  const newest = interval === undefined ? undefined : lastClose(stores, interval);
  const isPast = newest !== undefined && closeTime < newest;
  return await service.misses({ code, timeframes, interval, symbols, closeTime, isPast, limit }, by);
}
