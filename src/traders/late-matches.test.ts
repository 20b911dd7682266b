import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { migratedOn } from "../../tests/helpers/databases.ts";
import { aTrader, minuteClose } from "../../tests/helpers/made-up-traders.ts";
import { hasPostgres, type RunningPostgres, startPostgres } from "../../tests/helpers/postgres.ts";
import { ofSpot } from "../../tests/helpers/schedules.ts";
import { parseSymbol, type Symbol } from "../core/mod.ts";
import type { Claim, Late } from "./execution.ts";
import type { Found } from "./found.ts";
import { lateOutcomeOf, NOTHING } from "./found.ts";
import { ExecutionsTable, type Sql, TradersTable } from "./mod.ts";
import { storeFound } from "./screen-trader.ts";

/** More than a statement takes, so that a part is stored before the database refuses one of the others. */
const MATCHED: readonly Symbol[] = Array.from({ length: 130 }, (_, at) => parseSymbol(`M${at}USDT`));
const BAD = MATCHED[129] as Symbol;
const SKIPPED: readonly Symbol[] = Array.from({ length: 3 }, (_, at) => parseSymbol(`S${at}USDT`));
const FAILED: readonly Symbol[] = Array.from({ length: 2 }, (_, at) => parseSymbol(`E${at}USDT`));

describe.skipIf(!hasPostgres)("a late run of more matches than a statement takes", () => {
  let server: RunningPostgres;
  let sql: Sql;
  beforeAll(async () => {
    server = await startPostgres();
    sql = await migratedOn(await server.createDatabase());
  });
  afterAll(async () => {
    await sql?.end();
    await server?.stop();
  });

  test("counts each symbol once, although a part was stored before the database refused a match", async () => {
    const executions = new ExecutionsTable(sql);
    await new TradersTable(sql).create("owner", aTrader(), undefined);
    await executions.schedule(ofSpot("1m"), minuteClose(0), 1);
    const [claim] = (await executions.claim(1, 30_000)) as [Claim];
    const pending = [...MATCHED, ...SKIPPED, ...FAILED];
    const early = { matches: [], symbolsChecked: 0, skipped: 0, errors: 0, error: null, failed: false };
    await executions.finishAll([{ ended: { claim, outcome: early, pending }, rows: [], isLast: true }]);
    const late: Late = { ...claim, owner: claim.trader.owner, pending };
    const found: Found = {
      ...NOTHING,
      symbols: pending,
      matches: MATCHED.map((symbol) => ({ symbol, price: symbol === BAD ? Number.NaN : 1, facts: {} })),
      skipped: SKIPPED.map((symbol) => ({ symbol, reason: "too few klines", wanted: 5 })) as never,
      errors: FAILED.map((symbol) => ({ symbol, message: "x is not defined" })),
    };
    await storeFound(executions, late, found, (one) =>
      executions.finishLate(late, lateOutcomeOf(one), pending, () => {}),
    );
    const [row] = await sql`select pending, symbols_checked, matches, signals, skipped, errors from public.executions`;
    expect(row).toMatchObject({ pending: [], symbols_checked: 135, matches: 129, signals: 129, skipped: 3, errors: 3 });
  });
});
