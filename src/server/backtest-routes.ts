import { firstStore, type MarketReader } from "../store/mod.ts";
import type { BacktestAsked, PlannedBacktest } from "../strategy/mod.ts";
import { backtestLineSchema, backtestRequestSchema, NDJSON_TYPE } from "../wire/mod.ts";
import type { Answer } from "./answer.ts";
import { ARROW_TYPE } from "./arrow.ts";
import { type BacktestAnswer, backtestAnswer } from "./backtest-answer.ts";
import { backtestPrice } from "./prices.ts";
import { type Route, route } from "./route.ts";
import { screenProblem } from "./screen-problem.ts";
import type { ScreenAsker } from "./screen-routes.ts";

/** Runs backtests on other threads than the one that answers requests. */
export interface BacktestService {
  /**
   * Takes a place for a backtest, which it has until it is read to its end or closed. Rejects with a retryable error when places are
   * taken, whose `code` is `too_many_screens` when it is the caller's own, and with others where the request can't be meant.
   */
  plan(asked: BacktestAsked, by: ScreenAsker): Promise<PlannedBacktest>;
}

/** `POST /backtest`. */
export function backtestRoutes(markets: MarketReader, service: BacktestService): Route[] {
  return [
    route({
      method: "POST",
      path: "/backtest",
      says: "What a filter would have signalled at each close of a range, and what became of it; docs/backtests.md describes backtests",
      scope: "screen",
      parameters: {},
      body: backtestRequestSchema(),
      isLong: true,
      answers: {
        200: {
          says: "JSON lines: progress, signals symbol by symbol, and at the end the result, or the problem that ended it. As Arrow: the signals",
          schema: backtestLineSchema,
          contentType: NDJSON_TYPE,
          alsoAs: ARROW_TYPE,
        },
      },
      handle: async ({ request, body, caller, charge }) => {
        const asked = { ...body, market: body.market ?? firstStore(markets).market };
        let planned: PlannedBacktest;
        try {
          planned = await service.plan(asked, { caller: caller.bucket, signal: request.signal });
        } catch (cause) {
          throw screenProblem(cause);
        }
        try {
          charge(backtestPrice(planned.symbolCloses));
        } catch (cause) {
          planned.close();
          throw cause;
        }
        return answerOf(backtestAnswer(planned, request.headers.get("accept"), body.horizons));
      },
    }),
  ];
}

/** The connection ends with the answer: it may be silent for longer than others. */
function answerOf({ contentType, body }: BacktestAnswer): Answer {
  const headers = new Headers({ "content-type": contentType, "cache-control": "no-store", connection: "close" });
  return { status: 200, headers, body, bytes: 0 };
}
