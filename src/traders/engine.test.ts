import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { DATABASES, isMissing, startDatabases, type TestDatabases } from "../../tests/helpers/databases.ts";
import {
  aTrader,
  minuteClose,
  RuleMarket,
  RuleScreener,
  ruleMatches,
  rulePrice,
  SYMBOLS,
} from "../../tests/helpers/made-up-traders.ts";
import { ofSpot } from "../../tests/helpers/schedules.ts";
import { until } from "../../tests/helpers/until.ts";
import { parseSymbol, type Symbol, VyxError } from "../core/mod.ts";
import { FilterCodeFault } from "../strategy/mod.ts";
import type { ListedSignal, NewTrader, Signal } from "../wire/mod.ts";
import {
  type EngineDependencies,
  ExecutionsTable,
  Retention,
  RunCounts,
  ScreenerBusy,
  SignalsTable,
  type Sql,
  TraderEngine,
  TradersTable,
} from "./mod.ts";
import { EVERYONE } from "./traders-table.ts";

class Unreachable extends VyxError {
  readonly code = "network";
  readonly retryable = true;
}

const ALL = { traderId: undefined, symbol: undefined, interval: undefined, from: undefined, to: undefined };

describe.each(DATABASES)("traders on %s", (kind) => {
  describe.skipIf(isMissing(kind))("", () => {
    let databases: TestDatabases;
    let sql: Sql;
    let traders: TradersTable;
    let executions: ExecutionsTable;
    let market: RuleMarket;
    let screener: RuleScreener;

    beforeAll(async () => {
      databases = await startDatabases(kind);
    });
    afterAll(() => databases?.stop());
    beforeEach(async () => {
      ({ sql } = await databases.migrated());
      traders = new TradersTable(sql);
      executions = new ExecutionsTable(sql);
      market = new RuleMarket();
      screener = new RuleScreener();
    });

    const engine = (more: Partial<EngineDependencies> = {}): TraderEngine =>
      new TraderEngine({
        executions,
        market,
        screener,
        clock: new ManualClock(),
        stopwatch: () => 0,
        log: { info: () => {}, warn: () => {} },
        ...more,
      });
    const close = (index: number): { interval: "1m"; closeTime: ReturnType<typeof minuteClose> } => ({
      interval: "1m",
      closeTime: minuteClose(index),
    });
    const signals = async (): Promise<ListedSignal[]> =>
      (await new SignalsTable(sql).list(EVERYONE, { ...ALL, cursor: undefined, limit: 500 })).signals;
    const told = async (): Promise<string[]> =>
      (await signals()).map(({ symbol, closeTime }) => `${symbol} ${closeTime}`).sort();
    const rows = async (): Promise<Record<string, unknown>[]> => [
      ...(await sql`select * from public.executions order by trader_id, close_time`),
    ];
    test("each look for closes deletes what is too old; where that fails, the look is none the worse", async () => {
      const warnings: string[] = [];
      const log = { info: () => {}, warn: (message: string) => warnings.push(message) };
      const { id } = await traders.create("gerda", aTrader({ enabled: false }), undefined);
      await sql`insert into public.executions (trader_id, interval, close_time, status, created_at)
        select ${id}, '1m', n, 'done', now() - interval '31 days' from generate_series(1, 3) n`;
      const retention = new Retention(sql, { signals: 0, executions: 30 }, new ManualClock());
      await engine({ retention, log }).reconcile();
      expect([retention.figures().executions, (await rows()).length, warnings]).toEqual([2, 1, []]);
      const failing = { sweep: () => Promise.reject(new Error("no space")) };
      expect((await engine({ retention: failing, log }).reconcile()).runs).toEqual([]);
      expect(warnings).toEqual(["old signals and executions can't be deleted now: no space"]);
    });

    test("what is too old is deleted while the market is away, too", async () => {
      const { id } = await traders.create("gerda", aTrader({}), undefined);
      await sql`insert into public.executions (trader_id, interval, close_time, status, created_at)
        select ${id}, '1m', n, 'done', now() - interval '31 days' from generate_series(1, 3) n`;
      const retention = new Retention(sql, { signals: 0, executions: 30 }, new ManualClock());
      market.fault = () => new Error("the market is away");
      expect(
        await engine({ retention })
          .reconcile()
          .catch((cause) => cause.message),
      ).toBe("the market is away");
      expect(retention.figures().executions).toBe(2);
    });

    test("an owner that has stored its signals of the day runs again tomorrow, and another's traders run on", async () => {
      const clock = new ManualClock();
      const one = engine({ clock, mostSignalsPerDay: SYMBOLS.length });
      const ids = new Map<string, string>();
      for (const owner of ["anna", "bert"]) {
        const { id } = await traders.create(owner, aTrader({ code: "every 1", cooldownCandles: 0 }), undefined);
        ids.set(id, owner);
      }
      const runs = async (index: number): Promise<string[]> =>
        (await one.close(close(index))).map(({ traderId, status }) => `${ids.get(traderId)} ${status}`).sort();
      expect(await runs(0)).toEqual(["anna done", "bert done"]);
      await sql`update public.traders set enabled = false where owner = 'bert'`;
      await traders.create("carl", aTrader({ code: "every 1", cooldownCandles: 0 }), minuteClose(0));
      expect((await runs(1)).map((run) => run.replace("undefined", "carl"))).toEqual(["anna failed", "carl done"]);
      const [row] = await sql`select error from public.executions where status = 'failed'`;
      expect(row?.error).toStartWith(`this owner's traders have stored ${SYMBOLS.length} signals since 00:00 UTC`);
      await clock.turn(86_400_000);
      expect((await runs(2)).map((run) => run.replace("undefined", "carl"))).toEqual(["anna done", "carl done"]);
    });

    /** All executions were queued when this close came. */
    const queuedAt = async (index: number): Promise<void> => {
      await sql`update public.executions set created_at = to_timestamp(${minuteClose(index)} / 1000.0)`;
    };
    /** What an in-order pass over the rule stores, with its cooldown. */
    const expected = (trader: NewTrader, first: number, last: number, symbols: readonly Symbol[] = SYMBOLS): string[] =>
      symbols.flatMap((symbol) => {
        const found: string[] = [];
        let quietUntil = Number.NEGATIVE_INFINITY;
        for (let index = first; index <= last; index += 1) {
          if (!ruleMatches(trader.code, symbol, "1m", minuteClose(index)) || index <= quietUntil) continue;
          found.push(`${symbol} ${minuteClose(index)}`);
          quietUntil = index + trader.cooldownCandles;
        }
        return found;
      });

    test("after a close of tomorrow that never was, each close that comes is run once", async () => {
      await traders.create("anna", aTrader({ code: "every 1", cooldownCandles: 0 }), undefined);
      const heard: Signal[] = [];
      const one = engine({ onSignals: (stored) => heard.push(...stored) });
      await one.close(close(0));
      // The clock is ahead: no symbol has a candle of that close.
      market.without.set(minuteClose(3), new Set(SYMBOLS));
      await one.close(close(3));
      expect((await rows()).map(({ pending }) => (pending as string[]).length)).toContain(SYMBOLS.length);
      await queuedAt(0);
      market.last = minuteClose(2);
      await one.reconcile();
      market.without.clear();
      market.last = minuteClose(4);
      await one.close(close(3));
      await one.close(close(4));
      await one.reconcile();
      const all = expected(aTrader({ code: "every 1", cooldownCandles: 0 }), 0, 4).sort();
      expect(await told()).toEqual(all);
      expect(heard.map(({ symbol, closeTime }) => `${symbol} ${closeTime}`).sort()).toEqual(all);
      expect((await rows()).every(({ status, error }) => status === "done" && error === null)).toBe(true);
    });

    test("nothing goes while it isn't known where the market is", async () => {
      await traders.create("anna", aTrader(), undefined);
      // It waits for its symbols; what has ended is deleted for its age.
      market.without.set(minuteClose(1_440), new Set(SYMBOLS));
      await engine().close(close(1_440));
      await queuedAt(0);
      market.closes = async () => ({});
      await engine().reconcile();
      market.fault = () => new Unreachable("no answer");
      await engine()
        .reconcile()
        .catch(() => {});
      expect(await rows()).toHaveLength(1);
    });

    test("a close runs the traders that are due, once, and a match becomes a signal with price and facts", async () => {
      const due = await traders.create("anna", aTrader({ code: "every 2" }), undefined);
      await traders.create("anna", aTrader({ enabled: false }), undefined);
      await traders.create("anna", aTrader({ triggerInterval: "5m" }), undefined);
      const heard: Signal[] = [];
      const counts = new RunCounts();
      const one = engine({
        onSignals: (stored) => {
          heard.push(...stored);
          counts.stored(stored);
        },
        onRun: (run) => counts.ended(run),
      });
      const runs = await one.close(close(0));
      expect(runs).toMatchObject([{ traderId: due.id, ...close(0), status: "done", symbolsChecked: SYMBOLS.length }]);
      expect(await told()).toEqual(expected(aTrader({ code: "every 2" }), 0, 0));
      const listed = (await signals()).map(({ outcomes: _, ...signal }) => signal);
      expect(heard).toEqual(listed.reverse());
      for (const signal of heard) {
        const { symbol, closeTime } = signal;
        expect(signal).toMatchObject({
          traderId: due.id,
          traderVersion: 1,
          interval: "1m",
          facts: { code: "every 2" },
        });
        expect(signal.price).toBe(rulePrice(symbol, closeTime));
      }
      expect(await one.close(close(0))).toEqual([]);
      expect(await told()).toHaveLength(heard.length);
      expect(counts).toEqual({ runs: { done: 1, failed: 0, queued: 0 }, signals: heard.length } as RunCounts);
      expect(await rows()).toMatchObject([
        {
          status: "done",
          attempts: 1,
          symbols_checked: 4,
          matches: heard.length,
          signals: heard.length,
          errors: 0,
          pending: [],
          error: null,
        },
      ]);
    });

    test("closes that were missed are made up for in order, from the moment that the trader was switched on", async () => {
      const trader = aTrader({ code: "every 3", cooldownCandles: 4 });
      await traders.create("anna", trader, minuteClose(9));
      await engine().close(close(40));
      expect(await told()).toEqual(expected(trader, 10, 40).sort());
      market.last = minuteClose(60);
      expect((await engine().reconcile()).closes).toEqual([{ market: "binance", ...close(60) }]);
      expect(await told()).toEqual(expected(trader, 10, 60).sort());
      expect((await rows()).length).toBe(51);
    });

    test("many engines that are told the same closes, twice and in any order, store what one would", async () => {
      const list = [1, 2, 3, 5].flatMap((every) =>
        [0, 3].map((cooldownCandles) => aTrader({ code: `every ${every}`, cooldownCandles })),
      );
      for (const trader of list) await traders.create("anna", trader, minuteClose(-1));
      const engines = Array.from({ length: 4 }, () => engine());
      const order = [3, 0, 7, 7, 1, 12, 9, 12, 15, 2, 15];
      await Promise.all(
        order.flatMap((index, at) => [
          engines[at % 4]?.close(close(index)),
          engines[(at + 1) % 4]?.close(close(index)),
        ]),
      );
      const wanted = list.flatMap((trader) => expected(trader, 0, 15));
      expect((await told()).sort()).toEqual(wanted.sort());
      expect((await rows()).every(({ status }) => status === "done")).toBe(true);
    });

    test("a run that dies is taken over when its lease has run out, and not before", async () => {
      await traders.create("anna", aTrader(), undefined);
      await executions.schedule(ofSpot("1m"), minuteClose(0), 10);
      const [dead] = await executions.claim(10, 60_000);
      expect(dead).toBeDefined();
      expect(await engine().close(close(0))).toEqual([]);
      await sql`update public.executions set lease_until = clock_timestamp() - interval '1 second'`;
      expect(await engine().close(close(0))).toMatchObject([{ status: "done" }]);
      // The dead one wasn't dead: what it comes with is too late, and changes nothing.
      const late = { matches: [], symbolsChecked: 1, skipped: 0, errors: 0, error: null, failed: false };
      const ended = { claim: dead as never, outcome: late, pending: [] };
      expect(await executions.finishAll([{ ended, rows: [], isLast: true }])).toEqual([undefined]);
      expect(await rows()).toMatchObject([{ status: "done", attempts: 2, symbols_checked: 4 }]);
      expect(await told()).toEqual(expected(aTrader(), 0, 0));
    });

    test("a run that waits past its lease isn't claimed again by the engine that has it, and spends no second attempt", async () => {
      for (let count = 0; count < 5; count += 1) await traders.create("anna", aTrader(), undefined);
      screener.before = async () => {
        await sql`update public.executions set lease_until = clock_timestamp() - interval '1 second' where status = 'running'`;
      };
      const one = engine({ concurrency: 3 });
      expect(await one.close(close(0))).toHaveLength(5);
      expect(screener.screens).toBe(5);
      expect((await rows()).map(({ status, attempts }) => [status, attempts])).toEqual(Array(5).fill(["done", 1]));
      expect(await told()).toHaveLength(5 * SYMBOLS.length);
    });

    test("a screen for which there was no room spends no attempt, and is run again", async () => {
      await traders.create("anna", aTrader(), undefined);
      for (let attempt = 1; attempt <= 7; attempt += 1) {
        screener.before = async () => {
          throw new ScreenerBusy("all places are taken");
        };
        expect(await engine().close(close(0))).toMatchObject([{ status: "queued" }]);
        await sql`update public.executions set lease_until = null`;
      }
      expect(await rows()).toMatchObject([{ status: "queued", attempts: 0, error: "all places are taken" }]);
      screener.before = async () => {};
      expect(await engine().close(close(0))).toMatchObject([{ status: "done" }]);
    });

    test("a run that was given back is retried when its wait is over, before any other close", async () => {
      await traders.create("anna", aTrader(), undefined);
      screener.before = async () => {
        throw new ScreenerBusy("all places are taken");
      };
      const clock = new ManualClock();
      const one = engine({ clock });
      expect(await one.close(close(0))).toMatchObject([{ status: "queued" }]);
      expect(clock.sleepers).toBe(1);
      screener.before = async () => {};
      // The wait is over by the database's clock, too.
      await sql`update public.executions set lease_until = null`;
      await clock.turn(2_000);
      await until(async () => (await rows()).every(({ status }) => status === "done"));
      expect(await told()).toHaveLength(SYMBOLS.length);
      expect(await executions.firstRetryMs()).toBeUndefined();
      screener.before = async () => {
        throw new ScreenerBusy("all places are taken");
      };
      await one.close(close(1));
      one.stop();
      expect(clock.sleepers).toBe(0);
    });

    test("a run waits as long as whoever has no place says", async () => {
      await traders.create("anna", aTrader(), undefined);
      screener.before = async () => {
        throw new ScreenerBusy("the server says so", { retryAfterMs: 3_600_000 });
      };
      expect(await engine().close(close(0))).toMatchObject([{ status: "queued" }]);
      const [row] = await sql`select lease_until > now() + interval '30 minutes' as waits from public.executions`;
      expect(row?.waits).toBe(true);
      expect(await engine().close(close(0))).toEqual([]);
    });

    test("owners take turns: whoever has many executions leaves places for one who comes later", async () => {
      for (let count = 0; count < 40; count += 1) await traders.create("anna", aTrader(), undefined);
      for (const owner of ["bert", "carl"]) await traders.create(owner, aTrader(), undefined);
      await executions.schedule(ofSpot("1m"), minuteClose(0), 10);
      const [inHand, tokens] = [new Map<string, number>(), [] as string[]];
      const claim = async (): Promise<string[]> => {
        const claims = await executions.claim(16, 60_000, { concurrency: 16, owners: inHand, tokens });
        for (const { trader, token } of claims) {
          inHand.set(trader.owner, (inHand.get(trader.owner) ?? 0) + 1);
          tokens.push(token);
        }
        return claims.map(({ trader }) => trader.owner).sort();
      };
      expect(await claim()).toEqual([...Array(11).fill("anna"), "bert", "carl"]);
      expect(await claim()).toEqual([]);
      // Two thirds of what others leave: of 14 that is 10, so anna gets none while she has 11, and dora one at once.
      await traders.create("dora", aTrader(), undefined);
      await executions.schedule(ofSpot("1m"), minuteClose(0), 10);
      expect(await claim()).toEqual(["dora"]);
      inHand.set("anna", 8);
      expect(await claim()).toEqual(["anna"]);
    });

    test("an owner's runs that don't end hold up no other owner's, close after close", async () => {
      for (let count = 0; count < 40; count += 1)
        await traders.create("anna", aTrader({ code: "every 99" }), minuteClose(-1));
      await traders.create("bert", aTrader({ code: "every 1" }), minuteClose(-1));
      let letGo = (): void => {};
      const hung = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      screener.before = async ({ code }) => {
        if (code === "every 99") await hung;
      };
      const clock = new ManualClock();
      const one = engine({ clock, patienceMs: 2_000, leaseMs: 600_000 });
      for (let index = 0; index < 5; index += 1) {
        const closing = one.close(close(index));
        await until(async () => (await told()).length === (index + 1) * SYMBOLS.length);
        await until(() => clock.sleepers > 0);
        await clock.turn(2_000);
        expect(await closing).toMatchObject([{ ...close(index), status: "done" }]);
      }
      letGo();
      await engine({ leaseMs: 600_000 }).close(close(4));
      await until(async () => (await rows()).every(({ status }) => status === "done"));
    });

    test("late symbols have their turn by owner, and a filter that may not run holds up nobody else's", async () => {
      const [, late] = SYMBOLS as [Symbol, Symbol];
      for (let index = 0; index < 4; index += 1) market.without.set(minuteClose(index), new Set([late]));
      for (let count = 0; count < 3; count += 1) {
        await traders.create("anna", aTrader({ code: "every 99" }), minuteClose(-1));
      }
      await traders.create("bert", aTrader({ code: "every 1" }), minuteClose(-1));
      for (let index = 0; index < 4; index += 1) await engine().close(close(index));
      const turns = (await executions.late(ofSpot("1m"), 4)).map(({ owner }) => owner).sort();
      expect(turns).toEqual(["anna", "anna", "bert", "bert"]);
      market.without.clear();
      screener.before = async ({ code }) => {
        if (code === "every 99") throw new FilterCodeFault("the filter may not run");
      };
      await engine().close(close(3));
      expect((await rows()).every(({ pending }) => (pending as string[]).length === 0)).toBe(true);
      const [failed] = await sql`select e.* from public.executions e join public.traders t on t.id = e.trader_id
        where owner = 'anna' limit 1`;
      expect(failed).toMatchObject({ symbols_checked: 4, errors: 1, error: `${late}: the filter may not run` });
      expect(await told()).toEqual(
        SYMBOLS.flatMap((symbol) => [0, 1, 2, 3].map((at) => `${symbol} ${minuteClose(at)}`)),
      );
    });

    test("leases end at once where the process knows that it is the only one", async () => {
      await traders.create("anna", aTrader(), undefined);
      await executions.schedule(ofSpot("1m"), minuteClose(0), 10);
      await executions.claim(10, 60_000);
      await executions.releaseAll();
      expect(await engine().close(close(0))).toMatchObject([{ status: "done" }]);
    });

    test("a market that can't be reached is tried again later, five times, then the next close has its turn", async () => {
      await traders.create("anna", aTrader(), undefined);
      market.fault = () => new Unreachable("the server is away");
      for (let attempt = 1; attempt <= 6; attempt += 1) {
        const [run] = await engine().close(close(0));
        expect(run?.status).toBe(attempt <= 5 ? "queued" : "failed");
        if (attempt <= 5) expect(await engine().close(close(0))).toEqual([]);
        await sql`update public.executions set lease_until = null`;
      }
      expect(await rows()).toMatchObject([{ status: "failed", error: "the server is away" }]);
      market.fault = undefined;
      expect(await engine().close(close(1))).toMatchObject([{ ...close(1), status: "done" }]);
    });

    test("late symbols and runs by hand read the market anew, closes as it was read before", async () => {
      const trader = await traders.create("anna", aTrader(), undefined);
      const at = market.at.bind(market);
      const asked: unknown[] = [];
      market.at = async (request) => {
        asked.push([request.symbols, request.anew]);
        return await at(request);
      };
      const [, late] = SYMBOLS as [Symbol, Symbol];
      market.without.set(minuteClose(0), new Set([late]));
      await engine().close(close(0));
      await engine().execute(trader, close(0), null);
      expect(asked).toEqual([
        [null, false],
        [[late], true],
        [null, true],
      ]);
    });

    test("a symbol that closes late is run alone, and counts in the same execution", async () => {
      await traders.create("anna", aTrader(), undefined);
      const [, late] = SYMBOLS as [Symbol, Symbol];
      market.without.set(minuteClose(0), new Set([late]));
      await engine().close(close(0));
      expect(await rows()).toMatchObject([{ status: "done", symbols_checked: 3, signals: 3, pending: [late] }]);
      expect(await engine().close(close(0))).toEqual([]);
      market.without.clear();
      const runs = (await Promise.all([engine().close(close(0)), engine().close(close(0))])).flat();
      expect(runs.flatMap((run) => run.signals)).toMatchObject([{ symbol: late }]);
      expect(await rows()).toMatchObject([{ symbols_checked: 4, matches: 4, signals: 4, pending: [] }]);
    });

    test("one owner's late symbols that can't be read or written down stop nobody else's, nor the look for closes", async () => {
      const anna = await traders.create("anna", aTrader(), undefined);
      const bert = await traders.create("bert", aTrader(), undefined);
      await traders.create("cleo", aTrader(), undefined);
      const [, late] = SYMBOLS as [Symbol, Symbol];
      market.without.set(minuteClose(0), new Set([late]));
      await engine().close(close(0));
      market.without.clear();
      const at = market.at.bind(market);
      market.at = async (request) => {
        if (request.whom === anna.id) throw new Unreachable("the server is away");
        return await at(request);
      };
      const finishLate = executions.finishLate.bind(executions);
      executions.finishLate = async (...args) => {
        if (args[0].trader.id === bert.id) throw new Error("the row is locked");
        return await finishLate(...args);
      };
      const warnings: string[] = [];
      const log = { info: () => {}, warn: (text: string) => void warnings.push(text) };
      const { runs } = await engine({ log }).reconcile();
      expect(runs.map(({ signals }) => signals.map(({ symbol }) => symbol))).toEqual([[late]]);
      expect(warnings.filter((text) => text.includes("the server is away"))).toHaveLength(1);
      expect(warnings.filter((text) => text.includes("the row is locked"))).toHaveLength(1);
      market.last = minuteClose(10);
      await engine().reconcile();
      expect((await rows()).filter(({ error }) => error === `no certain candle came in time for ${late}`)).toHaveLength(
        2,
      );
    });

    test("late runs of all intervals together have a bound, and a look reads each trader once", async () => {
      const owners = Array.from({ length: 50 }, (_, index) => `owner ${index}`);
      for (const owner of owners) {
        await traders.create(owner, aTrader(), minuteClose(-1));
        await traders.create(owner, aTrader({ triggerInterval: "3m" }), minuteClose(-1));
      }
      const threeMinutes = { interval: "3m", closeTime: minuteClose(2) } as const;
      for (const { interval, closeTime } of [close(1), close(2), threeMinutes]) {
        await sql`insert into public.executions (trader_id, interval, close_time, status, pending)
          select id, ${interval}, ${closeTime}, 'done', '{AAAUSDT}' from public.traders where trigger_interval = ${interval}`;
      }
      const readTrader = executions.trader.bind(executions);
      let reads = 0;
      executions.trader = (id) => {
        reads += 1;
        return readTrader(id);
      };
      let [running, most] = [0, 0];
      screener.before = async () => {
        running += 1;
        most = Math.max(most, running);
        await until(() => most >= 64 || reads === 100);
        running -= 1;
      };
      const one = engine();
      await Promise.all([one.close(close(2)), one.close(threeMinutes)]);
      expect(most).toBeLessThanOrEqual(64);
      expect(reads).toBe(100);
      expect((await rows()).every(({ pending }) => (pending as string[]).length === 0)).toBe(true);
      expect(await signals()).toHaveLength(150);
    });

    test("late executions are read up to so many symbols, owners in turn", async () => {
      for (const owner of ["anna", "bert"]) {
        const { id } = await traders.create(owner, aTrader());
        await sql`insert into public.executions (trader_id, interval, close_time, status, pending)
          select ${id}, '1m', n, 'done', array(select 'S' || m from generate_series(1, 2000) m) from generate_series(1, 20) n`;
      }
      const late = await executions.late(ofSpot("1m"), 500);
      const ofAnna = late.filter(({ owner }) => owner === "anna").length;
      expect([late.length, Math.abs(late.length - 2 * ofAnna)]).toEqual([25, 1]);
      expect((await executions.late(ofSpot("1m"), 3)).length).toBe(3);
    });

    test("nothing waits for an interval that isn't served any more, and a trader that runs at another one now still gets its late symbols", async () => {
      const unserved = await traders.create("anna", aTrader({ triggerInterval: "5m" }), minuteClose(-1));
      const moved = await traders.create("anna", aTrader(), minuteClose(-1));
      const [late] = SYMBOLS as [Symbol];
      await sql`insert into public.executions (trader_id, interval, close_time, status, pending)
        values (${unserved.id}, '5m', ${minuteClose(4)}, 'done', ${[late]}::text[]), (${moved.id}, '1m', ${minuteClose(4)}, 'done', ${[late]}::text[])`;
      await traders.update("anna", moved.id, { triggerInterval: "1h", timeframes: ["1m"] }, null);
      market.last = minuteClose(5);
      // While it isn't known what is served, it waits.
      await engine().reconcile();
      const row = async ({ id }: { id: string }): Promise<unknown> =>
        (await sql`select pending, symbols_checked, skipped, error from public.executions where trader_id = ${id}`)[0];
      expect(await row(unserved)).toMatchObject({ pending: [late], skipped: 0, error: null });
      expect(await row(moved)).toMatchObject({ pending: [], symbols_checked: 1, error: null });
      market.offered = { intervals: ["1m", "1h"], symbols: new Set(SYMBOLS) };
      await engine().reconcile();
      const error = "5m is not served here: expected one of 1m, 1h";
      expect(await row(unserved)).toEqual({ pending: [], symbols_checked: 0, skipped: 1, error });
    });

    test("a cooldown reckons with a late symbol: its later closes wait for it", async () => {
      const trader = aTrader({ code: "every 1", cooldownCandles: 2 });
      await traders.create("anna", trader, minuteClose(-1));
      const [, late] = SYMBOLS as [Symbol, Symbol];
      market.without.set(minuteClose(1), new Set([late]));
      for (const index of [0, 1, 2, 3]) await engine().close(close(index));
      expect((await rows()).map(({ pending }) => pending)).toEqual([[], [late], [late], [late]]);
      market.without.clear();
      await engine().close(close(4));
      await engine().close(close(5));
      expect(await told()).toEqual(expected(trader, 0, 5).sort());
      expect((await rows()).map(({ pending }) => pending)).toEqual([[], [], [], [], [], []]);
    });

    test("a symbol that never comes is given up after ten candles", async () => {
      await traders.create("anna", aTrader(), undefined);
      const [, late] = SYMBOLS as [Symbol, Symbol];
      market.without.set(minuteClose(0), new Set([late]));
      await engine().close(close(0));
      market.last = minuteClose(10);
      await engine().reconcile();
      expect((await rows())[0]).toMatchObject({
        pending: [],
        skipped: 1,
        symbols_checked: 3,
        error: `no certain candle came in time for ${late}`,
      });
    });

    test("a filter that throws ends its run with what it said, and no other", async () => {
      await traders.create("anna", aTrader({ code: "throws" }), undefined);
      await traders.create("anna", aTrader({ code: "every 1" }), undefined);
      const runs = await engine().close(close(0));
      expect(runs.map(({ status }) => status)).toEqual(["done", "done"]);
      const [thrown] = await sql`select * from public.executions where errors > 0`;
      expect(thrown).toMatchObject({ status: "done", errors: 4, error: "AAAUSDT: 1:1 it throws" });
      expect(await told()).toHaveLength(4);
    });

    test("texts that PostgreSQL can't hold are repaired in facts and errors, and cost no signal and no close", async () => {
      await traders.create("anna", aTrader({ code: "every 1" }), minuteClose(-1));
      await traders.create("anna", aTrader({ code: "throws" }), minuteClose(-1));
      screener.facts = () => ({ note: "up 🚀".slice(0, 4), "name\0": ["a\0b"] });
      screener.message = "up 🚀\0".slice(0, 4);
      const published: Signal[] = [];
      for (let index = 0; index < 2; index += 1) {
        const one = engine({ onSignals: (stored) => published.push(...stored) });
        expect((await one.close(close(index))).map(({ status }) => status)).toEqual(["done", "done"]);
      }
      expect(await told()).toEqual(expected(aTrader(), 0, 1).sort());
      const facts = { note: "up \ufffd", "name\ufffd": ["a\ufffdb"] };
      expect((await signals()).map((signal) => signal.facts)).toEqual(Array(8).fill(facts));
      expect(published.map((signal) => signal.facts)).toEqual(Array(8).fill(facts));
      expect((await rows()).map(({ attempts, error }) => [attempts, error]).sort()).toEqual([
        [1, null],
        [1, null],
        [1, "AAAUSDT: up \ufffd"],
        [1, "AAAUSDT: up \ufffd"],
      ]);
    });

    test("what fails a whole run or gives it back may hold any text", async () => {
      await traders.create("anna", aTrader(), undefined);
      market.fault = () => new Unreachable("away\0🚀".slice(0, 6));
      expect(await engine().close(close(0))).toMatchObject([{ status: "queued" }]);
      expect(await rows()).toMatchObject([{ status: "queued", error: "away\\u{0}\\u{d83d}" }]);
      market.fault = undefined;
      screener.before = async () => {
        throw new FilterCodeFault("it may not\0");
      };
      await sql`update public.executions set lease_until = null`;
      expect(await engine().close(close(0))).toMatchObject([{ status: "failed" }]);
      expect(await rows()).toMatchObject([{ status: "failed", error: "it may not\ufffd" }]);
    });

    test("a match that the database refuses costs its own symbol only, in runs of closes, late and by hand", async () => {
      const [bad, ...good] = SYMBOLS as [Symbol, ...Symbol[]];
      const trader = await traders.create("anna", aTrader(), minuteClose(-1));
      const at = market.at.bind(market);
      market.at = async (request) => {
        const asked = await at(request);
        return { ...asked, price: (symbol) => (symbol === bad ? Number.NaN : asked.price(symbol)) };
      };
      market.without.set(minuteClose(1), new Set(SYMBOLS));
      for (let index = 0; index < 3; index += 1) await engine().close(close(index));
      market.without.clear();
      await engine().close(close(2));
      const why = expect.stringContaining(`${bad}: the database refused its signal: null value in column "price"`);
      expect(
        (await rows()).map(({ status, signals, errors, error, pending }) => [status, signals, errors, error, pending]),
      ).toEqual(Array(3).fill(["done", 3, 1, why, []]));
      const run = await engine().execute(trader, close(3), null);
      expect([run.matches, run.errors.map(({ symbol }) => symbol)]).toEqual([good, [bad]]);
      expect(await told()).toEqual(
        good.flatMap((symbol) => [0, 1, 2, 3].map((index) => `${symbol} ${minuteClose(index)}`)),
      );
    });

    test("what a run stored before the database refused a match is told, counted, and named by the run", async () => {
      market.symbols = Array.from({ length: 200 }, (_, index) => parseSymbol(`S${String(index).padStart(3, "0")}USDT`));
      const trader = await traders.create("anna", aTrader(), minuteClose(-1));
      const at = market.at.bind(market);
      market.at = async (request) => {
        const asked = await at(request);
        return { ...asked, price: (symbol) => (symbol === "S199USDT" ? Number.NaN : asked.price(symbol)) };
      };
      const counts = new RunCounts();
      const one = engine({ onSignals: (stored) => counts.stored(stored), onRun: (run) => counts.ended(run) });
      const [run] = await one.close(close(0));
      expect(run?.signals.map(({ symbol }) => symbol).sort()).toEqual(market.symbols.slice(0, 199) as Symbol[]);
      expect((await one.execute(trader, close(1), null)).signals).toHaveLength(199);
      expect(counts).toEqual({ runs: { done: 2, failed: 0, queued: 0 }, signals: 398 } as RunCounts);
    });

    test("a host that fails where it is told of runs and signals keeps none of them from ending", async () => {
      const trader = await traders.create("anna", aTrader(), minuteClose(-1));
      const fail = (): never => {
        throw new Error("the host failed");
      };
      const warnings: string[] = [];
      const log = { info: () => {}, warn: (message: string) => void warnings.push(message) };
      const one = engine({ onSignals: fail, onRun: fail, log });
      market.without.set(minuteClose(0), new Set([SYMBOLS[0] as Symbol]));
      expect(await one.close(close(0))).toMatchObject([{ status: "done" }]);
      market.without.clear();
      expect(await one.close(close(1))).toMatchObject([{ status: "done" }, { status: "done", symbols: [SYMBOLS[0]] }]);
      expect(await one.execute(trader, close(2), null)).toMatchObject({ status: "done", signals: { length: 4 } });
      expect(await told()).toHaveLength(12);
      const each = ["stored signals weren't published: the host failed", "a run wasn't counted: the host failed"];
      expect(warnings).toEqual([...each, ...each, ...each, ...each]);
    });

    test("never more run at a time than may, and one that hangs doesn't hold up the others", async () => {
      const hanging = await traders.create("anna", aTrader({ code: "every 99" }), undefined);
      for (let count = 0; count < 30; count += 1) await traders.create("anna", aTrader({ code: "every 1" }), undefined);
      let [running, most] = [0, 0];
      let letGo = (): void => {};
      const hung = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      screener.before = async ({ code }) => {
        running += 1;
        most = Math.max(most, running);
        if (code === "every 99") await hung;
        else await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
      };
      // A lease that outlives the test on the slowest machine: one that ran out would be claimed again, and hang in another place.
      const one = engine({ concurrency: 3, leaseMs: 600_000 });
      const first = one.close(close(0));
      const done = async (): Promise<number> =>
        Number((await sql`select count(*)::integer as done from public.executions where status = 'done'`)[0]?.done);
      while ((await done()) < 30) await new Promise((resolve) => setImmediate(resolve));
      const second = one.close(close(1));
      while ((await done()) < 60) await new Promise((resolve) => setImmediate(resolve));
      const [held] =
        await sql`select status from public.executions where trader_id = ${hanging.id} and status = 'running'`;
      expect(held?.status).toBe("running");
      letGo();
      await Promise.all([first, second]);
      expect(most).toBeLessThanOrEqual(3);
      expect((await rows()).map(({ status }) => status)).toEqual(Array(62).fill("done"));
    });

    test("a run by hand stores each signal once, beside the runs of closes", async () => {
      const trader = await traders.create("anna", aTrader({ enabled: false }), undefined);
      const [symbol] = SYMBOLS as [Symbol];
      const first = await engine().execute(trader, close(0), [symbol]);
      expect(first.signals).toMatchObject([{ symbol, closeTime: minuteClose(0) }]);
      const again = await engine().execute(trader, close(0), null);
      expect([again.matches.length, again.signals.length]).toEqual([4, 3]);
      expect((await engine().execute(trader, close(0), null)).signals).toEqual([]);
      expect(await told()).toHaveLength(4);
    });

    test("symbols that aren't followed and intervals that aren't served are counted as skipped, with the reason", async () => {
      const [first, second, third, gone] = SYMBOLS as [Symbol, Symbol, Symbol, Symbol];
      market.offered = { intervals: ["1m"], symbols: new Set([first, second, third]) };
      const some = await traders.create("anna", aTrader({ symbols: [first, gone] }), undefined);
      const none = await traders.create("anna", aTrader({ symbols: [gone] }), undefined);
      const unserved = await traders.create("anna", aTrader({ timeframes: ["1m", "5m"] }), undefined);
      await engine().close(close(0));
      const row = async ({ id }: { id: string }): Promise<unknown> =>
        (
          await sql`select status, symbols_checked, skipped, errors, pending, error from public.executions where trader_id = ${id}`
        )[0];
      const absent = `symbols has ${gone}, which is not followed here: GET /symbols lists those that are`;
      const why = "timeframes has 5m, which is not served here: expected one of 1m";
      const rest = { status: "done", errors: 0, pending: [] };
      expect(await row(some)).toEqual({ ...rest, symbols_checked: 1, skipped: 1, error: absent });
      expect(await row(none)).toEqual({ ...rest, symbols_checked: 0, skipped: 1, error: absent });
      expect(await row(unserved)).toEqual({ ...rest, symbols_checked: 0, skipped: 3, error: why });
      expect(await told()).toEqual([`${first} ${minuteClose(0)}`]);
      await expect(engine().execute(unserved, close(0), null)).rejects.toThrow(why);
      await expect(engine().execute(some, { interval: "5m", closeTime: minuteClose(4) }, null)).rejects.toThrow(
        "interval is 5m, which is not served here: expected one of 1m",
      );
      market.offered = { intervals: ["1m"], symbols: new Set() };
      await engine().close(close(1));
      const [empty] =
        await sql`select error from public.executions where trader_id = ${some.id} and close_time = ${minuteClose(1)}`;
      expect(empty?.error).toContain(`symbols has ${first}, ${gone}, which are not followed here`);
    });

    test("a run by hand of an older close keeps the cooldown to later signals, too", async () => {
      const [symbol] = SYMBOLS as [Symbol];
      const trader = await traders.create("anna", aTrader({ cooldownCandles: 5, symbols: [symbol] }), undefined);
      const run = async (index: number): Promise<number> =>
        (await engine().execute(trader, close(index), null)).signals.length;
      // 20 and 26 are signals: each other close within five candles of one of them isn't.
      const stored: number[] = [];
      for (const index of [20, 15, 19, 25, 21, 26, 31, 14]) if ((await run(index)) === 1) stored.push(index);
      expect(stored).toEqual([20, 26, 14]);
      expect(await told()).toEqual([14, 20, 26].map((index) => `${symbol} ${minuteClose(index)}`));
      // The cooldown of automatic runs counts from the signals of manual runs, too.
      await traders.update("anna", trader.id, {}, minuteClose(31));
      await run(36);
      await engine().close(close(36));
      expect((await told()).slice(3)).toEqual([`${symbol} ${minuteClose(36)}`]);
    });

    test("a run by hand names the symbols that it skipped, and those that it is no use to run again", async () => {
      const [first, second, , gone] = SYMBOLS as [Symbol, Symbol, Symbol, Symbol];
      market.offered = { intervals: ["1m"], symbols: new Set([first, second]) };
      market.last = minuteClose(20);
      const trader = await traders.create("anna", aTrader({ symbols: [first, second, gone] }), undefined);
      for (const index of [10, 11]) market.without.set(minuteClose(index), new Set([first]));
      const skipped = async (index: number): Promise<unknown> =>
        (await engine().execute(trader, close(index), null)).skipped;
      const absent = { symbol: gone, reason: "it is not followed here", final: true };
      expect(await skipped(11)).toEqual([{ symbol: first, reason: "no candle", final: false }, absent]);
      const reason = "no candle; it is not waited for, as 10 candles have closed since";
      expect(await skipped(10)).toEqual([{ symbol: first, reason, final: true }, absent]);
      expect(await skipped(9)).toEqual([absent]);
      // A filter that doesn't read the interval that closed gives no reason of its own.
      market.without.set(minuteClose(12), new Set([second]));
      screener.screen = async ({ symbols }) => ({ matches: [], checked: symbols.length, skipped: [], errors: [] });
      expect(await skipped(12)).toEqual([
        { symbol: second, reason: "its 1m candle of this close is not there", final: false },
        absent,
      ]);
    });

    test("what isn't a close is refused", async () => {
      await expect(engine().close({ interval: "1m", closeTime: (minuteClose(0) + 1) as never })).rejects.toThrow(
        "is no close of 1m",
      );
    });
  });
});
