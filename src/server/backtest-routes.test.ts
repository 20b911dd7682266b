import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { tableFromIPC } from "@uwdata/flechette";
import { keyAccess, keyRecord } from "../../tests/helpers/keys.ts";
import { MemoryPast, wholeSymbol } from "../../tests/helpers/past.ts";
import { screensOf } from "../../tests/helpers/screens.ts";
import { type ServedMarket, START, serveMarket } from "../../tests/helpers/served-market.ts";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { until } from "../../tests/helpers/until.ts";
import { backtest } from "../client/mod.ts";
import { parseSymbol } from "../core/mod.ts";
import { Backtests, type Screens } from "../screening/mod.ts";
import type { BacktestLine } from "../wire/mod.ts";
import { backtestRoutes } from "./backtest-routes.ts";
import { KeyRing } from "./keys/key-ring.ts";

const DIP = "return {match: rsi(candles('5m').close, 14).at(-1) < 45, facts: {changePercent: 1.23456789}};";
const DAY = 24 * 60;
const FROM = START + 2 * DAY * 60_000;

/** Two symbols for most tests, and one market whose past is long. */
const past = new MemoryPast(
  new Map([
    ...["AUSDT", "BUSDT"].map((name, seed) => {
      return [parseSymbol(name), wholeSymbol(minuteKlines(START, 4 * DAY, seed + 1, () => false))] as const;
    }),
    [parseSymbol("BYBIT:LONGUSDT"), wholeSymbol(minuteKlines(START, 60 * DAY, 3, () => false))] as const,
  ]),
  10_000,
);

describe("POST /backtest", () => {
  let market: ServedMarket;
  let threads: Screens[];
  let backtests: Backtests;
  beforeAll(() => {
    market = serveMarket();
    threads = [screensOf(market.store), screensOf(market.store)];
    backtests = new Backtests({ past, threads, capacity: 500 });
    market.server.stop();
    const keys = [
      keyRecord("rich", { scopes: ["screen"], name: "rich", rate: "1000000/h" }),
      keyRecord("counted", { scopes: ["screen"], name: "counted", rate: "1000/h" }),
      keyRecord("reader", { scopes: ["read"], name: "reader", rate: "1000/h" }),
    ];
    market = serveMarket({
      with: { access: keyAccess(new KeyRing(keys)), routes: backtestRoutes(market.store, backtests) },
    });
  });
  afterAll(() => {
    market.server.stop();
    for (const thread of threads) thread.stop();
  });

  const ask = (body: object, key = "rich", headers = {}): Promise<Response> =>
    fetch(`${market.server.url}/backtest`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-api-key": key, ...headers },
      body: JSON.stringify({ code: DIP, from: FROM, ...body }),
    });
  const linesOf = async (response: Response): Promise<BacktestLine[]> =>
    (await response.text())
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));

  test("answers with JSON lines, the same ones each time", async () => {
    const response = await ask({});
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/x-ndjson"]);
    const text = await response.text();
    expect(await (await ask({})).text()).toBe(text);
    const lines: BacktestLine[] = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const signals = lines.flatMap(({ signal }) => signal ?? []);
    expect(signals.length).toBeGreaterThan(50);
    expect(signals[0]?.facts).toEqual({ changePercent: 1.23456789 });
    expect(signals[0]?.outcomes[0]?.returnPercent).toBeNumber();
    expect(lines.at(-1)?.result).toMatchObject({ signals: signals.length, symbols: 2, universe: "all", exact: true });
  });

  test("answers with the same signals as Arrow", async () => {
    const signals = (await linesOf(await ask({}))).flatMap(({ signal }) => signal ?? []);
    const response = await ask({}, "rich", { accept: "application/vnd.apache.arrow.stream" });
    const rows = tableFromIPC(await response.arrayBuffer()).toArray() as Record<string, unknown>[];
    expect(rows.map(({ symbol, closeTime, price }) => [symbol, Number(closeTime), price])).toEqual(
      signals.map(({ symbol, closeTime, price }) => [symbol, closeTime, price]),
    );
    for (const [at, { facts, outcomes }] of signals.entries()) {
      const row = rows[at] as Record<string, number | null>;
      expect(JSON.parse(String(row.facts))).toEqual(facts);
      for (const { horizon, returnPercent, bestAfter, worstPercent } of outcomes) {
        expect(row[`bestAfter${horizon}`]).toBe(bestAfter);
        if (returnPercent === null || worstPercent === null) expect(row[`return${horizon}`]).toBeNull();
        else expect(row[`return${horizon}`]).toBeCloseTo(returnPercent, 5);
      }
    }
  });

  test("is charged to its caller by symbols × closes", async () => {
    const response = await ask({}, "counted");
    await response.text();
    // 2 symbols × 576 closes are one token; the next one is of 60 days.
    expect(response.headers.get("ratelimit-remaining")).toBe("999");
    const long = await ask({ market: "bybit", from: START, facts: false }, "counted");
    await long.body?.cancel();
    expect(long.headers.get("ratelimit-remaining")).toBe("997");
    await until(() => backtests.running === 0);
  });

  test.each<[string, object, number, string]>([
    ["code that is wrong", { code: "return rsi(candles('5m').close, 0) > 1;" }, 400, "period is 0"],
    ["no beginning", { from: undefined }, 400, "from"],
    ["an unknown universe", { universe: "top" }, 400, '{"top": 50, "days": 30}'],
    ["a horizon of no candles", { horizons: [0] }, 400, "expected a whole number from 1 to 1000"],
    ["a symbol without history", { universe: ["XUSDT"] }, 400, "there is no history of XUSDT"],
    ["an unknown member", { until: 1 }, 400, "until"],
  ])("refuses %s in words", async (_what, body, status, says) => {
    const response = await ask(body);
    const { detail } = (await response.json()) as { detail: string };
    expect([response.status, detail]).toEqual([status, expect.stringContaining(says)]);
    await until(() => backtests.running === 0);
  });

  test("needs the scope screen", async () => {
    expect((await ask({}, "reader")).status).toBe(403);
  });

  test("gives its place back when its client leaves while it waits to be read", async () => {
    const { pause, socket } = await slowReader();
    await until(() => backtests.running === 1);
    // The reader takes nothing, so that the answer waits for it.
    pause();
    await Bun.sleep(300);
    socket.destroy();
    await until(() => backtests.running === 0);
  });

  const slowReader = async () => {
    const body = JSON.stringify({ code: "return candles('5m').close.at(-1) > 0;", from: START, market: "bybit" });
    const socket = connect({ host: "127.0.0.1", port: Number(new URL(market.server.url).port) });
    socket.write(
      `POST /backtest HTTP/1.1\r\nhost: localhost\r\nx-api-key: rich\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await new Promise((resolve) => socket.once("data", resolve));
    return { socket, pause: () => socket.pause() };
  };

  test("runs once at a time for a caller, and stops when its client is gone", async () => {
    const body = JSON.stringify({ code: DIP, from: START, market: "bybit" });
    const socket = connect({ host: "127.0.0.1", port: Number(new URL(market.server.url).port) });
    socket.write(
      `POST /backtest HTTP/1.1\r\nhost: localhost\r\nx-api-key: rich\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await new Promise((resolve) => socket.once("data", resolve));
    expect(backtests.running).toBe(1);
    const second = await ask({});
    expect([second.status, await second.text()]).toEqual([429, expect.stringContaining("of yours runs already")]);
    socket.destroy();
    await until(() => backtests.running === 0);
    expect((await linesOf(await ask({}))).at(-1)?.result).toBeDefined();
  });

  test("is read by the SDK, which stops it when its reader leaves the loop", async () => {
    const server = { url: market.server.url, apiKey: "rich" };
    const lines: BacktestLine[] = [];
    for await (const line of backtest(server, { code: DIP, from: FROM })) lines.push(line);
    await until(() => backtests.running === 0);
    expect(lines).toEqual(await linesOf(await ask({})));
    for await (const _ of backtest(server, { code: DIP, from: START, market: "bybit" })) break;
    await until(() => backtests.running === 0);
    const wrong = backtest(server, { code: "return rsi(candles('5m').close, 0) > 1;", from: FROM });
    await expect(wrong.next()).rejects.toMatchObject({ code: "invalid_parameter", status: 400 });
  });

  test("ends with a problem where the filter can't be finished", async () => {
    // QuickJS runs it, and it takes longer than a symbol may.
    const code = "let n = 0; for (let i = 0; i < 1e9; i++) n += i; return candles('5m').close.at(-1) > n;";
    const lines = await linesOf(await ask({ code }));
    expect(lines.at(-1)?.problem?.code).toBe("invalid_parameter");
    expect(lines.at(-1)?.problem?.detail).toContain("the filter was stopped for its time or memory at 3 closes");
    await until(() => backtests.running === 0);
  });
});
