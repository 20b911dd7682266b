import postgres from "postgres";
import { addCandles, openTimeOf, type Symbol, type UnixMs, VyxError } from "../core/mod.ts";
import { coolingUntil } from "../strategy/mod.ts";
import type { Signal, Trader } from "../wire/mod.ts";
import { ofExecution } from "./claims.ts";
import { reached, type Sql } from "./database.ts";
import type { Ended, ExecutionKey, Late, LateOutcome, PartOfRun } from "./execution.ts";
import { inParts, type Match, type MatchRow, recordsOf } from "./match-rows.ts";
import { refusedMatches } from "./refused-matches.ts";

/** The SQLSTATE of a row whose parent isn't there. */
const FOREIGN_KEY_VIOLATION = "23503";

/** A trader was deleted while it ran. */
export class TraderDeleted extends VyxError {
  readonly code = "not_found";
  readonly retryable = false;
}

/**
 * Ends runs, or stores a part of their matches: these become signals, each once and none within the cooldown. With the last part
 * `pending` is kept for later. One statement for all of them, with one part of each run at most. Gives back the new signals of
 * each, or undefined where the lease was lost meanwhile or the trader is being deleted; then nothing of it changed.
 */
export async function finishAll(sql: Sql, parts: readonly PartOfRun[]): Promise<(Signal[] | undefined)[]> {
  const each = <Value>(value: (ended: Ended, isLast: boolean) => Value): Value[] =>
    parts.map(({ ended, isLast }) => value(ended, isLast));
  const rows = await reached(sql<(Partial<NewSignalRow> & { run: number; id: number | null })[]>`
    with ended as (
      select * from unnest(
        ${each(({ claim }) => claim.traderId)}::uuid[], ${each(({ claim }) => claim.interval as string)}::text[],
        ${each(({ claim }) => claim.closeTime)}::bigint[], ${each(({ claim }) => claim.token)}::uuid[],
        ${each(({ claim }) => claim.trader.version)}::integer[], ${each(({ claim }) => quietFrom(claim, claim.trader))}::bigint[],
        ${each(({ claim }) => quietUntil(claim, claim.trader))}::bigint[],
        ${each(({ outcome }, isLast) => (isLast ? (outcome.failed ? "failed" : "done") : "running"))}::text[],
        ${each(({ pending }, isLast) => (isLast ? pending.join(" ") : ""))}::text[],
        ${each(({ outcome }) => outcome.symbolsChecked)}::integer[], ${each(({ outcome }) => outcome.matches.length)}::integer[],
        ${each(({ outcome }) => outcome.skipped)}::integer[], ${each(({ outcome }) => outcome.errors)}::integer[],
        ${each(({ outcome }) => outcome.error)}::text[]
      ) with ordinality as ended (trader_id, interval, close_time, token, version, cooling_from, cooling_until, status, pending,
        checked, matches, skipped, errors, error, run)
    ), held as (
      ${heldTraders(sql, sql`select trader_id from ended`)}
    ), mine as (
      select ended.* from ended join held on held.id = ended.trader_id join public.executions e on e.trader_id = ended.trader_id
        and e.interval = ended.interval and e.close_time = ended.close_time
      where e.status = 'running' and e.lease_token = ended.token for update of e
    ), stored as (
      insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price, facts)
      select mine.trader_id, mine.version, m.symbol, mine.interval, mine.close_time, m.price, m.facts::jsonb
      from json_to_recordset(${recordsOf(parts.map((part) => part.rows))}::text::json)
        as m (run integer, symbol text, price double precision, facts json)
        join mine on mine.run = m.run
      where mine.cooling_from is null or not exists (select from public.signals s where s.trader_id = mine.trader_id
        and s.symbol = m.symbol and s.interval = mine.interval and s.close_time >= mine.cooling_from
        and s.close_time <= mine.cooling_until and s.close_time <> mine.close_time)
      on conflict do nothing returning id, trader_id, symbol, interval, close_time, created_at
    ), counted as (
      select trader_id, interval, close_time, count(*) as signals from stored group by 1, 2, 3
    ), finished as (
      update public.executions e set status = mine.status,
        lease_token = case mine.status when 'running' then e.lease_token end,
        lease_until = case mine.status when 'running' then e.lease_until end,
        pending = array_remove(string_to_array(mine.pending, ' '), ''), symbols_checked = mine.checked, matches = mine.matches,
        signals = e.signals + coalesce(counted.signals, 0), skipped = mine.skipped, errors = mine.errors,
        error = mine.error, finished_at = case mine.status when 'running' then e.finished_at else clock_timestamp() end
      from mine left join counted using (trader_id, interval, close_time)
      where e.trader_id = mine.trader_id and e.interval = mine.interval and e.close_time = mine.close_time
      returning mine.run
    )
    select finished.run::integer, stored.id, stored.symbol, stored.created_at from finished join mine on mine.run = finished.run
    left join stored on stored.trader_id = mine.trader_id and stored.interval = mine.interval and stored.close_time = mine.close_time
    order by finished.run, stored.symbol`);
  const stored: (NewSignalRow[] | undefined)[] = parts.map(() => undefined);
  for (const row of rows) {
    const ofRun = stored[row.run - 1] ?? [];
    stored[row.run - 1] = ofRun;
    if (row.id !== null) ofRun.push(row as NewSignalRow);
  }
  return parts.map(({ ended: { claim }, rows: sent }, at) => {
    const ofRun = stored[at];
    return ofRun === undefined ? undefined : newSignals(claim, claim.trader, sent, ofRun);
  });
}

/**
 * SQL: locks traders, and gives their ids. All statements lock a trader before its executions, and these before its signals: an insert into
 * signals locks the trader as well, and a deletion of the trader locks all three in this order. One that is being deleted is left out, not
 * waited for, as several traders may be deleted together, in any order.
 */
function heldTraders(sql: Sql, ids: ReturnType<Sql>): ReturnType<Sql> {
  return sql`select t.id from public.traders t where t.id in (${ids}) for key share skip locked`;
}

/** Called with the new signals of each statement as soon as they are stored: what comes after may fail. */
export type OnStoredPart = (signals: readonly Signal[]) => void;

/**
 * Ends the run of an execution's late symbols. Counts and stores those only that nobody else ran meanwhile. Many matches take several
 * statements: symbols whose match isn't stored yet go on waiting, and are run again after a crash.
 */
export async function finishLate(
  sql: Sql,
  late: Late,
  outcome: LateOutcome,
  ran: readonly Symbol[],
  onStored: OnStoredPart,
): Promise<void> {
  const matched = new Set(outcome.matches.map(({ symbol }) => symbol));
  const others = ran.filter((symbol) => !matched.has(symbol));
  const [first = [], ...rest] = inParts(outcome.matches);
  onStored(await finishLatePart(sql, late, outcome, first, others));
  for (const rows of rest) onStored(await finishLatePart(sql, late, NOTHING_ELSE, rows, []));
}

async function finishLatePart(
  sql: Sql,
  late: Late,
  { skippedSymbols, errorSymbols, error }: Pick<LateOutcome, "skippedSymbols" | "errorSymbols" | "error">,
  rows: readonly MatchRow[],
  others: readonly Symbol[],
): Promise<Signal[]> {
  const matched = rows.map(({ match }) => match.symbol as string);
  const answer = await reached(sql<(Partial<NewSignalRow> & { id: number | null })[]>`
    with held as (
      ${heldTraders(sql, sql`select ${late.traderId}::uuid`)}
    ), mine as (
      select e.pending from held join public.executions e on e.trader_id = held.id where ${ofExecution(sql, late)} for update of e
    ), fresh as (
      select unnest(pending) as symbol from mine intersect select unnest(${[...matched, ...others]}::text[])
    ), stored as (
      insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price, facts)
      select ${candidates(sql, late, late.trader, rows)}
      where m.symbol in (select symbol from fresh) and ${notCoolingDown(sql, late, late.trader)}
      on conflict do nothing returning id, symbol, created_at
    ), finished as (
      update public.executions set
        pending = array(select unnest(mine.pending) except select symbol from fresh order by 1),
        symbols_checked = symbols_checked + (select count(*) from fresh),
        matches = matches + (select count(*) from fresh where symbol = any(${matched}::text[])),
        signals = signals + (select count(*) from stored),
        skipped = skipped + (select count(*) from fresh where symbol = any(${skippedSymbols as readonly string[] as string[]}::text[])),
        errors = errors + (select count(*) from fresh where symbol = any(${errorSymbols as readonly string[] as string[]}::text[])),
        error = coalesce(error, ${error}), finished_at = clock_timestamp()
      from mine where ${ofExecution(sql, late)} returning 1
    )
    select stored.* from (select count(*) from finished) as one left join stored on true order by stored.symbol`);
  const stored = answer.filter(({ id }) => id !== null) as NewSignalRow[];
  return newSignals(late, late.trader, rows, stored);
}

/**
 * Stores matches that no execution is kept for: a run by hand of some symbols, or of a close that was run before. Rejects with
 * {@link TraderDeleted} if the trader was deleted meanwhile.
 */
export async function storeBeside(
  sql: Sql,
  key: ExecutionKey,
  trader: Trader,
  matches: readonly Match[],
  onStored: OnStoredPart,
): Promise<void> {
  for (const rows of inParts(matches)) {
    const inserted = sql<NewSignalRow[]>`
      insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price, facts)
      select ${candidates(sql, key, trader, rows)} where ${notCoolingDown(sql, key, trader)}
      on conflict do nothing returning id, symbol, created_at`;
    const stored = await unlessDeleted(key, reached(inserted));
    onStored(newSignals(key, trader, rows, stored));
  }
}

/** The symbols whose matches the database refuses to hold, and why. Stores nothing. Rejects with {@link TraderDeleted}. */
export async function refused(sql: Sql, key: ExecutionKey, matches: readonly Match[]): Promise<Map<Symbol, string>> {
  return await unlessDeleted(key, refusedMatches(sql, key.traderId, matches));
}

/** The columns of the signals that matches would become, from a row set called m. */
function candidates(sql: Sql, key: ExecutionKey, trader: Trader, rows: readonly MatchRow[]): ReturnType<Sql> {
  return sql`${key.traderId}::uuid, ${trader.version}::integer, m.symbol, ${key.interval}, ${key.closeTime}::bigint, m.price, m.facts::jsonb
    from json_to_recordset(${recordsOf([rows])}::text::json) as m (symbol text, price double precision, facts json)`;
}

/**
 * No signal of the symbol within the cooldown, before the close or after it: a close may be run by hand when later ones have been. The
 * signal of the close itself doesn't count, so a repeated run changes nothing.
 */
function notCoolingDown(sql: Sql, key: ExecutionKey, trader: Trader): ReturnType<Sql> {
  const from = quietFrom(key, trader);
  if (from === null) return sql`true`;
  return sql`not exists (select from public.signals s where s.trader_id = ${key.traderId} and s.symbol = m.symbol
    and s.interval = ${key.interval} and s.close_time between ${from} and ${quietUntil(key, trader)}
    and s.close_time <> ${key.closeTime})`;
}

/** Stores signals of a trader. Rejects with {@link TraderDeleted} if it isn't there any more. */
async function unlessDeleted<T>({ traderId }: ExecutionKey, storing: Promise<T>): Promise<T> {
  try {
    return await storing;
  } catch (cause) {
    if (!(cause instanceof postgres.PostgresError) || cause.code !== FOREIGN_KEY_VIOLATION) throw cause;
    throw new TraderDeleted(`there is no trader ${traderId} any more: it was deleted while it ran`, { cause });
  }
}

const NOTHING_ELSE = { skippedSymbols: [], errorSymbols: [], error: null };

/** The first close at which a signal keeps a match from becoming another; null for a trader without a cooldown. */
function quietFrom({ interval, closeTime }: ExecutionKey, { cooldownCandles }: Trader): UnixMs | null {
  return cooldownCandles === 0 ? null : addCandles(interval, openTimeOf(interval, closeTime), -cooldownCandles);
}

/** The last close that a match at this one would keep from becoming a signal; null for a trader without a cooldown. */
function quietUntil({ interval, closeTime }: ExecutionKey, { cooldownCandles }: Trader): UnixMs | null {
  return cooldownCandles === 0 ? null : coolingUntil(interval, closeTime, cooldownCandles);
}

/** What the database alone knows of a new signal. The rest was sent there, and needn't come back. */
interface NewSignalRow {
  readonly id: number;
  readonly symbol: Symbol;
  readonly created_at: Date;
}

/** The signals that matches became. */
function newSignals(
  { interval, closeTime }: ExecutionKey,
  { id: traderId, version: traderVersion }: Trader,
  sent: readonly MatchRow[],
  stored: readonly NewSignalRow[],
): Signal[] {
  const matches = new Map(sent.map(({ match }) => [match.symbol, match]));
  return stored.map(({ id, symbol, created_at }) => {
    const { price, facts } = matches.get(symbol) as Match;
    const createdAt = created_at.getTime() as UnixMs;
    return { id, traderId, traderVersion, symbol, interval, closeTime, price, facts, createdAt };
  });
}
