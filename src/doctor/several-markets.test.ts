import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { type ServedMarket, serveMarket } from "../../tests/helpers/served-market.ts";
import { exchangesBeside } from "../cli/exchanges-beside.ts";
import { type FeedStatus, MARKET_IDS, MARKET_NAMES, type MarketId, seededRandom, symbolAt } from "../core/mod.ts";
import { createInProcessExchange, type InProcessExchange } from "../exchange/mod.ts";
import { EXCHANGES, LiveFeed } from "../feeds/mod.ts";
import { MarketStore } from "../store/mod.ts";
import { type CheckName, type Deployment, examine, type Finding } from "./mod.ts";

const START = Date.UTC(2026, 1, 10, 12, 30, 5);
const MINUTE = 60_000;

/** A market of the server, which follows a stand-in. */
interface Followed {
  readonly exchange: InProcessExchange;
  /** What is said of its feed, where that isn't what it is. */
  says: Partial<FeedStatus>;
}

let clock: ManualClock;
let markets: ReadonlyMap<MarketId, Followed>;
let served: ServedMarket;
let ending: AbortController;
let running: Promise<void>[];

/** One server of all four markets, some minutes after its start. What a test lets it say is forgotten after the test. */
beforeAll(async () => {
  clock = new ManualClock(START);
  ending = new AbortController();
  running = [];
  const made = MARKET_IDS.map((id) => {
    const exchange = createInProcessExchange({ as: id, clock, symbols: ["BTCUSDT", "ETHUSDT"], seed: id.length });
    const store = new MarketStore({ market: id, intervals: ["1m", "5m", "1h", "1d"], capacity: 100 });
    const feed = new LiveFeed({
      ...{ exchange: EXCHANGES[id], restUrl: `http://${id}`, wsUrl: `ws://${id}`, quote: "USDT", gaps: store, clock },
      selection: { kind: "list", symbols: exchange.symbols.flatMap((name) => symbolAt(id, name) ?? []) },
      ...{ stopwatch: clock.stopwatch, random: seededRandom(7), log: { info: () => {}, warn: () => {} } },
      ...{ fetch: exchange.fetch, openSocket: (url: string) => exchange.openSocket(url) },
    });
    running.push(feed.run((event) => store.apply(event), ending.signal).catch(() => {}));
    return { id, store, feed, followed: { exchange, says: {} } as Followed };
  });
  markets = new Map(made.map(({ id, followed }) => [id, followed]));
  served = serveMarket({
    with: {
      clock,
      markets: made.map(({ store, feed, followed }) => ({
        store,
        feed: { status: () => ({ ...feed.status(), ...followed.says }) },
      })),
    },
  });
  await clock.turn(6 * MINUTE);
});

afterEach(() => {
  for (const followed of markets.values()) followed.says = {};
});
afterAll(async () => {
  ending.abort(new Error("the test is over"));
  await served.server.stop();
  for (const { exchange } of markets.values()) await turned(exchange.stop());
  await turned(Promise.all(running));
});

/** What is found, while time goes on. */
async function found(checks: readonly CheckName[], about: Partial<Deployment> = {}): Promise<Finding[]> {
  return await turned(
    examine(
      {
        ...{ url: new URL(served.server.url), apiKey: undefined, functionsUrl: undefined, serviceKey: undefined },
        ...{ origins: [], source: "simulated", isPublic: false, authorities: undefined, clock, build: undefined },
        ...about,
      },
      checks,
    ),
  );
}

async function turned<T>(work: Promise<T>): Promise<T> {
  let isDone = false;
  const end = (): void => {
    isDone = true;
  };
  work.then(end, end);
  while (!isDone) {
    await clock.turn(10);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return await work;
}

describe("vyx doctor, of a server with several markets", () => {
  test("finds nothing where nothing is wrong, and names each market", async () => {
    const findings = await found(["source", "ready", "health", "lag", "holes", "clock"]);
    expect(findings.filter(({ state }) => state !== "good")).toEqual([]);
    for (const check of ["source", "lag", "holes"] as const) {
      const words = findings.find((one) => one.check === check)?.found ?? "";
      for (const id of MARKET_IDS) expect(words).toContain(`${MARKET_NAMES[id]}: `);
    }
  });

  test("names the one whose data doesn't arrive, whose clock is off, or whose prices are real, and no other", async () => {
    const bybit = markets.get("bybit") as Followed;
    bybit.says = { lastEventAt: (clock.now() - 60_000) as never, silentForMs: 60_000, state: "silent" };
    expect(await found(["lag"])).toMatchObject([
      { state: "wrong", found: expect.stringMatching(/^Bybit spot: no data from the exchange for 6\d s/) },
    ]);
    bybit.says = { source: "bybit", clockOffsetMs: 5_000 };
    const [source, off] = await found(["source", "clock"]);
    expect(source).toMatchObject({ state: "wrong", found: "Bybit spot: the market is bybit" });
    expect(off).toMatchObject({
      state: "wrong",
      found: "the server's clock is 5.0 s ahead of the exchange's of Bybit spot",
    });
  });

  test("real prices come from each market's own exchange", async () => {
    for (const [id, followed] of markets)
      followed.says = { source: EXCHANGES[id].id.startsWith("bybit") ? "bybit" : "binance" };
    const states = async (source: Deployment["source"]) =>
      (await found(["source"], { source })).map(({ state }) => state);
    expect([await states(undefined), await states("binance"), await states("bybit")]).toEqual([
      ["good"],
      ["good"],
      ["wrong"],
    ]);
  });
});

describe("vyx doctor --compare-exchange", () => {
  /** Each market's stand-in, as its REST answers or as the test bends the answers of one of them. */
  function beside(bent?: MarketId, bend: (rows: unknown[][]) => void = () => {}): NonNullable<Deployment["exchanges"]> {
    const ask = async (address: string, init: RequestInit): Promise<Response> => {
      const id = new URL(address).hostname as MarketId;
      const response = (await markets.get(id)?.exchange.fetch(address, init)) as Response;
      if (id !== bent || !/kline/.test(address) || /interval=(?!1m?&)/.test(address)) return response;
      const body = await response.json();
      bend(Array.isArray(body) ? body : body.result.list);
      return Response.json(body, { headers: response.headers });
    };
    const addresses = new Map(MARKET_IDS.map((id) => [id, `http://${id}/`]));
    return exchangesBeside(addresses, ask as typeof fetch);
  }

  test("finds each market's klines equal to those of its stand-in: minutes, and what was rolled up", async () => {
    const findings = await found(["exchange"], { exchanges: beside() });
    expect(findings).toMatchObject([{ check: "exchange", state: "good" }]);
    for (const id of MARKET_IDS) {
      const [btc, eth] = ["BTCUSDT", "ETHUSDT"].map((name) => symbolAt(id, name));
      expect(findings[0]?.found).toMatch(
        new RegExp(
          `${MARKET_NAMES[id]}: 1\\d\\d closed klines of (${btc}, ${eth}|${eth}, ${btc}) \\(1m, 5m, 1h, 1d\\)`,
        ),
      );
    }
  });

  /** What an exchange may tell otherwise of a minute, and words of the finding. */
  const BENT: readonly (readonly [bend: (rows: unknown[][]) => void, words: RegExp])[] = [
    [(rows) => void rows[9]?.splice(5, 1, "123.5"), /volume in 2 \(.* here, 123.5 there/],
    [(rows) => void rows[9]?.splice(0, 1, later(rows[9][0])), /a row of the exchange isn't believed in 2/],
    [(rows) => void rows.splice(9, 1), /the exchange doesn't have it in 2 \(/],
  ];

  test("says which market differs, and in what", async () => {
    for (const id of MARKET_IDS) {
      for (const [bend, words] of BENT) {
        const [finding] = await found(["exchange"], { exchanges: beside(id, bend) });
        const expected = expect.stringContaining(`the adapter of ${MARKET_NAMES[id]}`);
        expect(finding).toMatchObject({ state: "wrong", expected });
        expect(finding?.found).toMatch(words);
        const named = MARKET_IDS.filter((other) => finding?.found.includes(`${MARKET_NAMES[other]}: `));
        expect(named).toEqual([id]);
      }
    }
  });

  test("isn't made unless asked for, and compares nobody's made-up prices with real ones", async () => {
    expect((await found(["source"])).map(({ check }) => check)).toEqual(["source"]);
    const never = (() => Promise.reject(new Error("asked"))) as unknown as typeof fetch;
    expect(await found(["exchange"], { exchanges: exchangesBeside(new Map(), never) })).toMatchObject([
      { state: "skipped", found: expect.stringContaining("Binance spot: the market is simulated") },
    ]);
  });

  test("says which exchange doesn't answer, and compares the others", async () => {
    const answering = beside();
    const refusing = (async () => new Response("no", { status: 502 })) as unknown as typeof fetch;
    const failing = exchangesBeside(new Map([["bybit", "http://bybit"]]), refusing);
    const exchanges: Deployment["exchanges"] = (id, source) => (id === "bybit" ? failing : answering)(id, source);
    expect(await found(["exchange"], { exchanges })).toMatchObject([
      { state: "wrong", found: "Bybit spot: http://bybit/v5/market/time: 502: no" },
    ]);
  });
});

/** An open time a second later, as the market writes it. */
function later(openTime: unknown): unknown {
  return typeof openTime === "string" ? String(Number(openTime) + 1_000) : Number(openTime) + 1_000;
}
