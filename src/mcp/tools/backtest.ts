import * as v from "valibot";
import { ClientError, backtest as run } from "../../client/mod.ts";
import { countOf } from "../../core/mod.ts";
import type { BacktestLine, BacktestRequest } from "../../wire/mod.ts";
import { code, interval } from "../inputs.ts";
import { type AnyTool, type ToolAnswer, tool } from "../tool.ts";

type BacktestResult = NonNullable<BacktestLine["result"]>;

/** How long a backtest may take, in milliseconds: an agent waits for it. */
const WITHIN_MS = 100_000;

/** The symbols with the most volume, as `vyx backtest` writes them. */
const TOP = /^top:(\d+):(\d+)$/;

const UNIVERSES =
  'expected all, ["BTCUSDT"], top:50:30 (the 50 with the most volume of 30 days) or {"top":50,"days":30}';

/** What a filter would have signalled, and what became of it. */
export const backtest: AnyTool = tool({
  name: "backtest",
  says: "Runs a filter at every close of a range, as a trader would have, and compares the returns after its signals with those of all closes (the baseline). Report what edge says, and never a hit rate without its baseline. Stops after 100 s: begin with some days.",
  input: v.strictObject({
    code,
    from: v.pipe(v.union([v.number(), v.string()]), v.description("Unix milliseconds, or ISO 8601 with a zone")),
    to: v.optional(v.union([v.number(), v.string()])),
    interval: v.optional(interval),
    universe: v.optional(
      v.pipe(
        v.union(
          [
            v.literal("all"),
            v.array(v.string()),
            v.pipe(v.string(), v.regex(TOP, UNIVERSES)),
            v.strictObject({ top: v.number(), days: v.number() }, UNIVERSES),
          ],
          UNIVERSES,
        ),
        v.description("all, a list of symbols, or top:50:30, the 50 with the most volume of 30 days"),
      ),
    ),
    cooldownCandles: v.optional(v.number()),
    feesPercent: v.optional(v.number()),
  }),
  run: async ({ universe, ...request }, { options }, signal) => {
    const ended = AbortSignal.any([signal, AbortSignal.timeout(WITHIN_MS)]);
    try {
      let answer: ToolAnswer | undefined;
      // To the end of the answer, not of the result: then the server takes the next backtest.
      for await (const { result } of run(
        options,
        { ...request, ...universeOf(universe), facts: false },
        { signal: ended },
      )) {
        if (result !== undefined) answer = answerOf(result);
      }
      if (answer !== undefined) return answer;
    } catch (cause) {
      if (!ended.aborted || signal.aborted) throw cause;
      throw new ClientError(
        "timeout",
        `the backtest took longer than ${WITHIN_MS / 1_000} s: ask for a shorter range or fewer symbols`,
      );
    }
    throw new ClientError("bad_answer", "the backtest ended without a result");
  },
});

function answerOf(result: BacktestResult): ToolAnswer {
  const { market, interval, closes, symbols, checked, signals, skipped, errors, outcomes, notes } = result;
  const iso = (time: number): string => new Date(time).toISOString();
  const verdict = checked === 0 ? "Not one close could be checked." : verdictOf(outcomes);
  const note = notes[0] === undefined ? "" : ` Note: ${notes[0]}.`;
  return {
    summary: `${countOf(signals, "signal")} at ${countOf(closes, "close")} of ${interval} of ${countOf(symbols, "symbol")} (${market}), ${iso(result.from)} to ${iso(result.to)}. ${verdict}${note}`,
    data: {
      ...{ checked, skipped, errors, notes },
      columns: ["candles", "of", "count", "hitRate", "meanPercent", "medianPercent"],
      rows: outcomes.flatMap((one) =>
        (["signals", "baseline"] as const).map((of) => {
          const { count, hitRate, meanPercent, medianPercent } = one[of];
          return [one.horizon, of, count, hitRate, meanPercent, medianPercent];
        }),
      ),
    },
  };
}

/** What the edge says after each number of candles, the same words once. */
function verdictOf(outcomes: BacktestResult["outcomes"]): string {
  const byWords = new Map<string, number[]>();
  for (const { horizon, edge } of outcomes) byWords.set(edge.says, [...(byWords.get(edge.says) ?? []), horizon]);
  return [...byWords].map(([says, horizons]) => `After ${candlesIn(horizons)}: ${says}.`).join(" ");
}

/** "1 candle", "4 candles", "1, 4 candles". */
function candlesIn(horizons: readonly number[]): string {
  return [...horizons.slice(0, -1), countOf(horizons.at(-1) ?? 0, "candle")].join(", ");
}

/** The universe as the server takes it: `top:50:30` becomes an object. */
function universeOf(asked: BacktestRequest["universe"] | string): Pick<BacktestRequest, "universe"> {
  const [, top, days] = typeof asked === "string" ? (TOP.exec(asked) ?? []) : [];
  if (top !== undefined) return { universe: { top: Number(top), days: Number(days) } };
  return { universe: asked as BacktestRequest["universe"] };
}
