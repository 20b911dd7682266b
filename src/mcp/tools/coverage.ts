import * as v from "valibot";
import { countOf } from "../../core/mod.ts";
import { interval, symbol } from "../inputs.ts";
import { type AnyTool, tool } from "../tool.ts";

/** Ranges that are listed at most. */
const MAX_RANGES = 20;

/** What the server has of a series. */
export const coverage: AnyTool = tool({
  name: "coverage",
  says: "What the server has of a series: from when to when, holes that the exchange has too, ranges in doubt.",
  input: v.strictObject({ symbol, interval }),
  run: async ({ symbol, interval }, { client }, signal) => {
    const { first, last, count, holes, uncertain, fresh, restated } = await client.coverage(symbol, interval, {
      signal,
    });
    const iso = (time: number | null): string => (time === null ? "none" : new Date(time).toISOString());
    const doubt = uncertain.length === 0 ? "none in doubt" : `${uncertain.length} ranges in doubt`;
    return {
      summary: `${countOf(count, "candle")} of ${symbol} ${interval} from ${iso(first)} to ${iso(last)}, ${countOf(holes.length, "hole")}, ${doubt}, ${fresh ? "live" : "not live now"}.`,
      data: { fresh, restated, holes: holes.slice(0, MAX_RANGES), uncertain: uncertain.slice(0, MAX_RANGES) },
    };
  },
});
