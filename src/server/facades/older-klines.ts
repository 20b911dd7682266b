import { emptyKline, type Kline } from "../../core/mod.ts";
import type { Series } from "../../store/mod.ts";
import type { LoopTurns } from "../loop-turns.ts";
import { klineParameters } from "../parameters.ts";
import { MAX_ANSWERS_AT_ONCE } from "../past/bounds.ts";
import type { LongRanges } from "../past/long-ranges.ts";
import type { RunJob } from "../past/past-blocks.ts";
import { type RangePage, rangePage } from "../past/range-page.ts";
import { PoolTurns } from "../pool-turns.ts";
import { rangePrice } from "../prices.ts";
import type { Call } from "../route.ts";
import type { KlinesAsked } from "./settled-klines.ts";

/** What reading klines beyond memory needs. */
export interface OlderKlinesParts {
  readonly ranges: LongRanges;
  readonly turns: LoopTurns;
}

/** Klines that reach beyond memory, for answers that can't say that some are missing. */
export class OlderKlines {
  readonly #parts: OlderKlinesParts;
  readonly #places: PoolTurns = new PoolTurns(MAX_ANSWERS_AT_ONCE);

  constructor(parts: OlderKlinesParts) {
    this.#parts = parts;
  }

  /**
   * All klines that the exchange has of what is asked; undefined where the server can't have them: it has no history and doesn't ask the
   * exchange, or these are too many for one answer, or in doubt. `charged`: what was charged for the request before.
   */
  async read(
    series: Series,
    { limit, startTime, endTime }: KlinesAsked,
    { request, caller, charge }: Pick<Call, "request" | "caller" | "charge">,
    charged: number,
  ): Promise<RangePage | undefined> {
    const { ranges, turns } = this.#parts;
    const parameters = klineParameters(limit, false, startTime, endTime);
    if (!ranges.isFor(series, parameters)) return undefined;
    return await this.#places.run(caller, async () => {
      const plan = await ranges.plan(series.symbol, series.interval, series, parameters);
      if (plan.older.isCut) return undefined;
      charge(charged + rangePrice(plan), charged);
      const run: RunJob = (job) => turns.run(caller, job);
      const page = await rangePage(plan, { ranges, parameters, signal: request.signal, run });
      return page.settled ? page : undefined;
    });
  }
}

/** The klines of a page, oldest first. The same object is filled again and again. */
export function* klinesOf({ rows }: RangePage): Iterable<Readonly<Kline>> {
  const kline = emptyKline();
  for (const { block, first, end } of rows) {
    for (let row = first; row < end; row += 1) yield block.read(row, kline);
  }
}
