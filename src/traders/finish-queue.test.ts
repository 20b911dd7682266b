import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { DATABASES, isMissing, startDatabases, type TestDatabases } from "../../tests/helpers/databases.ts";
import { aTrader, minuteClose, SYMBOLS } from "../../tests/helpers/made-up-traders.ts";
import type { Symbol } from "../core/mod.ts";
import type { Claim, Ended } from "./executions-table.ts";
import { FinishQueue } from "./finish-queue.ts";
import { ExecutionsTable, type Sql, TradersTable } from "./mod.ts";

const OUTCOME = { symbolsChecked: 4, skipped: 1, errors: 2, error: null, failed: false };

/** Adds runs with so many matches at once. Gives back, by statement, how many matches of which owner each of its runs had. */
async function statementsOf(runs: readonly (readonly [owner: string, matches: number])[]): Promise<string[]> {
  const statements: string[] = [];
  const queue = new FinishQueue({
    finishAll: async (together) => {
      statements.push(together.map(({ claim, outcome }) => `${claim.trader.owner}${outcome.matches.length}`).join(" "));
      return together.map(() => []);
    },
  });
  const added = runs.map(([owner, count]) => {
    const matches = Array.from({ length: count }, () => ({ symbol: SYMBOLS[0] as Symbol, price: 1, facts: {} }));
    return queue.add({ claim: { trader: { owner } } as Claim, outcome: { ...OUTCOME, matches }, pending: [] });
  });
  queue.flush();
  await Promise.all(added);
  return statements;
}

test("no statement stores more than 500 matches, unless a single run has more", async () => {
  const statements = await statementsOf([200, 300, 1, 700, 0, 499, 1, 1].map((matches) => ["a", matches]));
  expect(statements).toEqual(["a200 a300", "a1", "a700", "a0 a499 a1", "a1"]);
});

test("owners take turns, each one's runs in order: nobody waits for all the matches of another", async () => {
  const many = Array.from({ length: 5 }, (_, index) => ["a", 500 - index] as const);
  const statements = await statementsOf([...many, ["b", 1], ["c", 2], ["b", 3]]);
  expect(statements).toEqual(["a500", "b1 c2 b3", "a499", "a498", "a497", "a496"]);
});

describe.each(DATABASES)("runs that end together on %s", (kind) => {
  describe.skipIf(isMissing(kind))("", () => {
    let databases: TestDatabases;
    let sql: Sql;
    beforeAll(async () => {
      databases = await startDatabases(kind);
      ({ sql } = await databases.migrated());
    });
    afterAll(() => databases?.stop());

    const [symbol, other] = SYMBOLS as [Symbol, Symbol];
    const ended = (claim: Claim, facts: Readonly<Record<string, unknown>>, pending: Symbol[] = []): Ended => ({
      claim,
      outcome: { ...OUTCOME, matches: [{ symbol, price: 5, facts }] },
      pending,
    });

    test("one that the database won't take and one whose lease is lost keep nobody from theirs", async () => {
      const table = new TradersTable(sql);
      for (let count = 0; count < 5; count += 1) await table.create("anna", aTrader({ cooldownCandles: 3 }), undefined);
      const executions = new ExecutionsTable(sql);
      await executions.schedule("1m", minuteClose(0), 1);
      const [first, bad, lost, cooling, last] = (await executions.claim(16, 60_000)) as [
        Claim,
        Claim,
        Claim,
        Claim,
        Claim,
      ];
      await sql`insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price)
        values (${cooling.traderId}, 1, ${symbol}, '1m', ${minuteClose(-2)}, 1)`;
      let statements = 0;
      const queue = new FinishQueue(
        new Proxy(executions, {
          get: (on, name) => {
            if (name !== "finishAll") throw new Error(`nothing else is asked for, such as ${String(name)}`);
            statements += 1;
            return on.finishAll.bind(on);
          },
        }),
      );
      const results = await Promise.allSettled([
        queue.add(ended(first, { nth: 1 })),
        queue.add(ended(bad, { text: "\u0000" })),
        queue.add(ended({ ...lost, token: first.token }, {})),
        queue.add(ended(cooling, {})),
        queue.add(ended(last, { nth: 5 }, [other])),
      ]);
      expect(
        results.map((one) => (one.status === "fulfilled" ? one.value?.map(({ facts }) => facts) : "refused")),
      ).toEqual([[{ nth: 1 }], "refused", undefined, [], [{ nth: 5 }]]);
      // All together, and as that failed one by one.
      expect(statements).toBe(6);
      const rows = await sql`select trader_id, status, symbols_checked, matches, signals, skipped, errors, pending
        from public.executions where close_time = ${minuteClose(0)}`;
      const row = (claim: Claim): unknown => rows.find(({ trader_id }) => trader_id === claim.traderId);
      const done = { status: "done", symbols_checked: 4, matches: 1, skipped: 1, errors: 2 };
      expect([first, cooling, last].map(row)).toMatchObject([
        { ...done, signals: 1, pending: [] },
        { ...done, signals: 0, pending: [] },
        { ...done, signals: 1, pending: [other] },
      ]);
      expect([bad, lost].map(row)).toMatchObject([{ status: "running" }, { status: "running" }]);
    });
  });
});
