import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { DATABASES, isMissing, startDatabases, type TestDatabases } from "../../tests/helpers/databases.ts";
import { aTrader, minuteClose, SYMBOLS } from "../../tests/helpers/made-up-traders.ts";
import type { Symbol } from "../core/mod.ts";
import type { Claim, Ended } from "./executions-table.ts";
import { FinishQueue } from "./finish-queue.ts";
import { ExecutionsTable, type Sql, TradersTable } from "./mod.ts";

const OUTCOME = { symbolsChecked: 4, skipped: 1, errors: 2, error: null, failed: false };

test("no statement stores more than 500 matches, unless a single run has more", async () => {
  const run = (matches: number): Ended => ({
    claim: {} as Claim,
    outcome: {
      ...OUTCOME,
      matches: Array.from({ length: matches }, () => ({ symbol: SYMBOLS[0] as Symbol, price: 1, facts: {} })),
    },
    pending: [],
  });
  const statements: number[][] = [];
  const queue = new FinishQueue({
    finishAll: async (runs) => {
      statements.push(runs.map(({ outcome }) => outcome.matches.length));
      return runs.map(() => []);
    },
  });
  const added = [200, 300, 1, 700, 0, 499, 1, 1].map((matches) => queue.add(run(matches)));
  queue.flush();
  await Promise.all(added);
  expect(statements).toEqual([[200, 300], [1], [700], [0, 499, 1], [1]]);
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
