import type { OutcomeSource } from "../traders/mod.ts";
import { outcomesRequestSchema, outcomesSchema } from "../wire/mod.ts";
import { jsonOfSize } from "./answer.ts";
import { outcomesPrice, rangePrice } from "./prices.ts";
import { type Route, route } from "./route.ts";

/** What the outcomes of a signal are as JSON at most, about; bytes. */
const SIGNAL_BYTES = 800;

/** `POST /outcomes`. */
export function outcomeRoutes(source: OutcomeSource): Route[] {
  return [
    route({
      method: "POST",
      path: "/outcomes",
      says: "What became of the price after signals, from closed candles; docs/backtests.md describes outcomes",
      scope: "screen",
      bodyCost: ({ signals }) => outcomesPrice(signals.length),
      parameters: {},
      body: outcomesRequestSchema,
      answers: { 200: { says: "the outcomes of each signal, in the request's order", schema: outcomesSchema } },
      handle: async ({ body, charge, request: { signal } }) => {
        // On top of what the signals cost.
        const onMinutes = (minutes: number): void => charge(rangePrice({ minutes, questions: 0 }), 0);
        const outcomes = await source.outcomes(body.signals, { signal, onMinutes });
        return jsonOfSize({ outcomes }, outcomes.length * SIGNAL_BYTES);
      },
    }),
  ];
}
