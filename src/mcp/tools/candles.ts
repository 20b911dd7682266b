import * as v from "valibot";
import { countOf } from "../../core/mod.ts";
import { count, interval, moment, momentOf, symbol } from "../inputs.ts";
import { type AnyTool, tool } from "../tool.ts";

/** Klines of a series. */
export const candles: AnyTool = tool({
  name: "candles",
  says: "Candles of one symbol, oldest first, with a summary. complete: none is missing; settled: none is in doubt. Don't trust conclusions from candles that aren't.",
  input: v.strictObject({
    symbol,
    interval,
    limit: count(500, 50),
    startTime: moment,
    endTime: moment,
    closed: v.optional(
      v.pipe(v.boolean(), v.description("without the candle that is still open; true unless given")),
      true,
    ),
  }),
  run: async ({ symbol, interval, limit, startTime, endTime, closed }, { client }, signal) => {
    const range = { startTime: momentOf(startTime), endTime: momentOf(endTime) };
    const { klines, complete, settled } = await client.klines(symbol, interval, { limit, closed, ...range, signal });
    const [first, last] = [klines[0], klines.at(-1)];
    const change = first === undefined || last === undefined ? 0 : (100 * (last.close - first.open)) / first.open;
    const high = Math.max(...klines.map((kline) => kline.high));
    const low = Math.min(...klines.map((kline) => kline.low));
    const doubt = complete && settled ? "complete and settled" : `complete: ${complete}, settled: ${settled}`;
    return {
      summary:
        first === undefined || last === undefined
          ? `no candles of ${symbol} ${interval} there; ${doubt}.`
          : `${countOf(klines.length, "candle")} of ${symbol} ${interval} from ${iso(first.openTime)} to ${iso(last.openTime)}: ${change.toFixed(2)} %, low ${low}, high ${high}, last close ${last.close}; ${doubt}.`,
      data: {
        complete,
        settled,
        columns: ["openTime", "open", "high", "low", "close", "volume"],
        rows: klines.map(({ openTime, open, high, low, close, volume }) => [openTime, open, high, low, close, volume]),
      },
    };
  },
});

function iso(time: number): string {
  return new Date(time).toISOString().replace(".000Z", "Z");
}
