import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { RunningVyx } from "../../src/cli/serve.ts";
import type { UnixMs } from "../../src/core/mod.ts";
import { KeyRing, parseRate } from "../../src/server/mod.ts";
import { catchUp } from "../helpers/catch-up.ts";
import { keyAccess } from "../helpers/keys.ts";
import { startOn, untilReady } from "../helpers/running-vyx.ts";
import { serveMarket } from "../helpers/served-market.ts";
import { startTurnedExchange, type TurnedExchange } from "../helpers/turned-exchange.ts";

const START = Date.UTC(2026, 1, 10, 12, 34, 17) as UnixMs;
const SYMBOLS = ["BTCUSDT", "ETHUSDT", "币安人生USDT"];
const SHORT = ["1m", "7m", "59m", "1h", "2h", "13h", "23h", "1d"];
const ALL = [...SHORT, "2d", "7d"];

/** Members that only the exchange knows: the ids of trades. */
const THEIRS = new Set(["firstId", "lastId"]);

type Ticker = Readonly<Record<string, unknown>>;

/** Servers, the windows that they can answer, and where the longest one comes from. */
const SERVERS = [
  ["that keeps all minutes", { intervals: "1m", capacity: "10100" }, ALL, "memory"],
  ["that keeps hours, too", { intervals: "1m,1h", capacity: "1500" }, SHORT, "memory"],
  ["that asks the exchange", { intervals: "1m,1h", capacity: "100", historyFill: "true" }, ALL, "memory, exchange"],
] as const;

let exchange: TurnedExchange;

beforeAll(() => {
  exchange = startTurnedExchange({ symbols: SYMBOLS, seed: 3, start: START });
});
afterAll(async () => {
  await exchange?.stop();
});

async function started(flags: Parameters<typeof startOn>[1]): Promise<RunningVyx> {
  const vyx = await startOn(exchange, flags);
  await exchange.passDuring(untilReady(vyx));
  await goOn(vyx);
  return vyx;
}

/** The market goes on by some seconds, and stands still again once the server has its newest state. */
async function goOn(vyx: RunningVyx, seconds = 60): Promise<void> {
  await exchange.pass(seconds * 1_000);
  await catchUp(exchange, vyx, SYMBOLS);
}

async function ask(base: string, query: string): Promise<{ status: number; body: unknown; source: string | null }> {
  const answer = await fetch(`${base}/api/v3/ticker?${query}`);
  return { status: answer.status, body: await answer.json(), source: answer.headers.get("vyx-source") };
}

/** The members of a ticker as texts, but for those that only the exchange knows. */
function members(ticker: Ticker): readonly string[] {
  return Object.entries(ticker).map(([name, value]) => `${name}: ${THEIRS.has(name) ? "" : JSON.stringify(value)}`);
}

describe.each(SERVERS)("windows of a server %s", (_name, flags, windows, source) => {
  let vyx: RunningVyx;
  beforeAll(async () => {
    vyx = await started(flags);
  });
  afterAll(() => vyx?.stop());

  test("are the exchange's, member for member, at several moments of a minute and an hour", async () => {
    let compared = 0;
    for (const seconds of [0, 1, 37, 1_530, 3]) {
      await goOn(vyx, seconds);
      for (const windowSize of windows) {
        for (const type of ["", "&type=FULL", "&type=MINI"]) {
          const query = `symbols=${encodeURIComponent(JSON.stringify(SYMBOLS))}&windowSize=${windowSize}${type}`;
          const [ours, theirs] = await Promise.all([ask(`${vyx.url}/binance`, query), ask(exchange.url, query)]);
          expect([query, ours.status, theirs.status]).toEqual([query, 200, 200]);
          const [mine, its] = [ours.body, theirs.body] as [Ticker[], Ticker[]];
          expect(mine.map(members)).toEqual(its.map(members));
          expect(mine.map(({ symbol }) => symbol as string)).toEqual(SYMBOLS);
          compared += mine.length;
          if (windowSize === windows.at(-1)) expect(ours.source).toBe(source);
        }
      }
    }
    expect(compared).toBe(5 * windows.length * 3 * SYMBOLS.length);
  });

  test("begin on a minute, are a day long unless asked otherwise, and stand alone for one symbol", async () => {
    const [day, other] = await Promise.all([
      ask(`${vyx.url}/binance`, "symbol=BTCUSDT"),
      ask(`${vyx.url}/binance`, "symbol=BTCUSDT&windowSize=1d"),
    ]);
    expect(day.body).toEqual(other.body);
    const { openTime, closeTime, priceChange, bidPrice } = day.body as Record<string, number>;
    expect(Number(openTime) % 60_000).toBe(0);
    expect(Number(closeTime) - Number(openTime)).toBeWithin(86_400_000, 86_460_000);
    expect([typeof priceChange, bidPrice]).toEqual(["string", undefined]);
  });
});

describe("a server that has too little", () => {
  let vyx: RunningVyx;
  beforeAll(async () => {
    vyx = await started({ intervals: "1m,1h", capacity: "100" });
  });
  afterAll(() => vyx?.stop());

  test("makes no figure of a part of a window, and says what would help", async () => {
    expect((await ask(`${vyx.url}/binance`, "symbol=BTCUSDT&windowSize=1h")).status).toBe(200);
    const { status, body } = await ask(`${vyx.url}/binance`, "symbol=BTCUSDT&windowSize=1d");
    expect({ status, body }).toMatchObject({ status: 400, body: { code: -1130 } });
    expect((body as { msg: string }).msg).toMatch(/shorter windowSize.*--history-fill/);
  });

  const listed = (count: number): string =>
    encodeURIComponent(JSON.stringify(Array.from({ length: count }, () => "BTCUSDT")));

  test.each([
    ["", -1102],
    ["symbol=", -1102],
    ["symbol=BTCUSDT&symbols=%5B%22BTCUSDT%22%5D", -1128],
    ["symbols=%5B%5D", -1105],
    ["symbols=BTCUSDT", -1100],
    [101, -1101],
    [2, -1151],
    ["symbol=NONEUSDT", -1121],
    ...["0m", "60m", "24h", "8d", "1d2h", "1w", "01m", "1", "m", "%201m"].map(
      (size) => [`symbol=BTCUSDT&windowSize=${size}`, -1130] as const,
    ),
    ["symbol=BTCUSDT&type=HALF", -1139],
  ])("refuses %s as the exchange does: %d", async (asked, code) => {
    const query = typeof asked === "number" ? `symbols=${listed(asked)}` : asked;
    for (const base of [`${vyx.url}/binance`, exchange.url]) {
      const { status, body } = await ask(base, query);
      expect({ base, status, body }).toMatchObject({ status: 400, body: { code } });
      expect((body as { msg: string }).msg.length).toBeGreaterThan(10);
    }
  });
});

test("the price is that of the klines that are added up, taken before any of them is looked at", async () => {
  const rate = { keys: undefined, scopesWithoutKeys: ["read"], addressRate: parseRate("100/h") } as const;
  const { server, get } = serveMarket({ intervals: ["1m"], with: { access: keyAccess(new KeyRing([]), rate) } });
  const used = async (): Promise<number> =>
    Number((await get("/binance/api/v3/ping")).headers.get("x-mbx-used-weight-1m"));
  const before = await used();
  // The minutes of ten hours of two symbols, and the open ones: 1,202.
  const symbols = encodeURIComponent('["BTCUSDT","币安人生USDT"]');
  await get(`/binance/api/v3/ticker?symbols=${symbols}&windowSize=10h`);
  expect((await used()) - before).toBe(2 + 1);
  await server.stop();
});
