import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SignJWT } from "jose";
import { systemClock } from "../../src/cli/clock.ts";
import type { RunningVyx } from "../../src/cli/serve.ts";
import { createClient } from "../../src/client/mod.ts";
import { createExchange, type Exchange } from "../../src/exchange/mod.ts";
import type { FunctionName, Signal, SignalsAnswer, Trader } from "../../src/wire/mod.ts";
import { migratedOn } from "../helpers/databases.ts";
import { type DenoFunctions, startDenoFunctions } from "../helpers/deno-functions.ts";
import { dataFolder } from "../helpers/made-database.ts";
import { hasPostgres, type RunningPostgres, startPostgres } from "../helpers/postgres.ts";
import { getJson, startOn, subscribe, untilReady } from "../helpers/running-vyx.ts";
import { until } from "../helpers/until.ts";

const KEY = "service-key-of-the-test";
const JWT_SECRET = "a-secret-of-at-least-thirty-two-characters";
const ALL = ["get-klines", "execute-trader", "trigger-executions", "traders", "signals"] as const;
const FILTER = `const close = candles("1m").close;
return { match: close.at(-1) > sma(close, 5).at(-1), facts: { close: close.at(-1) } };`;

let exchange: Exchange;
let folder = "";
let vyx: RunningVyx;
let postgres: RunningPostgres | undefined;
let deno: DenoFunctions | undefined;

beforeAll(async () => {
  exchange = createExchange({ port: 0, clock: systemClock, symbols: 4, seed: 7 });
  folder = await dataFolder();
  vyx = await startOn(exchange, { dataDir: folder });
  await untilReady(vyx);
  if (!hasPostgres) return;
  postgres = await startPostgres();
  const url = await postgres.createDatabase();
  await (await migratedOn(url)).end();
  deno = await startDenoFunctions(ALL, {
    VYX_URL: vyx.url,
    VYX_DATABASE_URL: url,
    VYX_SERVICE_KEY: KEY,
    VYX_SUPABASE_JWT_SECRET: JWT_SECRET,
  });
});
afterAll(async () => {
  await deno?.stop();
  await vyx?.stop();
  await exchange?.stop();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const HOSTS: readonly { name: string; isHere: boolean; urlOf: (name: FunctionName) => string }[] = [
  { name: "Bun, on PGlite", isHere: true, urlOf: (name) => `${vyx.url}/functions/v1/${name}` },
  { name: "Deno, on PostgreSQL", isHere: hasPostgres, urlOf: (name) => (deno as DenoFunctions).urlOf(name) },
];

for (const { name: host, isHere, urlOf } of HOSTS) {
  describe.skipIf(!isHere)(`the functions hosted by ${host}`, () => {
    const call = async (name: FunctionName, path = "", body?: unknown, method?: string): Promise<Response> =>
      await fetch(`${urlOf(name)}${path}`, {
        method: method ?? (body === undefined ? "GET" : "POST"),
        headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const answer = async <T>(response: Promise<Response>): Promise<T> => (await (await response).json()) as T;
    const lastClose = async (): Promise<number> =>
      (await getJson<{ intervals: { "1m": { closeTime: number } } }>(vyx, "/closes")).intervals["1m"].closeTime;

    test("get-klines gives what the server has", async () => {
      const body = { symbol: "btcusdt", timeframe: "5m", limit: 7 };
      const got = await answer<{ klines: unknown[]; ticker: object }>(call("get-klines", "", body));
      expect(got).toMatchObject({ symbol: "BTCUSDT", timeframe: "5m", count: 7, cached: true });
      // A close may come between the two answers.
      const { openTime } = got.klines.at(-1) as { openTime: number };
      const { klines } = await getJson<{ klines: unknown[] }>(vyx, `/klines/BTCUSDT/5m?endTime=${openTime}&limit=7`);
      // The open one moves.
      expect(got.klines.slice(0, -1)).toEqual(klines.slice(0, -1));
      expect(got.ticker).toMatchObject({ symbol: "BTCUSDT" });
      expect((await call("get-klines", "", { symbol: "NOPEUSDT", timeframe: "1m" })).status).toBe(404);
    });

    test("what became of old signals is stored, from the server's own candles", async () => {
      const made = await call("traders", "", {
        name: "old",
        code: "return true;",
        timeframes: ["1m"],
        triggerInterval: "1m",
      });
      const { id } = (await made.json()) as Trader;
      const closeTime = (await lastClose()) - 100 * 60_000;
      await call("execute-trader", "", { traderId: id, closeTime });
      const outcomesOf = async (): Promise<SignalsAnswer["signals"]> => {
        await call("trigger-executions", "", { trigger: "cron" });
        return (await answer<SignalsAnswer>(call("signals", `?traderId=${id}`))).signals;
      };
      await until(async () =>
        (await outcomesOf()).every(({ outcomes }) => outcomes.every(({ state }) => state === "known")),
      );
      const signals = await outcomesOf();
      expect(signals).toHaveLength(4);
      for (const { symbol, price, outcomes } of signals) {
        const { klines } = await getJson<{ klines: { high: number; low: number; close: number }[] }>(
          vyx,
          `/klines/${symbol}/1m?startTime=${closeTime + 1}&limit=96`,
        );
        expect(klines).toHaveLength(96);
        for (const { horizon, returnPercent, bestPercent, bestAfter, worstPercent, worstAfter } of outcomes) {
          const after = klines.slice(0, horizon);
          const [high, low] = [Math.max(...after.map((one) => one.high)), Math.min(...after.map((one) => one.low))];
          expect([returnPercent, bestPercent, worstPercent].map((percent) => percent?.toFixed(9))).toEqual(
            [after.at(-1)?.close ?? 0, high, low].map((reached) => ((reached / price - 1) * 100).toFixed(9)),
          );
          expect([bestAfter, worstAfter]).toEqual([
            after.findIndex((one) => one.high === high) + 1,
            after.findIndex((one) => one.low === low) + 1,
          ]);
        }
      }
      expect((await call("traders", `/${id}`, undefined, "DELETE")).status).toBe(204);
    });

    test("a trader is validated, made, run by hand and by a close, and its signals are listed", async () => {
      const filter = { code: FILTER, timeframes: ["1m"] };
      expect(await answer<object>(call("traders", "/validate", filter))).toMatchObject({
        valid: true,
        errors: [],
        engine: expect.stringContaining("compiled"),
      });
      expect(await answer<object>(call("traders", "/validate", { ...filter, code: "return (" }))).toMatchObject({
        valid: false,
        engine: null,
      });
      const refused = await call("traders", "", { ...filter, name: "x", triggerInterval: "1m", code: "return (" });
      expect([refused.status, refused.headers.get("content-type")]).toEqual([400, "application/problem+json"]);
      const made = await call("traders", "", { ...filter, name: "Above its average", triggerInterval: "1m" });
      expect(made.status).toBe(201);
      const { id } = (await made.json()) as Trader;

      const closeTime = await lastClose();
      const run = (): Promise<{ matches: string[]; signals: number }> =>
        answer(call("execute-trader", "", { traderId: id, closeTime }));
      const first = await run();
      expect(first).toMatchObject({
        traderId: id,
        interval: "1m",
        closeTime,
        symbolsChecked: 4,
        skipped: [],
        errors: [],
        source: "simulated",
      });
      expect(first.signals).toBe(first.matches.length);
      expect(await run()).toMatchObject({ matches: first.matches, signals: 0 });

      expect(await answer<object>(call("traders", `/${id}/enable`, { enabled: true }))).toMatchObject({
        enabled: true,
        version: 1,
      });
      const close = { trigger: "close", interval: "1m", closeTime };
      // The close before it was switched on isn't its business.
      expect(await answer<object>(call("trigger-executions", "", close))).toMatchObject({
        trigger: "close",
        executions: [],
      });
      expect(await answer<object>(call("trigger-executions", "", { trigger: "cron" }))).toMatchObject({
        trigger: "cron",
      });

      const { signals } = await answer<{ signals: Signal[] }>(
        call("signals", `?traderId=${id}&from=${closeTime}&to=${closeTime}`),
      );
      expect(signals.map(({ symbol }) => symbol as string).sort()).toEqual([...first.matches].sort());
      const found = async (search: string): Promise<number> =>
        (await answer<SignalsAnswer>(call("signals", `?traderId=${id}&search=${search}`))).count;
      expect([await found("nothing,ABOVE"), await found("nothing")]).toEqual([signals.length, 0]);
      expect((await call("traders", `/${id}/executions?limit=501`)).status).toBe(400);
      expect(await answer<object>(call("traders", `/${id}/executions`))).toMatchObject({
        executions: [],
        cursor: null,
      });
      for (const signal of signals) {
        const { klines } = await getJson<{ klines: { close: number }[] }>(
          vyx,
          `/klines/${signal.symbol}/1m?endTime=${closeTime}&limit=1`,
        );
        expect(signal).toMatchObject({ traderId: id, price: klines[0]?.close, facts: { close: klines[0]?.close } });
      }
      expect((await call("traders", `/${id}`, undefined, "DELETE")).status).toBe(204);
      expect((await call("traders", `/${id}`)).status).toBe(404);
      expect(await answer<object>(call("signals", `?traderId=${id}`))).toMatchObject({ count: 0 });
    });

    test("the SDK keeps traders and lists their signals", async () => {
      // Deno serves each function at an address of its own.
      const prefix = `${vyx.url}/functions/v1/`;
      const moved = (url: string): string => {
        const [, name = "", rest = ""] = /^([\w-]+)(.*)$/s.exec(url.replace(prefix, "")) ?? [];
        return url.startsWith(prefix) ? `${urlOf(name as FunctionName)}${rest}` : url;
      };
      const client = createClient({ url: vyx.url, apiKey: KEY, fetch: (url, init) => fetch(moved(url), init) });
      const { traders, signals } = client;
      const filter = { code: FILTER, timeframes: ["1m"] } as const;
      expect(await traders.validate(filter)).toMatchObject({ valid: true, errors: [] });
      const fault = { line: 2, column: expect.any(Number), message: expect.any(String) };
      const wrong = await traders.validate({ ...filter, code: "const a = 1;\nreturn (" });
      expect(wrong).toMatchObject({ valid: false, errors: [fault], engine: null });
      const refused = traders.create({ ...filter, name: "x", triggerInterval: "1m", code: "return (" });
      expect(await refused.catch((cause: unknown) => cause)).toMatchObject({ code: "invalid_parameter", status: 400 });

      const made = await traders.create({
        ...filter,
        name: "Made by the SDK",
        triggerInterval: "1m",
        symbols: ["btcusdt"],
      });
      expect(made).toMatchObject({ name: "Made by the SDK", enabled: false, symbols: ["BTCUSDT"], version: 1 });
      expect(await traders.read(made.id)).toEqual({
        ...made,
        problem: null,
        lastExecution: null,
        signals: { today: 0, total: 0 },
      });
      expect(await traders.update(made.id, { code: "return true;", symbols: null })).toMatchObject({ version: 2 });
      expect(await traders.enable(made.id, true)).toMatchObject({ enabled: true, symbols: null });
      const page = await traders.list({ enabled: true, limit: 1 });
      expect([page.count, page.traders[0]?.id]).toEqual([1, made.id]);

      const last = await lastClose();
      for (const closeTime of [last - 60_000, last - 120_000]) {
        await answer(call("execute-trader", "", { traderId: made.id, closeTime }));
      }
      // A close that comes meanwhile is for the engine, where there is one.
      const query = { traderId: made.id, to: last - 60_000, limit: 5 };
      const first = await signals.list(query);
      const second = await signals.list({ ...query, cursor: first.cursor ?? "" });
      expect([first.count, second.count, second.cursor]).toEqual([5, 3, null]);
      expect(new Set([...first.signals, ...second.signals].map(({ id }) => id)).size).toBe(8);
      expect((await signals.list({ ...query, symbol: "btcusdt" })).count).toBe(2);

      expect([await traders.delete(made.id), await traders.delete(made.id)]).toEqual([true, false]);
      expect(await traders.read(made.id).catch(({ code }) => code)).toBe("not_found");
    });

    test("what is wrong is told in the same words", async () => {
      const problem = async (response: Promise<Response>): Promise<object> => ({
        status: (await response).status,
        ...(await answer<object>(response)),
      });
      expect(await problem(call("trigger-executions", "", { trigger: "close" }))).toMatchObject({
        status: 400,
        code: "invalid_parameter",
        detail: expect.stringContaining("closeTime is missing"),
      });
      expect(await problem(call("signals", "?limit=0"))).toMatchObject({
        status: 400,
        detail: "limit: expected a whole number from 1 to 500",
      });
      expect(await problem(call("get-klines", "", { timeframe: "1m" }))).toMatchObject({
        status: 400,
        detail: expect.stringMatching(/^symbol is missing/),
      });
    });
  });
}

describe("a server that never had a trader", () => {
  test("says so without starting a database", async () => {
    const folder = mkdtempSync(join(tmpdir(), "vyx-"));
    const bare = await startOn(exchange, { dataDir: folder });
    const client = createClient({ url: bare.url });
    expect(await client.traders.list()).toEqual({ count: 0, traders: [], cursor: null });
    expect(await client.signals.list({ symbol: "BTCUSDT" })).toEqual({ count: 0, signals: [], cursor: null });
    const wrong = client.signals.list({ limit: 0 }).catch((cause: unknown) => cause);
    expect(await wrong).toMatchObject({ code: "invalid_parameter", status: 400 });
    const id = "00000000-0000-4000-8000-000000000000";
    expect(await client.traders.read(id).catch(({ code }) => code)).toBe("not_found");
    const checked = await client.traders.validate({ code: "return true;\nreturn (", timeframes: ["1m"] });
    expect(checked).toMatchObject({ valid: false, errors: [{ line: 2, column: 9 }] });
    expect(existsSync(join(folder, "database"))).toBe(false);
    await bare.stop();
    rmSync(folder, { recursive: true });
  });
});

describe("the channel signals", () => {
  test("tells a signal when it is stored, once, to whoever may see it", async () => {
    const { heard, socket } = await subscribe(vyx, ["signals"]);
    const post = (name: FunctionName, body: object): Promise<Response> =>
      fetch(`${vyx.url}/functions/v1/${name}`, { method: "POST", body: JSON.stringify(body) });
    const trader = {
      name: "all",
      code: "return { match: true, facts: { symbol } };",
      timeframes: ["1m"],
      triggerInterval: "1m",
    };
    const { id } = (await (await post("traders", trader)).json()) as Trader;
    const closeTime = (await getJson<{ intervals: { "1m": { closeTime: number } } }>(vyx, "/closes")).intervals["1m"]
      .closeTime;
    for (let times = 0; times < 2; times += 1) await post("execute-trader", { traderId: id, closeTime });
    const told = (): Signal[] =>
      heard
        .flatMap((message) => (message.type === "signal" ? [message.signal as Signal] : []))
        .filter(({ traderId }) => traderId === id);
    await until(() => told().length >= 4);
    const { signals } = await getJson<SignalsAnswer>(vyx, `/functions/v1/signals?traderId=${id}`);
    expect(told()).toEqual(signals.map(({ outcomes: _, ...signal }) => signal).reverse());
    socket.close();
  });
});

describe.skipIf(!hasPostgres)("functions hosted by Deno", () => {
  test("know nobody without a key", async () => {
    for (const name of ALL) {
      const response = await fetch((deno as DenoFunctions).urlOf(name), {
        method: name === "signals" || name === "traders" ? "GET" : "POST",
      });
      expect([name, response.status]).toEqual([name, 401]);
      await response.body?.cancel();
    }
  });

  test("know a user by a token that the legacy secret signed", async () => {
    const token = await new SignJWT({ sub: "anna", aud: "authenticated", exp: Math.floor(Date.now() / 1_000) + 3_600 })
      .setProtectedHeader({ alg: "HS256" })
      .sign(new TextEncoder().encode(JWT_SECRET));
    const ask = async (key: string): Promise<number> => {
      const headers = { authorization: `Bearer ${key}` };
      return (await fetch((deno as DenoFunctions).urlOf("signals"), { headers })).status;
    };
    expect([await ask(token), await ask(`${token}x`)]).toEqual([200, 401]);
  });

  test("answer 503 with fallback while the server is away, and never with nothing", async () => {
    const away = await startDenoFunctions(["get-klines", "trigger-executions"], {
      VYX_URL: "http://127.0.0.1:9",
      SUPABASE_DB_URL: await (postgres as RunningPostgres).createDatabase(),
      VYX_SERVICE_KEY: KEY,
    });
    const response = await fetch(away.urlOf("get-klines"), {
      method: "POST",
      headers: { authorization: `Bearer ${KEY}` },
      body: JSON.stringify({ symbol: "BTCUSDT", timeframe: "1m" }),
    });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ fallback: true, error: expect.any(String) });
    await away.stop();
  });

  test("tell which variable is missing", async () => {
    const bare = await startDenoFunctions(["signals"], { VYX_URL: "http://127.0.0.1:9", VYX_SERVICE_KEY: KEY });
    const response = await fetch(bare.urlOf("signals"));
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      error: expect.stringContaining("VYX_DATABASE_URL or SUPABASE_DB_URL isn't set"),
    });
    await bare.stop();
  });
});
