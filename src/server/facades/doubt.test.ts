import { afterEach, expect, test } from "bun:test";
import { BTC, type ServedMarket, START, serveMarket } from "../../../tests/helpers/served-market.ts";

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
