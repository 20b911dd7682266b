import { InvalidInput, minuteText, type UnixMs, unixMs, VyxError } from "../../core/mod.ts";
import { type HorizonFigures, HorizonTallies, type LiveSignal } from "../../strategy/mod.ts";
import {
  MAX_PERFORMANCE_CLOSES,
  MAX_ROWS,
  type PerformanceHorizon,
  RETRY_AFTER_SECONDS,
  readPerformanceQuery,
  roundedShares,
  SIGNAL_HORIZONS,
  type TraderPerformance,
} from "../../wire/mod.ts";
import type { CountedSignal } from "../outcomes-table.ts";
import type { PerformanceFound } from "../ports.ts";
import type { VersionSpan } from "../versions-table.ts";
import { FunctionProblem } from "./caller.ts";
import type { FunctionCall, FunctionParts } from "./functions.ts";
import { json } from "./respond.ts";
import { foundOf, idOf, ownerOf } from "./trader-call.ts";

/** How often the database is asked for a part of the signals at most. */
const MAX_PARTS = 20;

/** Stands for the closes of a version that never ran: nothing is counted then. */
const EPOCH: UnixMs = unixMs(0);

/** Closes of a version, oldest first, and the signals of these. */
interface Counted {
  readonly closes: readonly UnixMs[];
  readonly signals: readonly CountedSignal[];
  readonly notes: readonly string[];
}

/** `GET traders/{id}/performance`: the outcomes of the signals of one version, beside the baseline. */
export async function traderPerformance(parts: FunctionParts, call: FunctionCall): Promise<Response> {
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
  const { market, triggerInterval, symbols } = span.version;
  const most = (await parts.performances?.mostCloses(market, triggerInterval, symbols)) ?? MAX_PERFORMANCE_CLOSES;
  const counted = await countedOf(call, id, span, { closes: most, signals: parts.performances?.mostSignals });
  const compared = await comparedOf(parts, call, span, counted, feesPercent);
  return json(answerOf(id, span, counted, compared, feesPercent), 200, roundedShares);
}

/** How many closes and signals are counted at most; any number of signals where it is undefined. */
interface MostCounted {
  readonly closes: number;
  readonly signals: number | undefined;
}

/** The closes and signals that are counted: the newest ones, where there are many. */
async function countedOf(call: FunctionCall, id: string, span: VersionSpan, most: MostCounted): Promise<Counted> {
  const newestFirst = await call.tables.outcomes.closesOf(id, span, most.closes + 1);
  const notes: string[] = [];
  if (newestFirst.length > most.closes) {
    newestFirst.length = most.closes;
    notes.push(`only the newest ${most.closes.toLocaleString("en")} closes are counted`);
  }
  const closes = newestFirst.reverse();
  const { signals, isAll } = await signalsOf(call, id, span, closes);
  const kept = signals.slice(0, most.signals);
  if (isAll && kept.length === signals.length) return { closes, signals, notes };
  // Of the oldest close there may be more signals that were left out.
  const oldest = kept.at(-1)?.closeTime ?? Number.POSITIVE_INFINITY;
  const counted = kept.filter(({ closeTime }) => closeTime > oldest);
  notes.push(
    `there are too many signals: only the newest ${counted.length.toLocaleString("en")} are counted, and the closes from theirs on`,
  );
  return { closes: closes.filter((close) => close > oldest), signals: counted, notes };
}

/** The signals of closes, the newest closes' first, and whether they are all that there are. */
async function signalsOf(
  { tables, caller }: FunctionCall,
  id: string,
  { version, ids }: VersionSpan,
  closes: readonly UnixMs[],
): Promise<{ readonly signals: readonly CountedSignal[]; readonly isAll: boolean }> {
  const [from, to] = [closes[0], closes.at(-1)];
  const signals: CountedSignal[] = [];
  let before = from === undefined || ids === undefined ? undefined : ids.last + 1;
  for (let parts = 1; from !== undefined && to !== undefined && ids !== undefined && before !== undefined; parts += 1) {
    if (parts > MAX_PARTS) break;
    if (parts > 1) caller.charge?.({ rows: MAX_ROWS });
    const part = await tables.outcomes.signalsOf(id, version, { from, to }, { first: ids.first, before });
    signals.push(...part.signals);
    before = part.before;
  }
  signals.sort((one, other) => other.closeTime - one.closeTime);
  return { signals, isAll: before === undefined };
}

/** What was found of the baseline, or why there is none. */
type Compared = PerformanceFound | { readonly note: string };

/** The outcomes beside the baseline. Throws {@link FunctionProblem} where the caller has to come back later. */
async function comparedOf(
  { performances }: FunctionParts,
  { caller, request: { signal } }: FunctionCall,
  { version: { market, triggerInterval: interval, symbols } }: VersionSpan,
  { closes, signals: counted, notes }: Counted,
  feesPercent: number,
): Promise<Compared> {
  if (performances === undefined)
    return { note: "there is no baseline: the functions have no server that computes it" };
  if (closes.length === 0) {
    return {
      note: notes.length === 0 ? "the version has run at no close that is still known" : "no close is left to count",
    };
  }
  const signals = counted.map(liveOf);
  const by = {
    caller: caller.share ?? caller.owner,
    signal,
    charge: (symbolCloses: number) => caller.charge?.({ symbolCloses }),
  };
  try {
    return await performances.performance({ market, interval, symbols, closes, signals, feesPercent }, by);
  } catch (cause) {
    if (cause instanceof InvalidInput) return { note: `there is no baseline: ${cause.message}` };
    if (!(cause instanceof VyxError) || !cause.retryable || cause instanceof FunctionProblem) throw cause;
    const isOwn = cause.code === "too_many_screens";
    const seconds = isOwn ? RETRY_AFTER_SECONDS.own : RETRY_AFTER_SECONDS.full;
    throw new FunctionProblem(isOwn ? "rate_limited" : "not_ready", cause.message, seconds);
  }
}

function liveOf({ closeTime, returns }: CountedSignal): LiveSignal {
  return { closeTime, returns: returns.map((percent) => percent ?? null) };
}

/** The figures of the signals alone. */
function figuresAlone(
  { version: { triggerInterval: interval } }: VersionSpan,
  counted: Counted,
  feesPercent: number,
): readonly HorizonFigures[] {
  const [firstClose, lastClose] = [counted.closes[0] ?? EPOCH, counted.closes.at(-1) ?? EPOCH];
  const tallies = new HorizonTallies({ interval, horizons: SIGNAL_HORIZONS, firstClose, lastClose });
  for (const { closeTime, returns } of counted.signals) {
    for (const [index, percent] of returns.entries()) {
      if (typeof percent === "number") tallies.addSignal(index, closeTime, percent - feesPercent);
    }
  }
  return tallies.figures(counted.signals.length);
}

function answerOf(
  traderId: string,
  span: VersionSpan,
  counted: Counted,
  compared: Compared,
  feesPercent: number,
): TraderPerformance {
  const { version, market, triggerInterval: interval, symbols: named } = span.version;
  const { closes, signals, notes } = counted;
  const figures = "note" in compared ? figuresAlone(span, counted, feesPercent) : compared.outcomes;
  const outcomes = figures.map((one, index): PerformanceHorizon => {
    const unknown = signals.filter(({ returns }) => returns[index] === null).length;
    return { ...one, signals: { ...one.signals, pending: one.signals.pending - unknown, unknown } };
  });
  const [from, to] = [closes[0] ?? null, closes.at(-1) ?? null];
  const { symbols, baselineFrom } = "note" in compared ? { symbols: 0, baselineFrom: null } : compared;
  return {
    ...{ traderId, version, market, interval, universe: named ?? "all" },
    ...{ from, to, closes: closes.length, signals: signals.length, symbols, baselineFrom },
    ...{ horizons: SIGNAL_HORIZONS, feesPercent, outcomes },
    notes: [...notes, ...notesOf(compared, from)],
  };
}

/** What is to be said of the baseline. */
function notesOf(compared: Compared, from: UnixMs | null): string[] {
  if ("note" in compared) return [compared.note];
  const { baselineFrom } = compared;
  if (from === null || baselineFrom === from) return [];
  if (baselineFrom === null) return ["there is no baseline: the server has no candles of these closes any more"];
  const when = minuteText(baselineFrom + 1);
  return [`the baseline, and the edge, begin with the close at ${when} UTC: the server has no older candles`];
}
