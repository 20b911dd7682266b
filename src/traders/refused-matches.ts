import postgres from "postgres";
import { reasonOf, type Symbol } from "../core/mod.ts";
import { reached, type Sql } from "./database.ts";
import { inParts, type Match, type MatchRow, recordsOf } from "./match-rows.ts";

/** Whether the database refused a value: an SQLSTATE of class 22, data exceptions, or a null or a check that failed. Trying again is no use. */
export function isRefusedValue(cause: unknown): boolean {
  return cause instanceof postgres.PostgresError && /^22|^23(?:502|514)$/.test(cause.code);
}

/**
 * The symbols whose matches the database refuses to hold, and why. Tries to store them in a transaction that is rolled back, part by part
 * and then half by half, so a single bad one among hundreds costs some twenty statements.
 */
export async function refusedMatches(
  sql: Sql,
  traderId: string,
  matches: readonly Match[],
): Promise<Map<Symbol, string>> {
  const refused = new Map<Symbol, string>();
  const undone = new Error("a trial is rolled back");
  await reached(
    sql.begin(async (trial) => {
      const visit = async (some: readonly MatchRow[]): Promise<void> => {
        try {
          await trial.savepoint(
            (step) => step`
              insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price, facts)
              select ${traderId}::uuid, 0, m.symbol, '1m', -1, m.price, m.facts::jsonb
              from json_to_recordset(${recordsOf([some])}::text::json) as m (symbol text, price double precision, facts json)`,
          );
        } catch (cause) {
          if (!isRefusedValue(cause)) throw cause;
          const [first] = some;
          if (some.length === 1 && first !== undefined) {
            refused.set(first.match.symbol, `the database refused its signal: ${reasonOf(cause)}`);
            return;
          }
          const middle = Math.ceil(some.length / 2);
          await visit(some.slice(0, middle));
          await visit(some.slice(middle));
        }
      };
      for (const part of inParts(matches)) await visit(part);
      throw undone;
    }),
  ).catch((cause) => {
    if (cause !== undone) throw cause;
  });
  return refused;
}
