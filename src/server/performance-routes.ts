import type { PerformanceSource } from "../traders/mod.ts";
import { closesIn, comparisonRequestSchema, comparisonSchema } from "../wire/mod.ts";
import { jsonOfSize } from "./answer.ts";
import { backtestPrice } from "./prices.ts";
import { RequestProblem } from "./problem.ts";
import { type Route, route } from "./route.ts";
import { screenProblem } from "./screen-problem.ts";

/** The longest body, in bytes: 10,000 signals with their returns fit. */
const MAX_BODY_BYTES: number = 1024 * 1024;

/** What an answer is as JSON at most, about; bytes. */
const ANSWER_BYTES = 4_000;

/** `POST /performance`. */
export function performanceRoutes(source: PerformanceSource): Route[] {
  return [
    route({
      method: "POST",
      path: "/performance",
      says: "Live signals' returns beside the baseline of the closes that their trader ran at; docs/backtests.md describes both",
      scope: "screen",
      maxBodyBytes: MAX_BODY_BYTES,
      parameters: {},
      body: comparisonRequestSchema,
      answers: { 200: { says: "figures of signals and baseline for each horizon", schema: comparisonSchema } },
      handle: async ({ body, caller, charge, request: { signal } }) => {
        try {
          const asked = { ...body, closes: closesIn(body) };
          const most = await source.mostCloses(body.market, body.interval, body.symbols, asked.closes[0]);
          if (asked.closes.length > most) throw tooManyCloses(most, body.interval);
          const by = {
            caller: caller.bucket,
            signal,
            charge: (symbolCloses: number) => charge(backtestPrice(symbolCloses), 0),
          };
          return jsonOfSize(await source.performance(asked, by), ANSWER_BYTES);
        } catch (cause) {
          throw screenProblem(cause);
        }
      },
    }),
  ];
}

function tooManyCloses(most: number, interval: string): RequestProblem {
  const atMost = `${most.toLocaleString("en")} closes of ${interval}`;
  return new RequestProblem(
    "invalid_parameter",
    `closes: expected at most ${atMost} of so many symbols: ask for fewer of either`,
  );
}
