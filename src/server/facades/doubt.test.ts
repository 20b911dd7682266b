import { afterEach, expect, test } from "bun:test";
import { keyAccess } from "../../../tests/helpers/keys.ts";
import { BTC, type ServedMarket, START, serveMarket } from "../../../tests/helpers/served-market.ts";
import { until } from "../../../tests/helpers/until.ts";
import { KeyRing } from "../keys/key-ring.ts";
import { parseRate } from "../rate.ts";

const MINUTE = 60_000;

let market: ServedMarket;
afterEach(() => market.server.stop());

/** A market of which the minutes since the last one that came aren't known. */
function inDoubt(): ServedMarket {
  market = serveMarket();
  for (const interval of market.store.intervals) {
    const from = market.store.series(BTC, interval)?.last ?? START;
    market.store.apply({ type: "gap", symbol: BTC, interval, from: from as typeof START, reason: "cut" });
  }
  return market;
}

/** What comes of asking while the clock goes on. */
async function asked(path: string, body?: object): Promise<{ readonly status: number; readonly text: string }> {
  const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  let isDone = false;
  const answer = fetch(`${market.server.url}${path}`, init).finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await market.clock.turn(50);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const { status } = await answer;
  return { status, text: await (await answer).text() };
}

test("what is in doubt is an error in each shape, also where nothing has come of the range at all", async () => {
  inDoubt();
  const [from, to] = [START + 301 * MINUTE, START + 302 * MINUTE];
  for (const range of ["limit=5", `startTime=${from}&endTime=${to}`]) {
    const answer = await asked(`/binance/api/v3/klines?symbol=BTCUSDT&interval=1m&${range}`);
    expect([range, answer.status, answer.text]).toEqual([range, 503, expect.stringContaining("being read")]);
  }
  for (const range of [
    ["-5", "-1"],
    [String(from), String(to), "BYSCORE"],
    [String(from), "+inf", "BYSCORE"],
  ]) {
    const answer = await asked("/upstash", ["ZRANGE", "klines:BTCUSDT:1m", ...range]);
    expect([range, answer.status, answer.text]).toEqual([range, 400, expect.stringContaining("TRYAGAIN")]);
  }
  const udf = await asked(`/udf/history?symbol=BTCUSDT&resolution=1&from=${from / 1_000}&to=${to / 1_000}`);
  expect([udf.status, udf.text]).toEqual([503, expect.stringContaining("being read")]);
});

test("all commands of a request share one wait", async () => {
  inDoubt();
  const begun = market.clock.now();
  const commands = Array.from({ length: 20 }, () => ["ZRANGE", "klines:BTCUSDT:1m", "-5", "-1"]);
  const { text } = await asked("/upstash/pipeline", commands);
  expect((JSON.parse(text) as { error: string }[]).every(({ error }) => error.startsWith("TRYAGAIN"))).toBe(true);
  expect(market.clock.now() - begun).toBeLessThan(6_000);
});

test("what is known is answered meanwhile", async () => {
  inDoubt();
  const old = `endTime=${START + 200 * MINUTE}&limit=5`;
  expect((await asked(`/binance/api/v3/klines?symbol=BTCUSDT&interval=1m&${old}`)).status).toBe(200);
  const [from, to] = [START + 100 * MINUTE, START + 110 * MINUTE];
  const members = await asked("/upstash", ["ZRANGE", "klines:BTCUSDT:1m", String(from), String(to), "BYSCORE"]);
  expect(JSON.parse(members.text).result).toHaveLength(11);
});

test("prices that are old are none", async () => {
  market = serveMarket();
  const paths = ["/binance/api/v3/ticker/price?symbol=BTCUSDT", "/binance/api/v3/ticker/24hr"];
  for (const path of paths) expect((await market.get(path)).status).toBe(200);
  await market.clock.turn(60_000);
  for (const path of paths) expect((await market.get(path)).status).toBe(503);
  expect((await asked("/upstash", ["GET", "ticker:BTCUSDT"])).text).toContain("TRYAGAIN no prices");
});

/** The figures of a window of three hours, without its end, which is the present. */
async function windowOf(size = "3h"): Promise<{ status: number; figures: Record<string, unknown> }> {
  const { status, text } = await asked(`/binance/api/v3/ticker?symbol=BTCUSDT&windowSize=${size}`);
  const { closeTime: _, ...figures } = JSON.parse(text) as Record<string, unknown>;
  return { status, figures };
}

function doubt(interval: "1m" | "1h", minute: number): void {
  const from = (START + minute * MINUTE) as typeof START;
  market.store.apply({ type: "gap", symbol: BTC, interval, from, reason: "cut" });
}

test("a window is made of minutes, which cost more, where an hour is in doubt and its minutes aren't", async () => {
  const rate = { keys: undefined, scopesWithoutKeys: ["read"], addressRate: parseRate("100/h") } as const;
  market = serveMarket({ with: { access: keyAccess(new KeyRing([]), rate) } });
  const used = async (): Promise<number> =>
    Number((await market.get("/binance/api/v3/ping")).headers.get("x-mbx-used-weight-1m"));
  const begun = market.clock.now();
  const costs: number[] = [];
  const windowOfHours = async (): Promise<unknown> => {
    const before = await used();
    const { status, figures } = await windowOf("4h");
    costs.push((await used()) - before);
    expect([status, figures.openTime]).toEqual([200, START + 60 * MINUTE]);
    return figures;
  };
  const certain = await windowOfHours();
  doubt("1h", 180);
  expect(market.store.series(BTC, "1h")?.select({ limit: 2 }).settled).toBe(false);
  expect(await windowOfHours()).toEqual(certain);
  // Nothing was waited for.
  expect(market.clock.now() - begun).toBeLessThan(1_500);
  expect(costs).toEqual([2, 3]);
});

test("a window waits for minutes that are in doubt as its hours are, and is made of them once they are repaired", async () => {
  market = serveMarket();
  const certain = await windowOf();
  doubt("1h", 180);
  doubt("1m", 200);
  expect((await windowOf()).status).toBe(503);
  const before = market.clock.sleepers;
  const waiting = market.get("/binance/api/v3/ticker?symbol=BTCUSDT&windowSize=3h");
  await until(() => market.clock.sleepers > before);
  const [from, to] = [START + 200 * MINUTE, START + 299 * MINUTE] as (typeof START)[];
  const klines = market.minutes.slice(200, 300);
  market.store.apply({ type: "history", symbol: BTC, interval: "1m", from, to, klines } as never);
  // The hour's own repair takes longer.
  doubt("1h", 180);
  for (let look = 0; look < 100; look += 1) {
    await market.clock.turn(50);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect((await waiting).status).toBe(200);
  expect(await (await waiting).json()).toMatchObject(certain.figures);
});
