import type { Sql } from "../../../src/traders/mod.ts";
import { until } from "../../helpers/until.ts";

const MINUTE_MS = 60_000;

/** The signals of a trader that matches at each close, and what is wrong with them: two for one close, or a close without one. */
export async function signalFigures(
  sql: Sql,
  traderId: string,
  symbols: readonly string[],
  lastCloseTime: number,
): Promise<{ count: number; faults: readonly string[] }> {
  // The executions of a server that was killed are claimed again once their lease is over.
  await until(async () => {
    const [row] = await sql<{ left: number; last: number }[]>`
      select (count(*) filter (where status in ('queued', 'running') or pending <> '{}'))::integer as left,
        coalesce(max(close_time), 0)::float8 as last
      from public.executions where trader_id = ${traderId} and close_time <= ${lastCloseTime}`;
    if (row?.left === 0 && row.last === lastCloseTime) return true;
    await Bun.sleep(200);
    return false;
  });
  const rows = await sql<{ symbol: string; close_time: number }[]>`
    select symbol, close_time::float8 as close_time from public.signals
    where trader_id = ${traderId} and close_time <= ${lastCloseTime} order by symbol, close_time`;
  const faults = symbols.flatMap((symbol) => {
    const times = rows.filter((row) => row.symbol === symbol).map((row) => row.close_time);
    if (times.at(-1) !== lastCloseTime)
      return [`the last signal of ${symbol} is of ${times.at(-1)}: expected ${lastCloseTime}`];
    return times.slice(1).flatMap((time, index) => {
      const before = times[index] ?? 0;
      return time === before + MINUTE_MS ? [] : [`the signal of ${symbol} at ${before} is followed by that at ${time}`];
    });
  });
  return { count: rows.length, faults };
}
