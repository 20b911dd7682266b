import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { migratedOn } from "../../tests/helpers/databases.ts";
import { aTrader, minuteClose, SYMBOLS } from "../../tests/helpers/made-up-traders.ts";
import { hasPostgres, type RunningPostgres, startPostgres } from "../../tests/helpers/postgres.ts";
import { ofSpot } from "../../tests/helpers/schedules.ts";
import { until } from "../../tests/helpers/until.ts";
import type { Signal } from "../wire/mod.ts";
import type { Claim, Ended, Late, Outcome } from "./execution.ts";
import { type Match, StatementRoom } from "./match-rows.ts";
import { ExecutionsTable, Retention, type Sql, TradersTable } from "./mod.ts";

/** The advisory lock that writes of this test wait for, each before its row. */
const GATE = 7;

const MATCHES: readonly Match[] = SYMBOLS.slice(0, 2).map((symbol) => ({ symbol, price: 1, facts: {} }));
const OUTCOME: Outcome = { matches: MATCHES, symbolsChecked: 4, skipped: 0, errors: 0, error: null, failed: false };

describe.skipIf(!hasPostgres)("a trader that is deleted while its rows are written", () => {
  let server: RunningPostgres;
  let sql: Sql;
  let traders: TradersTable;
  let executions: ExecutionsTable;
  beforeAll(async () => {
    server = await startPostgres();
    sql = await migratedOn(await server.createDatabase());
    traders = new TradersTable(sql);
    executions = new ExecutionsTable(sql);
    await sql.unsafe(`create function public.at_the_gate() returns trigger language plpgsql as $$
      begin perform pg_advisory_xact_lock_shared(${GATE}); return coalesce(new, old); end $$`);
  });
  afterEach(async () => {
    await sql`drop trigger if exists gate on public.signals`;
    await sql`drop trigger if exists gate on public.executions`;
    await sql`delete from public.traders`;
  });
  afterAll(async () => {
    await sql?.end();
    await server?.stop();
  });

  /** Traders with a run each of the same close, which is claimed. */
  const claimed = async (count: number): Promise<Claim[]> => {
    for (let made = 0; made < count; made += 1) await traders.create(`owner ${made}`, aTrader(), undefined);
    await executions.schedule(ofSpot("1m"), minuteClose(0), 1);
    return await executions.claim(count, 30_000);
  };
  const finish = (claims: readonly Claim[]): ReturnType<ExecutionsTable["finishAll"]> => {
    const part = (claim: Claim): { ended: Ended; rows: ReturnType<StatementRoom["take"]>; isLast: boolean } => ({
      ended: { claim, outcome: OUTCOME, pending: [] },
      rows: new StatementRoom().take(MATCHES, 0),
      isLast: true,
    });
    return executions.finishAll(claims.map(part));
  };
  const count = async (of: "executions" | "signals"): Promise<number> =>
    Number((await sql`select count(*) as count from ${sql(`public.${of}`)}`)[0]?.count);

  /** Begins `write`, which comes to a stop before its first row of a table, then the deletion; then lets both go on. */
  const meanwhileDeleted = async <T>(
    table: "executions" | "signals",
    event: "insert" | "delete",
    traderId: string,
    write: () => Promise<T>,
  ): Promise<T> => {
    const gate = await sql.reserve();
    const waiting = async (): Promise<number> =>
      Number(
        (
          await gate`select count(*) as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
        )[0]?.count,
      );
    await sql.unsafe(
      `create trigger gate before ${event} on public.${table} for each row execute function public.at_the_gate()`,
    );
    await gate`select pg_advisory_lock(${GATE})`;
    try {
      const writing = write();
      await until(async () => (await waiting()) === 1);
      const deleting = sql`delete from public.traders where id = ${traderId}`.execute();
      await until(async () => (await waiting()) === 2);
      await gate`select pg_advisory_unlock(${GATE})`;
      const [written] = await Promise.all([writing, deleting]);
      return written;
    } finally {
      await gate`select pg_advisory_unlock_all()`;
      gate.release();
    }
  };

  test("its run is stored first, and goes with it", async () => {
    const [claim] = (await claimed(1)) as [Claim];
    const [signals] = await meanwhileDeleted("signals", "insert", claim.traderId, () => finish([claim]));
    expect(signals).toHaveLength(2);
    expect([await count("executions"), await count("signals")]).toEqual([0, 0]);
  });

  test("so are its late symbols", async () => {
    const [claim] = (await claimed(1)) as [Claim];
    const pending = MATCHES.map(({ symbol }) => symbol);
    const early = { ...OUTCOME, matches: [] };
    await executions.finishAll([{ ended: { claim, outcome: early, pending }, rows: [], isLast: true }]);
    const late: Late = { ...claim, owner: claim.trader.owner, pending };
    const signals: Signal[] = [];
    await meanwhileDeleted("signals", "insert", claim.traderId, () =>
      executions.finishLate(
        late,
        { matches: MATCHES, skippedSymbols: [], errorSymbols: [], error: null },
        pending,
        (stored) => signals.push(...stored),
      ),
    );
    expect(signals).toHaveLength(2);
    expect([await count("executions"), await count("signals")]).toEqual([0, 0]);
  });

  test("executions that never were are deleted first", async () => {
    const [claim] = (await claimed(1)) as [Claim];
    await sql`update public.traders set runs_after = ${minuteClose(9)}`;
    await sql`update public.executions set created_at = to_timestamp(${minuteClose(-9)} / 1000.0)`;
    const deleted = await meanwhileDeleted("executions", "delete", claim.traderId, () =>
      executions.turnBack(ofSpot("1m"), minuteClose(-2)),
    );
    expect(deleted).toBe(1);
    expect(await count("executions")).toBe(0);
  });

  test("others' runs that are stored with its run don't wait for the deletion, and it is as if its lease was lost", async () => {
    const [one, other] = (await claimed(2)) as [Claim, Claim];
    const gone = new Error("the deletion is undone");
    await sql
      .begin(async (deleting) => {
        await deleting`delete from public.traders where id = ${other.traderId}`;
        const [stored, lost] = await finish([one, other]);
        expect([stored?.length, lost]).toEqual([2, undefined]);
        // The next close is queued for those that stay.
        expect(await executions.schedule(ofSpot("1m"), minuteClose(1), 1)).toBe(1);
        throw gone;
      })
      .catch((cause) => {
        if (cause !== gone) throw cause;
      });
    // The run is claimed again when its lease is over, and nothing of it was lost.
    await sql`update public.executions set lease_until = now() - interval '1 second' where trader_id = ${other.traderId}`;
    const again = (await executions.claim(10, 30_000)).find(({ traderId }) => traderId === other.traderId) as Claim;
    expect(again).toMatchObject({ closeTime: other.closeTime, attempts: 2 });
    expect((await finish([again]))[0]).toHaveLength(2);
  });

  const expired = async (): Promise<number> => {
    const retention = new Retention(sql, { signals: 0, executions: 1 }, new ManualClock());
    await retention.sweep();
    return retention.figures().executions;
  };

  test("executions that somebody else works on are left to the next look", async () => {
    const [one, other] = (await claimed(2)) as [Claim, Claim];
    await sql`update public.executions set status = 'done', pending = '{AAAUSDT}', created_at = now() - interval '9 days'`;
    // A trader's newest execution is never too old.
    expect(await executions.schedule(ofSpot("1m"), minuteClose(1), 2)).toBe(2);
    await sql.begin(async (busy) => {
      await busy`select from public.executions where trader_id = ${one.traderId} for update`;
      expect(await executions.giveUpWaiting(ofSpot("1m"), minuteClose(5))).toBe(1);
      expect(await expired()).toBe(1);
    });
    expect(await executions.giveUpWaiting(ofSpot("1m"), minuteClose(5))).toBe(1);
    expect(await expired()).toBe(1);
    expect([one.closeTime, await count("executions")]).toEqual([other.closeTime, 2]);
  });
});
