import {
  contradictingColumns,
  judgeKline,
  type Kline,
  type KlineQuestion,
  type KlineRefusal,
  marketOf,
  nextOpenTime,
  type UnixMs,
  unknownColumnsOf,
} from "../core/mod.ts";
import { type MarketReader, type MarketStore, readKlines, type Series } from "../store/mod.ts";
import { type ImportAnswer, type ImportedKlines, importAnswerSchema, importedKlinesSchema } from "../wire/mod.ts";
import { json } from "./answer.ts";
import { storeAsked } from "./markets-asked.ts";
import { RequestProblem } from "./problem.ts";
import { type Route, route } from "./route.ts";
import { unknownSymbol } from "./symbols-asked.ts";

/**
 * Takes in klines that somebody else kept, as the exchange's own answer for their range. A closed kline that is here already
 * stays what it is: one that says otherwise is a contradiction, and the exchange is asked. Each kline is judged like the
 * exchange's own; the answer says which weren't taken.
 */
export function importRoutes(markets: MarketReader): Route[] {
  return [
    route({
      method: "POST",
      path: "/import",
      says: "Imports consecutive closed klines of one series, for example from another collector",
      scope: "admin",
      parameters: {},
      body: importedKlinesSchema,
      answers: { 200: { says: "how many were imported, and why others were refused", schema: importAnswerSchema } },
      handle: ({ body }) => json(taken(markets, body)),
    }),
  ];
}

/** Why a kline of an import isn't taken. */
type ImportRefusal =
  | KlineRefusal
  /** It isn't closed. */
  | "not_closed"
  /** It doesn't open later than the one before. */
  | "out_of_order"
  /** The series doesn't reach back that far. */
  | "too_old"
  /** It is here already with other figures. They stay until the exchange has said which are right: it is asked. */
  | "differs";

function taken(markets: MarketReader, imported: ImportedKlines): ImportAnswer {
  const { symbol, interval, klines } = imported;
  if (!markets.hasSymbol(symbol)) throw unknownSymbol(symbol, markets);
  const store = storeAsked(marketOf(symbol), markets);
  const series = store.series(symbol, interval);
  if (series === undefined) {
    throw new RequestProblem(
      "unknown_interval",
      `${interval} isn't kept here: expected one of ${store.intervals.join(", ")}`,
    );
  }
  if (!store.isTimeConfirmed) {
    throw new RequestProblem(
      "not_ready",
      "the exchange hasn't told what time it is: what is closed can't be known yet",
    );
  }
  const refused: { index: number; reason: ImportRefusal }[] = [];
  let runs: Kline[][];
  try {
    runs = runsOf(store.marketTime, imported, refused);
  } catch (problem) {
    noteRefused(store, imported, refused);
    throw problem;
  }
  const held = heldBefore(series, runs);
  for (const run of runs) {
    const [from, to] = [run[0]?.openTime as UnixMs, run.at(-1)?.openTime as UnixMs];
    store.apply({ type: "history", symbol, interval, from, to, klines: run });
  }
  const added = noteTaken(series, imported, runs, held, refused);
  refused.sort((a, b) => a.index - b.index);
  noteRefused(store, imported, refused);
  return answerOf(added, klines, refused);
}

/** Counts what is refused, be the rest taken or not. */
function noteRefused(
  store: MarketStore,
  { symbol, interval, klines }: ImportedKlines,
  refused: readonly { index: number; reason: ImportRefusal }[],
): void {
  for (const { index, reason } of refused) {
    store.refusals.note("import", reason, () => `${symbol} ${interval}: ${JSON.stringify(klines[index])}`);
  }
}

/** The klines that are believed, in stretches; a refused one ends a stretch. Throws RequestProblem for a hole or for none at all. */
function runsOf(
  marketTime: UnixMs,
  { symbol, interval, klines }: ImportedKlines,
  refused: { index: number; reason: ImportRefusal }[],
): Kline[][] {
  const question = { interval, marketTime, unknown: unknownColumnsOf(marketOf(symbol)) };
  const runs: Kline[][] = [[]];
  let before: Kline | undefined;
  for (const [index, kline] of klines.entries()) {
    const reason = refusalOf(kline, before, question);
    if (reason !== undefined) {
      refused.push({ index, reason });
      if (runs.at(-1)?.length !== 0) runs.push([]);
      continue;
    }
    const run = runs.at(-1) as Kline[];
    const last = run.at(-1);
    if (last !== undefined && nextOpenTime(interval, last.openTime) !== kline.openTime) {
      throw new RequestProblem(
        "invalid_parameter",
        `klines.${index}: it doesn't follow on the one before: expected a request for each stretch without a hole`,
      );
    }
    run.push(kline);
    before = kline;
  }
  const [first] = refused;
  if (before === undefined && first !== undefined) {
    throw new RequestProblem(
      "invalid_parameter",
      `klines.${first.index}: it can't be a closed kline of ${interval}: ${first.reason}`,
    );
  }
  return runs.filter((run) => run.length > 0);
}

function refusalOf(kline: Kline, before: Kline | undefined, question: KlineQuestion): ImportRefusal | undefined {
  if (!kline.closed) return "not_closed";
  const refusal = judgeKline(kline, question);
  if (refusal !== undefined) return refusal;
  return before !== undefined && kline.openTime <= before.openTime ? "out_of_order" : undefined;
}

/** The klines that the series has in these stretches, by open time. */
function heldBefore(series: Series, runs: readonly Kline[][]): ReadonlyMap<number, Kline> {
  const range = { startTime: runs[0]?.[0]?.openTime, endTime: runs.at(-1)?.at(-1)?.openTime };
  const held = readKlines(series, series.select({ ...range, limit: series.ring.capacity }));
  return new Map(held.map((kline) => [kline.openTime, kline]));
}

/** Counts what came in new; what isn't there now is too old for the ring, and what is closed there stays as it is. */
function noteTaken(
  series: Series,
  { klines }: ImportedKlines,
  runs: readonly Kline[][],
  before: ReadonlyMap<number, Kline>,
  refused: { index: number; reason: ImportRefusal }[],
): number {
  const believed = new Set(runs.flat());
  let added = 0;
  for (const [index, kline] of klines.entries()) {
    if (!believed.has(kline)) continue;
    const held = before.get(kline.openTime);
    if (!series.has(kline.openTime)) refused.push({ index, reason: "too_old" });
    else if (held === undefined) added += 1;
    else if (held.closed && contradictingColumns(held, kline).length > 0) refused.push({ index, reason: "differs" });
  }
  return added;
}

function answerOf(
  added: number,
  klines: readonly Kline[],
  refused: readonly { index: number; reason: ImportRefusal }[],
): ImportAnswer {
  const reasons: Record<string, number> = {};
  for (const { reason } of refused) reasons[reason] = (reasons[reason] ?? 0) + 1;
  const [first] = refused;
  const openTime = first === undefined ? 0 : (klines[first.index]?.openTime ?? 0);
  return {
    added,
    refused: refused.length,
    reasons,
    firstRefused: first === undefined ? null : { ...first, openTime },
  };
}
