import * as v from "valibot";
import { countOf } from "../../core/mod.ts";
import type { TraderPerformance } from "../../wire/mod.ts";
import { type AnyTool, tool } from "../tool.ts";

/** Signals that are listed at most. */
const MAX_LISTED = 100;

/** Characters of a version's code that are shown. */
const MAX_CODE = 400;

/** What became of the live signals of a trader. */
export const outcomes: AnyTool = tool({
  name: "outcomes",
  says: "What became of the live signals of one of the caller's traders: returns after 1, 4, 16 and 96 candles beside those of all closes that it ran at (the baseline). Report what edge says, and never a hit rate without its baseline. of signals lists the newest ones, each with its returns; of versions, what the trader was.",
  input: v.strictObject({
    traderId: v.pipe(v.string(), v.maxLength(80)),
    of: v.optional(v.picklist(["performance", "signals", "versions"]), "performance"),
    version: v.optional(v.pipe(v.number(), v.description("of the performance; the present one unless given"))),
    feesPercent: v.optional(v.number()),
  }),
  run: async ({ traderId, of, version, feesPercent }, { client }, signal) => {
    switch (of) {
      case "performance":
        return answerOf(await client.traders.performance(traderId, { version, feesPercent, signal }));
      case "signals": {
        const { signals, cursor } = await client.signals.list({ traderId, limit: MAX_LISTED, signal });
        const rows = signals.map((one) => [
          ...[iso(one.closeTime), one.symbol, one.interval, one.traderVersion, one.price],
          ...one.outcomes.map(({ state, returnPercent }) => (state === "known" ? returnPercent : state)),
        ]);
        const horizons = (signals[0]?.outcomes ?? []).map(({ horizon }) => `returnPercent after ${horizon}`);
        return {
          summary: `${countOf(signals.length, "signal")}, oldest first${cursor === null ? "" : ", and older ones"}. unknown: never will be known.`,
          data: { columns: ["closeTime", "symbol", "interval", "version", "price", ...horizons], rows: rows.reverse() },
        };
      }
      case "versions": {
        const { versions, cursor } = await client.traders.versions(traderId, { limit: MAX_LISTED, signal });
        const rows = versions.map((one) => [
          ...[
            one.version,
            iso(one.createdAt),
            one.signals,
            one.triggerInterval,
            one.cooldownCandles,
            shortened(one.code),
          ],
        ]);
        return {
          summary: `${countOf(versions.length, "version")}, oldest first${cursor === null ? "" : ", and older ones"}.`,
          data: {
            columns: ["version", "since", "signals", "interval", "cooldownCandles", "code"],
            rows: rows.reverse(),
          },
        };
      }
    }
  },
});

function answerOf(found: TraderPerformance): { summary: string; data: object } {
  const { version, market, interval, closes, signals, symbols, from, to, baselineFrom, notes, outcomes: all } = found;
  const range = from === null || to === null ? "" : `, ${iso(from)} to ${iso(to)}`;
  const says = all.map(({ horizon, edge }) => `After ${countOf(horizon, "candle")}: ${edge.says}.`).join(" ");
  return {
    summary: `version ${version}: ${countOf(signals, "live signal")} at ${countOf(closes, "close")} of ${interval} (${market})${range}. ${says}`,
    data: {
      ...{ symbols, baselineFrom: baselineFrom === null ? null : iso(baselineFrom), notes },
      columns: ["candles", "of", "count", "hitRate", "meanPercent", "medianPercent", "pending", "unknown"],
      rows: all.flatMap(({ horizon, signals: ours, baseline }) => [
        [
          horizon,
          "signals",
          ours.count,
          ours.hitRate,
          ours.meanPercent,
          ours.medianPercent,
          ours.pending,
          ours.unknown,
        ],
        [horizon, "baseline", baseline.count, baseline.hitRate, baseline.meanPercent, baseline.medianPercent],
      ]),
    },
  };
}

function shortened(code: string): string {
  return code.length <= MAX_CODE ? code : `${code.slice(0, MAX_CODE)}…`;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
