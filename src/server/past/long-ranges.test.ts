import { afterEach, expect, test } from "bun:test";
import { PastInMemory } from "../../../tests/helpers/past-in-memory.ts";
import { BTC, type ServedMarket, serveMarket } from "../../../tests/helpers/served-market.ts";
import { minuteKlines, rolledUp } from "../../../tests/helpers/truth.ts";
import {
  addCandles,
  type ExchangePast,
  type Interval,
  type Kline,
  openTimeOf,
  seededRandom,
  type UnixMs,
} from "../../core/mod.ts";
import { MarketStore } from "../../store/mod.ts";
import type { KlinesAnswer } from "../../wire/mod.ts";

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
/** A Thursday; the end of a month and the beginning of a week lie ahead. */
const BEGIN = Date.UTC(2026, 0, 22) as UnixMs;
const DAYS = 15;
const CAPACITY = 100;
const INTERVALS: readonly Interval[] = ["1m", "5m", "1h", "4h", "1d", "1w"];

/** Minutes are missing here and there, for hours, and for a day. */
const isHole = (index: number): boolean =>
  index % 501 === 7 || (index > 3_000 && index < 3_200) || (index > 9_000 && index < 10_500);
const TRUTH = minuteKlines(BEGIN, DAYS * 1_440, 3, isHole);
/** What is known at the beginning of a test; the rest comes later. */
const NOW = (BEGIN + (DAYS - 1) * DAY) as UnixMs;

let market: ServedMarket | undefined;
afterEach(async () => {
  await market?.server.stop();
  market = undefined;
});

interface World {
  readonly past: PastInMemory;
  readonly market: ServedMarket;
  /** Market time moves on: the next minute closes. */
  minute(): void;
  klines(interval: Interval, query: Record<string, string | number | boolean>): Promise<KlinesAnswer>;
}

/** `past`: up to when the past has everything; `exchange`: asked for what nobody has. */
function world(options: {
  readonly pastTo?: number;
  readonly pastFrom?: number;
  readonly exchange?: ExchangePast;
}): World {
  const store = new MarketStore({ intervals: INTERVALS, capacity: CAPACITY });
  const info = { base: "BTC", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 5 } as const;
  store.apply({ type: "symbols", symbols: [{ symbol: BTC, ...info }] });
  for (const interval of ["1m", "5m", "1h", "4h"] as const) {
    const to = openTimeOf(interval, NOW - 1);
    const from = addCandles(interval, to, 1 - CAPACITY);
    const klines = truthOf(interval, NOW).filter(({ openTime }) => openTime >= from && openTime <= to);
    store.apply({ type: "history", symbol: BTC, interval, from, to, klines });
  }
  const past = new PastInMemory();
  past.blockRows = 777;
  const [from, to] = [options.pastFrom ?? openTimeOf("1w", BEGIN), options.pastTo ?? NOW - MINUTE];
  past.put(BTC, { from: from as UnixMs, to: to as UnixMs }, minutesBetween(from, to));
  market = serveMarket({ store, intervals: INTERVALS, with: { past }, exchangePast: options.exchange });
  let next = TRUTH.findIndex(({ openTime }) => openTime >= NOW);
  const served = market;
  return {
    past,
    market: served,
    minute: () => {
      const kline = TRUTH[next];
      next += 1;
      if (kline !== undefined) served.stream(kline);
    },
    klines: async (interval, query) => {
      const parameters = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
      const response = await served.get(`/klines/BTCUSDT/${interval}?${parameters}`);
      expect(response.status).toBe(200);
      return (await response.json()) as KlinesAnswer;
    },
  };
}

function minutesBetween(from: number, to: number): Kline[] {
  return TRUTH.filter(({ openTime }) => openTime >= from && openTime <= to);
}

/** The closed candles that had ended by a moment. */
function truthOf(interval: Interval, now: number): readonly Kline[] {
  const known = truths.get(`${interval} ${now}`) ?? madeTruth(interval, now);
  truths.set(`${interval} ${now}`, known);
  return known;
}

const truths: Map<string, readonly Kline[]> = new Map();

function madeTruth(interval: Interval, now: number): readonly Kline[] {
  const minutes = TRUTH.filter(({ closeTime }) => closeTime < now);
  if (interval === "1m") return minutes;
  return rolledUp(interval, minutes, now).filter((kline) => addCandles(interval, kline.openTime, 1) <= now);
}

test("any range over memory and the past is one list, in every interval, forwards and backwards", async () => {
  const { klines } = world({ pastTo: NOW - 30 * MINUTE });
  const random = seededRandom(17);
  for (let run = 0; run < 80; run += 1) {
    const interval = INTERVALS[Math.floor(random() * INTERVALS.length)] as Interval;
    const moment = (): number => BEGIN + Math.floor(random() * (NOW - BEGIN));
    const [a, b] = [moment(), moment()];
    const hasStart = random() < 0.6;
    const startTime = hasStart ? Math.min(a, b) : undefined;
    const endTime = !hasStart || random() < 0.5 ? Math.max(a, b) : undefined;
    const limit = 1 + Math.floor(random() * (random() < 0.3 ? 5_000 : 200));
    const all = truthOf(interval, NOW).filter(
      ({ openTime }) => openTime >= (startTime ?? 0) && openTime <= (endTime ?? Number.MAX_SAFE_INTEGER),
    );
    const expected = hasStart ? all.slice(0, limit) : all.slice(-limit);
    const query: Record<string, number | boolean> = { limit, closed: true };
    if (startTime !== undefined) query.startTime = startTime;
    if (endTime !== undefined) query.endTime = endTime;
    const answer = await klines(interval, query);
    expect(answer.klines as unknown).toEqual(asJson(expected));
    expect(answer.count).toBe(expected.length);
    expectStretches(answer);
    if (hasStart && all.length > limit) {
      expect(answer.next).toContain(`startTime=${(expected.at(-1) as Kline).openTime + 1}`);
    }
  }
});

test("pages that follow `next` are the whole history, each kline once", async () => {
  const { market, klines } = world({});
  const expected = truthOf("1m", NOW);
  const found: unknown[] = [];
  let answer = await klines("1m", { startTime: BEGIN, limit: 3_000 });
  for (let pages = 0; ; pages += 1) {
    expect(pages).toBeLessThan(20);
    found.push(...answer.klines);
    expect(answer.settled).toBe(true);
    if (answer.next === undefined) break;
    const response = await market.get(answer.next);
    expect(response.headers.get("link")).toBe((await clonedNext(response)) as never);
    answer = (await response.json()) as KlinesAnswer;
  }
  expect(found).toEqual(asJson(expected));
  expect(answer.stretches?.at(-1)?.source ?? "memory").toBe("memory");
});

test("what memory has alone says nothing of stretches, and links to the rest where the limit cuts it off", async () => {
  const { klines } = world({});
  const newest = await klines("1m", { limit: 50 });
  expect(newest).not.toContainKeys(["stretches"]);
  expect(newest).not.toContainKeys(["next"]);
  const cut = await klines("1m", { startTime: NOW - 50 * MINUTE, limit: 20 });
  expect(cut).not.toContainKeys(["stretches"]);
  expect(cut.next).toBe(`/klines/BTCUSDT/1m?limit=20&startTime=${(cut.klines.at(-1)?.openTime ?? 0) + 1}`);
});

test("a longer candle is only made where all of its minutes are known", async () => {
  const hour = NOW - 300 * 60 * MINUTE;
  const { klines, past } = world({ pastTo: hour + 30 * MINUTE });
  past.put(
    BTC,
    { from: (hour + 40 * MINUTE) as UnixMs, to: (NOW - MINUTE) as UnixMs },
    minutesBetween(hour + 40 * MINUTE, NOW - MINUTE),
  );
  const answer = await klines("1h", { startTime: hour - 120 * MINUTE, limit: 6, closed: true });
  const expected = truthOf("1h", NOW).filter(({ openTime }) => openTime >= hour - 120 * MINUTE && openTime !== hour);
  expect(answer.klines as unknown).toEqual(asJson(expected.slice(0, 6)));
  expect(answer).toMatchObject({ complete: false, settled: false });
  const settled = await klines("1h", { startTime: hour + 60 * MINUTE, limit: 6 });
  expect(settled).toMatchObject({ complete: true, settled: true });
});

test("no seam while memory moves on, the past grows, is restated and is pruned", async () => {
  const random = seededRandom(23);
  const { klines, past, minute } = world({ pastTo: NOW - 20 * MINUTE });
  let known = NOW - 20 * MINUTE;
  let pruned = BEGIN as number;
  past.onTurn = () => {
    if (random() < 0.5) minute();
    if (random() < 0.3) {
      known += MINUTE;
      past.put(BTC, { from: known as UnixMs, to: known as UnixMs }, minutesBetween(known, known));
    }
    if (random() < 0.1) {
      pruned += 7 * MINUTE;
      past.prune(BTC, pruned);
    }
  };
  const worlds = (["1m", "5m", "1h"] as const).map((interval) => {
    const all = interval === "1m" ? TRUTH : rolledUp(interval, TRUTH, Number.MAX_SAFE_INTEGER);
    return {
      interval,
      before: truthOf(interval, NOW),
      truth: new Map(all.map((kline) => [kline.openTime as number, kline])),
    };
  });
  for (let run = 0; run < 30; run += 1) {
    const { interval, before, truth } = worlds[run % 3] as (typeof worlds)[number];
    const startTime = pruned + 2 * DAY + Math.floor(random() * 9 * DAY);
    const isBackward = random() < 0.4;
    const query = isBackward ? { endTime: startTime, limit: 40 } : { startTime, limit: 10_000 };
    const answer = await klines(interval, { ...query, closed: true });
    expect(answer.klines as unknown).toEqual(
      asJson(answer.klines.flatMap(({ openTime }) => truth.get(openTime) ?? [])),
    );
    const times = answer.klines.map(({ openTime }) => openTime as number);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
    expect(answer.settled).toBe(true);
    const [first, last] = [times[0] ?? 0, times.at(-1) ?? 0];
    const expected = before.filter(({ openTime }) => openTime >= first && openTime <= last);
    expect(times.filter((time) => time < NOW)).toEqual(
      expected.map(({ openTime }) => openTime as number).filter((time) => time < NOW),
    );
  }
});

test("a pruned minute makes no longer candle of the rest, in whatever turn it goes", async () => {
  const random = seededRandom(29);
  for (let run = 0; run < 10; run += 1) {
    const { klines, past, market } = world({});
    let pruned = BEGIN as number;
    past.onTurn = () => {
      if (random() > 0.4) return;
      pruned += 61 * MINUTE;
      past.prune(BTC, pruned);
    };
    const truth = truthOf("4h", NOW);
    const answer = await klines("4h", { startTime: BEGIN, limit: 50, closed: true });
    const times = new Set(answer.klines.map(({ openTime }) => openTime));
    expect(answer.klines as unknown).toEqual(asJson(truth.filter(({ openTime }) => times.has(openTime))));
    if (answer.settled) expect(answer.klines[0]?.openTime).toBe(truth[0]?.openTime as never);
    await market.server.stop();
  }
});

/** The exchange's own history: up to `rows` candles an answer, refused where `isDown`. */
function exchangeOf(rows: number, asked: string[], isDown: () => boolean = () => false): ExchangePast {
  return {
    rowsOf: () => rows,
    klines: async (_symbol, interval, { from, to }) => {
      asked.push(`${interval} ${new Date(from).toISOString()}`);
      await new Promise((resolve) => setImmediate(resolve));
      if (isDown()) throw new Error("the exchange is down");
      const klines = truthOf(interval, NOW).filter(({ openTime }) => openTime >= from && openTime <= to);
      const over = openTimeOf(interval, NOW) - 1;
      return { klines, settled: [{ from, to: Math.min(to, over) as UnixMs }] };
    },
  };
}

test("what neither memory nor the past has is asked of the exchange, once for all, and not before the symbol was listed", async () => {
  const asked: string[] = [];
  const exchange = exchangeOf(500, asked);
  const { klines, market } = world({ pastFrom: NOW - 4 * DAY, pastTo: NOW - 3 * DAY, exchange });
  const all = truthOf("1m", NOW);
  const found: unknown[] = [];
  const sources = new Set<string>();
  let answer = await klines("1m", { startTime: 0, limit: 2_000 });
  for (let pages = 0; ; pages += 1) {
    expect(pages).toBeLessThan(30);
    expect(answer).toMatchObject({ settled: true });
    found.push(...answer.klines);
    for (const { source } of answer.stretches ?? []) sources.add(source);
    if (answer.next === undefined) break;
    answer = (await (await market.get(answer.next)).json()) as KlinesAnswer;
  }
  expect(found).toEqual(asJson(all));
  expect([...sources].sort()).toEqual(["exchange", "memory", "vault"]);
  expect(asked.length).toBe(new Set(asked).size);
  const before = asked.length;
  const at = BEGIN + 2 * DAY;
  // Of 5m, so that the exchange's block is over: the block of the present is asked for again by whoever comes after its answer.
  const answers = await Promise.all([1, 2, 3].map(() => klines("5m", { startTime: at, limit: 30, closed: true })));
  const questions = asked.slice(before);
  expect(questions.length).toBeGreaterThan(0);
  expect(questions).toHaveLength(new Set(questions).size);
  for (const one of answers) expect(one).toEqual(answers[0] as KlinesAnswer);
  expect(answers[0]?.klines as unknown).toEqual(
    asJson(
      truthOf("5m", NOW)
        .filter(({ openTime }) => openTime >= at)
        .slice(0, 30),
    ),
  );
});

test("backwards, an answer asks the exchange a bounded number of times and links to the rest", async () => {
  const asked: string[] = [];
  const { klines, market } = world({
    pastFrom: NOW - 4 * DAY,
    pastTo: NOW - 3 * DAY,
    exchange: exchangeOf(300, asked),
  });
  let answer = await klines("1m", { limit: 9_000, closed: true });
  let found: unknown[] = [];
  for (let pages = 0; ; pages += 1) {
    expect(pages).toBeLessThan(30);
    found = [...answer.klines, ...found];
    if (answer.next === undefined) break;
    expect(answer.count).toBeLessThan(9_000);
    const before = asked.length;
    answer = (await (await market.get(answer.next)).json()) as KlinesAnswer;
    expect(asked.length - before).toBeLessThanOrEqual(5);
  }
  expect(found).toEqual(asJson(truthOf("1m", NOW).slice(-9_000)));
});

test("while the exchange can't be asked, the answer is what there is, and not settled", async () => {
  let isDown = true;
  const { klines } = world({ pastFrom: NOW - 4 * DAY, exchange: exchangeOf(500, [], () => isDown) });
  const startTime = NOW - 5 * DAY;
  const query = { startTime, endTime: NOW - 4 * DAY + 60 * MINUTE, limit: 5_000 };
  const answer = await klines("1m", query);
  expect(answer).toMatchObject({ complete: false, settled: false });
  expect(answer.klines as unknown).toEqual(asJson(minutesBetween(NOW - 4 * DAY, NOW - 4 * DAY + 60 * MINUTE)));
  isDown = false;
  const whole = await klines("1m", query);
  expect(whole.settled).toBe(true);
  expect(whole.klines as unknown).toEqual(asJson(minutesBetween(startTime, query.endTime)));
});

test("a symbol that isn't followed any more is read from the past, and one that nobody has is unknown", async () => {
  const { market, past } = world({});
  past.put("OLDUSDT" as typeof BTC, { from: BEGIN, to: (BEGIN + DAY) as UnixMs }, minutesBetween(BEGIN, BEGIN + DAY));
  const response = await market.get("/klines/OLDUSDT/1h?limit=10");
  const answer = (await response.json()) as KlinesAnswer;
  expect(answer.klines as unknown).toEqual(
    asJson(rolledUp("1h", minutesBetween(BEGIN, BEGIN + DAY - 1), BEGIN + DAY).slice(-10)),
  );
  expect(answer.stretches).toEqual([
    { source: "vault", from: answer.klines[0]?.openTime, to: answer.klines.at(-1)?.openTime },
  ] as never);
  const none = await market.get("/klines/NOBODYUSDT/1h?limit=10");
  expect(none.status).toBe(404);
});

function asJson(klines: readonly Kline[]): unknown[] {
  return JSON.parse(JSON.stringify(klines));
}

/** Stretches follow each other, and cover all klines. */
function expectStretches({ stretches, klines }: KlinesAnswer): void {
  if (stretches === undefined || klines.length === 0) return;
  expect(stretches[0]?.from).toBe(klines[0]?.openTime as never);
  expect(stretches.at(-1)?.to).toBe(klines.at(-1)?.openTime as never);
  for (const [index, { from, to }] of stretches.entries()) {
    expect(from).toBeLessThanOrEqual(to);
    if (index > 0) expect(from).toBeGreaterThan(stretches[index - 1]?.to ?? 0);
  }
}

async function clonedNext(response: Response): Promise<string | null> {
  const { next } = (await response.clone().json()) as KlinesAnswer;
  return next === undefined ? null : `<${next}>; rel="next"`;
}

test("an exchange that doesn't answer is waited for no longer than the bound, and its question is given up", async () => {
  let signal: { readonly aborted: boolean } | undefined;
  const exchange: ExchangePast = {
    rowsOf: () => 500,
    klines: (_symbol, _interval, _range, given) => {
      signal = given;
      return new Promise((_, reject) => {
        given.addEventListener("abort", () => reject(given.reason));
      });
    },
  };
  const { klines, market } = world({ pastFrom: NOW - 4 * DAY, exchange });
  const asking = klines("1m", { startTime: NOW - 5 * DAY, limit: 5 });
  let isDone = false;
  void asking.then(() => {
    isDone = true;
  });
  for (let turns = 0; !isDone && turns < 100; turns += 1) {
    await Bun.sleep(5);
    await market.clock.turn(1_000);
  }
  expect(await asking).toMatchObject({ settled: false });
  expect(signal?.aborted).toBe(true);
});
