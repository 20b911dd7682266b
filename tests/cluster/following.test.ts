import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { upstreamLine } from "../../src/cluster/upstream/line.ts";
import { type Interval, type Kline, openTimeOf, parseSymbol, tickerOf, type UnixMs } from "../../src/core/mod.ts";
import { BTC, LIFE, type ServedMarket, START, serveMarket } from "../helpers/served-market.ts";
import { rolledUp } from "../helpers/truth.ts";
import { closedOf, type FollowedMarket, follow } from "./followed-market.ts";

const HISTORY = 300;
const INTERVALS: readonly Interval[] = ["1m", "5m", "1h"];

let upstream: ServedMarket;
let followed: FollowedMarket;
let moves = 0;

beforeEach(() => {
  upstream = serveMarket();
});

afterEach(async () => {
  await followed.stop();
  await upstream.server.stop();
});

const minute = (index: number): Kline => upstream.minutes[index] as Kline;

/** A minute opens and closes at the upstream. */
function pass(index: number, symbol = BTC): void {
  upstream.stream({ ...minute(index), closed: false }, symbol);
  upstream.stream(minute(index), symbol);
}

/** An open minute moves on at the upstream: a state that came while the follower's stream wasn't there doesn't come again. */
function move(index: number, symbol = BTC): void {
  moves += 1;
  upstream.stream({ ...minute(index), volume: moves / 1_000, closed: false }, symbol);
}

/** Waits while tickers show that the market goes on; the follower's clock goes on by so much at each look. */
async function untilLater(condition: () => boolean, stepMs = 100): Promise<void> {
  let updates = 0;
  await followed.until(() => {
    updates += 1;
    const { marketTime } = upstream.store;
    const figures = { price: 101 + updates, open: 100, high: 110 + updates, low: 90, volume: 5, quoteVolume: 500 };
    upstream.store.apply({ type: "ticker", ticker: tickerOf({ symbol: LIFE, ...figures, updatedAt: marketTime }) });
    upstream.server.hub.flushTickers();
    return condition();
  }, stepMs);
}

/** Whether the follower holds what the upstream does, of what is over, and both are certain. */
function areEqual(symbol: string, interval: Interval, from: UnixMs = START): boolean {
  const [here, there] = [followed.store, upstream.store].map((store) => closedOf(store, symbol, interval, from));
  return here !== undefined && here.length > 0 && Bun.deepEquals(here, there);
}

async function untilWarm(): Promise<void> {
  followed = follow(upstream);
  // The upstream's market time is known once something has happened there.
  pass(HISTORY);
  pass(HISTORY, LIFE);
  await followed.until(() => [BTC, LIFE].every((symbol) => INTERVALS.every((interval) => areEqual(symbol, interval))));
}

test("it ends with the upstream's klines in all intervals, and goes on with each state and close", async () => {
  await untilWarm();
  for (let index = HISTORY + 1; index < HISTORY + 70; index += 1) {
    upstream.stream({ ...minute(index), closed: false });
    await followed.until(() => followed.store.series(BTC, "1m")?.last === minute(index).openTime);
    upstream.stream(minute(index));
    await followed.until(() => followed.store.series(BTC, "1m")?.isClosedAt(minute(index).openTime) === true);
  }
  for (const interval of INTERVALS) expect([interval, areEqual(BTC, interval)]).toEqual([interval, true]);
  const hours = rolledUp("1h", upstream.minutes.slice(0, HISTORY + 70), minute(HISTORY + 70).openTime);
  expect(closedOf(followed.store, BTC, "1h", START)).toEqual(hours.filter(({ closed }) => closed));
  expect([followed.feed.status().state, followed.feed.status().source]).toEqual(["live", "recorded"]);
});

describe("an upstream that isn't certain", () => {
  test("settles nothing here: it is asked again until it is, and holds up no other symbol", async () => {
    const from = minute(120).openTime;
    upstream.store.apply({ type: "gap", symbol: BTC, interval: "1m", from, reason: "a cut" });
    followed = follow(upstream);
    pass(HISTORY, LIFE);
    await followed.until(() => areEqual(LIFE, "1m") && followed.feed.status().troubles?.length === 1);
    expect(followed.feed.status().troubles).toEqual([
      { symbol: BTC, reason: "the exchange isn't certain of its history yet" },
    ]);
    expect(followed.store.series(BTC, "1m")?.select({ limit: 100 }).settled).toBe(false);
    const to = minute(HISTORY).openTime;
    const klines = upstream.minutes.slice(120, HISTORY + 1);
    upstream.store.apply({ type: "history", symbol: BTC, interval: "1m", from, to, klines, askedAt: to });
    await untilLater(() => INTERVALS.every((interval) => areEqual(BTC, interval)));
  });

  test("a minute that is over there and has no final state yet isn't taken for closed", async () => {
    upstream.stream({ ...minute(HISTORY), volume: 0.5, closed: false });
    pass(HISTORY, LIFE);
    upstream.stream({ ...minute(HISTORY + 1), closed: false }, LIFE);
    followed = follow(upstream);
    const isOver = (): boolean => (followed.feed.status().marketTime ?? 0) > minute(HISTORY).closeTime;
    await followed.until(() => areEqual(LIFE, "1m") && isOver());
    await untilLater(() => followed.store.series(BTC, "1m")?.has(minute(HISTORY - 1).openTime) === true);
    expect(followed.store.series(BTC, "1m")?.isClosedAt(minute(HISTORY).openTime)).toBe(false);
    upstream.stream(minute(HISTORY));
    await untilLater(() => areEqual(BTC, "1m"));
  });

  test("a minute that it doesn't have yet isn't taken for one that doesn't exist", async () => {
    pass(HISTORY);
    pass(HISTORY, LIFE);
    // The market is in the next minute by now, and this symbol's close is on its way.
    pass(HISTORY + 1, LIFE);
    const { openTime } = minute(HISTORY + 1);
    followed = follow(upstream);
    await followed.until(
      () => areEqual(LIFE, "1m") && followed.store.series(BTC, "1m")?.last === minute(HISTORY).openTime,
    );
    const ofMinute = { limit: 1, startTime: openTime, endTime: openTime };
    expect(followed.store.series(BTC, "1m")?.ledger.isCertain(openTime, openTime)).toBe(false);
    expect(upstream.store.series(BTC, "1m")?.select(ofMinute).settled).toBe(true);
  });

  test("a minute that the exchange doesn't have is known not to exist here, too", async () => {
    await untilWarm();
    pass(HISTORY + 2);
    const hole = minute(HISTORY + 1).openTime;
    expect(areEqual(BTC, "1m")).toBe(false);
    const answer = { from: hole, to: hole, klines: [], askedAt: minute(HISTORY + 3).openTime } as const;
    upstream.store.apply({ type: "history", symbol: BTC, interval: "1m", ...answer });
    await untilLater(() => areEqual(BTC, "1m"));
    const { settled, complete } = followed.store.series(BTC, "1m")?.select({ limit: 10 }) ?? {};
    expect([settled, complete]).toEqual([true, false]);
    // The exchange has it after all, as the upstream finds out much later.
    for (let index = HISTORY + 3; index < HISTORY + 30; index += 1) pass(index);
    await untilLater(() => areEqual(BTC, "1m"));
    const found = { ...answer, klines: [minute(HISTORY + 1)], askedAt: minute(HISTORY + 30).openTime };
    upstream.store.apply({ type: "history", symbol: BTC, interval: "1m", ...found });
    await untilLater(() => areEqual(BTC, "1m"));
    expect(followed.store.series(BTC, "1m")?.has(hole)).toBe(true);
  });
});

test("one that hasn't said yet where its data comes from is waited for: what was kept from before isn't taken for another market's", async () => {
  upstream.feed.state = "connecting";
  followed = follow(upstream);
  const isRefused = (line: string): boolean => line.includes("hasn't said where its data comes from yet");
  await untilLater(() => followed.log.some(isRefused));
  expect([followed.store.symbols(), followed.feed.status().source]).toEqual([[], "simulated"]);
  upstream.feed.state = "live";
  upstream.feed.source = "binance";
  pass(HISTORY);
  pass(HISTORY, LIFE);
  await untilLater(() => areEqual(BTC, "1m"));
  expect(followed.feed.status().source).toBe("binance");
});

test("what the upstream's exchange restates is restated here, in the longer intervals too, long after the close", async () => {
  await untilWarm();
  const restated: [Interval, number][] = [];
  followed.store.listen({
    restated: (series, kline) => void restated.push([series.interval, kline.openTime]),
  });
  pass(HISTORY + 1);
  await followed.until(() => areEqual(BTC, "1m"));
  const index = 30;
  const askedAt = minute(HISTORY + 2).openTime;
  const minutes = upstream.minutes.map((kline, at) => (at === index ? { ...kline, volume: kline.volume + 7 } : kline));
  const restate = (interval: Interval): void => {
    const all = interval === "1m" ? minutes : rolledUp(interval, minutes.slice(0, HISTORY + 2), askedAt);
    const openTime = openTimeOf(interval, minute(index).openTime);
    const klines = all.filter((kline) => kline.openTime === openTime);
    upstream.store.apply({ type: "history", symbol: BTC, interval, from: openTime, to: openTime, klines, askedAt });
  };
  restate("1m");
  await followed.until(() => restated.length > 0);
  expect(restated).toEqual([["1m", minute(index).openTime]]);
  // The longer candles are in doubt at both until the upstream has asked for them.
  expect(areEqual(BTC, "5m")).toBe(false);
  restate("5m");
  restate("1h");
  // The minutes of a longer candle that is restated are in doubt, too.
  const all = {
    from: minute(0).openTime,
    to: minute(HISTORY).openTime,
    klines: minutes.slice(0, HISTORY + 1),
    askedAt,
  };
  upstream.store.apply({ type: "history", symbol: BTC, interval: "1m", ...all });
  await untilLater(() => areEqual(BTC, "5m") && areEqual(BTC, "1h"));
  // What is in doubt is asked for when the next minute begins.
  pass(HISTORY + 2);
  await untilLater(() => INTERVALS.every((interval) => areEqual(BTC, interval)));
  expect(restated.map(([interval]) => interval).sort()).toEqual(["1h", "1m", "5m"]);
});

test("what is restated while an answer with the old figures is under way is restated here", async () => {
  const sockets: WebSocket[] = [];
  const held = Promise.withResolvers<void>();
  let isHolding = false;
  let isHeld = false;
  const plain = upstreamLine({ url: upstream.server.url, key: undefined });
  const fetcher = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const answer = await plain.fetch(input, init);
    if (!isHolding || !String(input).includes("/klines/BTCUSDT/1m")) return answer;
    isHolding = false;
    const body = await answer.text();
    isHeld = true;
    await held.promise;
    return new Response(body, answer);
  };
  followed = follow(upstream, {
    line: {
      fetch: Object.assign(fetcher, { preconnect: () => {} }),
      openSocket: (address) => {
        sockets.push(plain.openSocket(address));
        return sockets.at(-1) as WebSocket;
      },
    },
  });
  pass(HISTORY);
  pass(HISTORY, LIFE);
  await followed.until(() => [BTC, LIFE].every((symbol) => areEqual(symbol, "1m")));
  pass(HISTORY + 1);
  await followed.until(() => areEqual(BTC, "1m"));
  const restated: number[] = [];
  followed.store.listen({ restated: (_, kline) => void restated.push(kline.volume) });
  isHolding = true;
  for (const socket of sockets) socket.close();
  pass(HISTORY + 2);
  pass(HISTORY + 2, LIFE);
  await untilLater(() => isHeld);
  // Its streams are there again.
  await untilLater(() => {
    move(HISTORY + 3);
    return followed.store.series(BTC, "1m")?.last === minute(HISTORY + 3).openTime;
  });
  const kline = { ...minute(HISTORY + 1), volume: minute(HISTORY + 1).volume + 7 };
  const range = { from: kline.openTime, to: kline.openTime, askedAt: minute(HISTORY + 3).openTime };
  upstream.store.apply({ type: "history", symbol: BTC, interval: "1m", ...range, klines: [kline] });
  await untilLater(() => (followed.feed.figures().frames.get("restated") ?? 0) > 0);
  held.resolve();
  await untilLater(() => areEqual(BTC, "1m"));
  expect(restated).toEqual([kline.volume]);
});

test("a symbol that is listed later is followed within a minute; one that is delisted stays readable as such", async () => {
  await untilWarm();
  const late = parseSymbol("LATEUSDT");
  const infos = upstream.store.symbols();
  const info = infos.find(({ symbol }) => symbol === BTC);
  if (info === undefined) throw new Error("the upstream has BTCUSDT");
  upstream.store.apply({ type: "symbols", symbols: [...infos, { ...info, symbol: late, base: "LATE" }] });
  for (const interval of upstream.store.intervals) {
    const from = (START - 1e9) as UnixMs;
    upstream.store.apply({
      type: "history",
      symbol: late,
      interval,
      from: openTimeOf(interval, from),
      to: minute(HISTORY).openTime,
      klines: [],
    });
  }
  pass(HISTORY + 1, late);
  pass(HISTORY + 2, late);
  await untilLater(() => areEqual(late, "1m"), 1_000);
  const gone = upstream.store
    .symbols()
    .map((one) => (one.symbol === LIFE ? { ...one, status: "DELISTED" as const } : one));
  upstream.store.apply({ type: "symbols", symbols: gone });
  const statusOf = (): string | undefined => followed.store.symbols().find(({ symbol }) => symbol === LIFE)?.status;
  await untilLater(() => statusOf() === "DELISTED", 1_000);
  expect(areEqual(LIFE, "1m")).toBe(true);
  for (const index of [HISTORY + 1, HISTORY + 2]) pass(index);
  await untilLater(() => {
    move(HISTORY + 3);
    return areEqual(BTC, "1m");
  });
});
