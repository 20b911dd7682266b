import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { DATABASES, isMissing, startDatabases, type TestDatabases } from "../../tests/helpers/databases.ts";
import { aTrader, minuteClose, SYMBOLS } from "../../tests/helpers/made-up-traders.ts";
import { ofSpot } from "../../tests/helpers/schedules.ts";
import { parseSymbol, type Symbol } from "../core/mod.ts";
import type { Signal } from "../wire/mod.ts";
import type { Claim, Ended } from "./execution.ts";
import { FinishQueue } from "./finish-queue.ts";
import { inParts } from "./match-rows.ts";
import { ExecutionsTable, SignalsTable, type Sql, TradersTable } from "./mod.ts";

const OUTCOME = { symbolsChecked: 4, skipped: 1, errors: 2, error: null, failed: false };

/** Adds runs with so many matches at once. Gives back, by statement, how many matches of which owner each of its parts had; `…`: more follow. */
async function statementsOf(runs: readonly (readonly [owner: string, matches: number])[]): Promise<string[]> {
  const statements: string[] = [];
  const queue = new FinishQueue({
    finishAll: async (parts) => {
      const told = parts.map(({ ended, rows, isLast }) => ended.claim.trader.owner + rows.length + (isLast ? "" : "…"));
      statements.push(told.join(" "));
      return parts.map(() => []);
    },
  });
  const added = runs.map(([owner, count]) => {
    const matches = Array.from({ length: count }, () => ({ symbol: SYMBOLS[0] as Symbol, price: 1, facts: {} }));
    const claim = { trader: { owner } } as Claim;
    return queue.add({ claim, outcome: { ...OUTCOME, matches }, pending: [] }, () => {});
  });
  queue.flush();
  await Promise.all(added);
  return statements;
}

test("no statement stores more than 128 matches: a run with more takes several, and an owner's runs stay in order", async () => {
  const statements = await statementsOf([28, 100, 1, 300, 0, 83, 1, 1].map((matches) => ["a", matches]));
  expect(statements).toEqual(["a28 a100", "a1 a127…", "a128…", "a45 a0 a83", "a1 a1"]);
});

test("owners take turns from statement to statement: nobody waits for all the matches of another", async () => {
  const statements = await statementsOf([
    ["a", 500],
    ["a", 3],
    ["b", 1],
    ["c", 2],
    ["b", 3],
  ]);
  expect(statements).toEqual(["a128…", "b1 c2 a125…", "b3 a125…", "a122 a3"]);
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
    const ended = (
      claim: Claim,
      facts: Readonly<Record<string, unknown>>,
      pending: Symbol[] = [],
      price = 5,
    ): Ended => ({
      claim,
      outcome: { ...OUTCOME, matches: [{ symbol, price, facts }] },
      pending,
    });

    test("one that the database won't take and one whose lease is lost keep nobody from theirs", async () => {
      const table = new TradersTable(sql);
      for (let count = 0; count < 5; count += 1) await table.create("anna", aTrader({ cooldownCandles: 3 }), undefined);
      const executions = new ExecutionsTable(sql);
      await executions.schedule(ofSpot("1m"), minuteClose(0), 1);
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
      const add = async (one: Ended): Promise<unknown> => {
        const facts: unknown[] = [];
        const isMine = await queue.add(one, (stored) => facts.push(...stored.map((signal) => signal.facts)));
        return isMine ? facts : "lost";
      };
      const results = await Promise.allSettled([
        add(ended(first, { nth: 1 })),
        add(ended(bad, {}, [], Number.NaN)),
        add(ended({ ...lost, token: first.token }, {})),
        add(ended(cooling, {})),
        add(ended(last, { nth: 5 }, [other])),
      ]);
      expect(results.map((one) => (one.status === "fulfilled" ? one.value : "refused"))).toEqual([
        [{ nth: 1 }],
        "refused",
        "lost",
        [],
        [{ nth: 5 }],
      ]);
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

    test("a run with many matches is stored in parts, told as they are stored, and after a crash what lacks is added", async () => {
      const table = new TradersTable(sql);
      const executions = new ExecutionsTable(sql);
      const { id } = await table.create("berta", aTrader(), undefined);
      await executions.schedule(ofSpot("1m"), minuteClose(10), 1);
      const claimed = async (): Promise<Claim> =>
        (await executions.claim(16, 60_000)).find(({ traderId }) => traderId === id) as Claim;
      const execution = async (): Promise<unknown> =>
        (await sql`select status, matches, signals, pending from public.executions where trader_id = ${id}`)[0];
      const count = async (): Promise<number> =>
        (await sql<{ count: number }[]>`select count(*)::integer from public.signals where trader_id = ${id}`)[0]
          ?.count ?? 0;
      const matches = Array.from({ length: 300 }, (_, index) => ({
        symbol: parseSymbol(`S${index}USDT`),
        price: index / 8,
        facts: { index },
      }));
      const run = (claim: Claim): Ended => ({ claim, outcome: { ...OUTCOME, matches }, pending: [other] });

      const [first = []] = inParts(matches);
      const dead = await claimed();
      expect(await executions.finishAll([{ ended: run(dead), rows: first, isLast: false }])).toMatchObject([
        { length: 128 },
      ]);
      expect([await execution(), await count()]).toEqual([
        { status: "running", matches: 300, signals: 128, pending: [] },
        128,
      ]);

      await sql`update public.executions set lease_until = clock_timestamp() - interval '1 second' where trader_id = ${id}`;
      const told: (readonly Signal[])[] = [];
      const queue = new FinishQueue(executions);
      const added = queue.add(run(await claimed()), (stored) => told.push(stored));
      queue.flush();
      expect(await added).toBe(true);
      expect(told.map(({ length }) => length)).toEqual([0, 128, 44]);
      const signals = told.flat();
      expect(signals.map(({ facts }) => facts.index).sort((a, b) => Number(a) - Number(b))).toEqual(
        Array.from({ length: 172 }, (_, index) => index + 128),
      );
      expect([await execution(), await count()]).toEqual([
        { status: "done", matches: 300, signals: 300, pending: [other] },
        300,
      ]);
      // The signals that are passed on are those in the table.
      const stored = await new SignalsTable(sql).readAll(signals.map((one) => one.id));
      expect(stored.map(({ signal }) => signal)).toEqual(signals.toSorted((a, b) => a.id - b.id));
      // The dead one wasn't dead: the rest of its parts comes too late.
      expect(await executions.finishAll([{ ended: run(dead), rows: [], isLast: true }])).toEqual([undefined]);
    });

    test("what is stored beside executions is told with each statement", async () => {
      const trader = await new TradersTable(sql).create("carla", aTrader(), undefined);
      const matches = Array.from({ length: 300 }, (_, index) => ({
        symbol: parseSymbol(`S${index}USDT`),
        price: 1,
        facts: {},
      }));
      const told: number[] = [];
      const key = { traderId: trader.id, interval: "1m" as const, closeTime: minuteClose(20) };
      const executions = new ExecutionsTable(sql);
      await executions.storeBeside(key, trader, matches, (signals) => told.push(signals.length));
      expect(told).toEqual([128, 128, 44]);
    });
  });
});
