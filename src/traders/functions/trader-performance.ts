import { type UnixMs, unixMs } from "../../core/mod.ts";
import { HorizonTallies } from "../../strategy/mod.ts";
import {
  MAX_ROWS,
  type PerformanceHorizon,
  readPerformanceQuery,
  SIGNAL_HORIZONS,
  type TraderPerformance,
} from "../../wire/mod.ts";
import { type CountedSignal, MAX_PERFORMANCE_CLOSES } from "../outcomes-table.ts";
import type { VersionSpan } from "../versions-table.ts";
import { FunctionProblem } from "./caller.ts";
import type { FunctionCall } from "./functions.ts";
import { json } from "./respond.ts";
import { foundOf, idOf, ownerOf } from "./trader-call.ts";

/** How often the database is asked for a part of the signals at most. */
const MAX_PARTS = 20;

/** Stands for the closes of a version that never ran: nothing is counted then. */
const EPOCH: UnixMs = unixMs(0);

/** Closes of a version, and the signals of these. */
interface Counted {
  readonly closes: readonly UnixMs[];
  readonly signals: readonly CountedSignal[];
  readonly notes: readonly string[];
}

/** `GET traders/{id}/performance`: the outcomes of the signals of one version, beside the baseline. */
export async function traderPerformance(call: FunctionCall): Promise<Response> {
  const { version, feesPercent } = readPerformanceQuery(call.url.searchParams);
  const id = idOf(call);
  call.caller.charge?.({ rows: MAX_ROWS });
  const found = await call.tables.versions.read(ownerOf(call), id, version);
  if (found === undefined && version !== undefined) {
    foundOf(await call.tables.versions.read(ownerOf(call), id, undefined), call);
    throw new FunctionProblem(
      "not_found",
      `trader ${id} has no version ${version}: GET traders/${id}/versions lists them`,
    );
  }
  const span = foundOf(found, call);
  const counted = await countedOf(call, id, span);
  return json(answerOf(id, span, counted, feesPercent));
}

/** The closes and signals that are counted: the newest ones, where there are many. */
async function countedOf({ tables, caller }: FunctionCall, id: string, span: VersionSpan): Promise<Counted> {
  const newestFirst = await tables.outcomes.closesOf(id, span);
  const notes: string[] = [];
  if (newestFirst.length > MAX_PERFORMANCE_CLOSES) {
    newestFirst.length = MAX_PERFORMANCE_CLOSES;
    notes.push(`only the newest ${MAX_PERFORMANCE_CLOSES.toLocaleString("en")} closes are counted`);
  }
  const closes = newestFirst.reverse();
  const [from, to] = [closes[0], closes.at(-1)];
  if (from === undefined || to === undefined) return { closes, signals: [], notes };
  const signals: CountedSignal[] = [];
  let before: number | undefined;
  for (let parts = 1; ; parts += 1) {
    const part = await tables.outcomes.signalsOf(id, span.version, { from, to }, before);
    signals.push(...part.signals);
    before = part.before;
    if (before === undefined) break;
    if (parts === MAX_PARTS) {
      const oldest = Math.min(to, ...new Set(signals.map(({ closeTime }) => closeTime)));
      notes.push("there are more signals than are counted: the closes before the oldest one that is are left out");
      return { closes: closes.filter((close) => close >= oldest), signals, notes };
    }
    caller.charge?.({ rows: MAX_ROWS });
  }
  return { closes, signals, notes };
}

function answerOf(
  traderId: string,
  { version: { version, market, triggerInterval: interval, symbols } }: VersionSpan,
  { closes, signals, notes }: Counted,
  feesPercent: number,
): TraderPerformance {
  const [from, to] = [closes[0] ?? null, closes.at(-1) ?? null];
  const about = { traderId, version, market, interval, universe: symbols ?? "all" } as const;
  const span = { firstClose: from ?? EPOCH, lastClose: to ?? EPOCH };
  const tallies = new HorizonTallies({ interval, horizons: SIGNAL_HORIZONS, ...span });
  const unknown = SIGNAL_HORIZONS.map(() => 0);
  for (const { closeTime, returns } of signals) {
    for (const [index, percent] of returns.entries()) {
      if (percent === null) unknown[index] = (unknown[index] as number) + 1;
      else if (percent !== undefined) tallies.addSignal(index, closeTime, percent - feesPercent);
    }
  }
  const outcomes = tallies.figures(signals.length).map((figures, index): PerformanceHorizon => {
    const never = unknown[index] as number;
    return { ...figures, signals: { ...figures.signals, pending: figures.signals.pending - never, unknown: never } };
  });
  return {
    ...about,
    from,
    to,
    closes: closes.length,
    signals: signals.length,
    symbols: 0,
    baselineFrom: null,
    horizons: SIGNAL_HORIZONS,
    feesPercent,
    outcomes,
    notes,
  };
}
