import { afterAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { keyAccess } from "../../tests/helpers/keys.ts";
import { restarted } from "../../tests/helpers/restarted.ts";
import { serveMarket } from "../../tests/helpers/served-market.ts";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { until } from "../../tests/helpers/until.ts";
import { type Kline, parseSymbol, type UnixMs } from "../core/mod.ts";
import { MarketStore, type Series } from "../store/mod.ts";
import { klineJson } from "../wire/mod.ts";
import { type Answer, owned, type WholeAnswer } from "./answer.ts";
import { AnswerCache, KEPT_FROM_ASKS } from "./answer-cache.ts";
import { CACHES, CacheMeter, cacheMeters } from "./caches.ts";
import type { Caller } from "./caller.ts";
import { Compressor } from "./compression.ts";
import { KeyRing } from "./keys/key-ring.ts";
import { type KlineParameters, klineParameters } from "./parameters.ts";
import { parseRate } from "./rate.ts";
import { SeriesTags } from "./series-tags.ts";
import { TokenBucket } from "./token-bucket.ts";
import type { UserTokens } from "./user-callers.ts";

const caller = { bucket: new TokenBucket({ amount: 1, perMs: 1 }) } as Caller;
const compressor = new Compressor(1);
const plain = new Headers();
const gzip = new Headers({ "accept-encoding": "gzip" });

function ask(cache: AnswerCache, series: Series, parameters: KlineParameters, headers = plain) {
  return cache.klines({ series, parameters, headers, caller, compressor });
}

describe("what is kept", () => {
  const market = serveMarket();
  afterAll(() => market.server.stop());
  const series = market.store.series("BTCUSDT" as never, "1m") as Series;

  test("is bounded, also when one series that doesn't move is asked in ever new ways, compressed", async () => {
    const meters = cacheMeters();
    const cache = new AnswerCache(new SeriesTags(), meters);
    const askFrom = (startTime: number, headers = plain) =>
      ask(cache, series, klineParameters(500, false, startTime), headers);
    const { maxBytes } = CACHES.answers;
    let most = 0;
    for (let startTime = 0; startTime < 1_000; startTime += 1) {
      for (let time = 0; time < KEPT_FROM_ASKS; time += 1) askFrom(startTime);
      most = Math.max(most, meters.answers.bytes);
    }
    // 64 answers of 60 to 80 kB are kept; 1,000 would be 70 MB.
    expect(most).toBeGreaterThan(4e6);
    expect(most).toBeLessThan(maxBytes / 2);
    expect(meters.answers.evictions).toBe(1_000 - 64);
    expect(askFrom(999)).toBe(askFrom(999));

    const before = meters.answers.bytes;
    const [one, two] = [askFrom(999, gzip), askFrom(999, gzip)];
    // Requests that come while it is compressed share the result.
    expect(await one).toBe(await two);
    expect(meters.answers.bytes - before).toBe((await one).bytes);
  });

  test("is counted rightly, also where a compressed form is made after its answer made room for another's", async () => {
    const meter = new CacheMeter(60_000);
    const cache = new AnswerCache(new SeriesTags(), { ...cacheMeters(), answers: meter });
    const other = market.store.series("BTCUSDT" as never, "5m") as Series;
    for (let limit = 10; limit < 60; limit += 1) {
      const parameters = klineParameters(limit, true);
      const asks = [series, other].flatMap((one) => [1, 2, 3].map(() => ask(cache, one, parameters, gzip)));
      await Promise.all(asks);
      expect(meter.bytes).toBeGreaterThan(0);
      expect(meter.bytes).toBeLessThan(60_000 + 30_000);
    }
    expect(meter.evictions).toBeGreaterThan(80);
  });

  test("is what was asked for again and again while nothing moved, and what is asked for compressed a second time", async () => {
    const meters = cacheMeters();
    const cache = new AnswerCache(new SeriesTags(), meters);
    const parameters = klineParameters(100, false);
    const answers = Array.from({ length: KEPT_FROM_ASKS + 1 }, () => ask(cache, series, parameters) as Answer);
    expect(answers.findIndex(({ isKept }) => isKept === true)).toBe(KEPT_FROM_ASKS - 1);
    expect(answers.at(-1)).toBe(answers.at(-2) as Answer);
    const { bytes } = meters.answers;
    expect(bytes - (answers[0]?.bytes as number)).toBe(5_120);
    const compressed = [1, 2].map(() => ask(cache, series, klineParameters(99, false), gzip));
    const [once, again] = await Promise.all(compressed);
    expect([once?.headers.get("content-encoding"), again?.headers.get("content-encoding")]).toEqual(["gzip", "gzip"]);
    expect([once?.isKept, again?.isKept]).toEqual([false, true]);
    expect(meters.answers.bytes).toBeGreaterThan(bytes);
  });

  test("or isn't, an answer that was made one's own stays what it was while others are made", async () => {
    const cache = new AnswerCache(new SeriesTags(), cacheMeters());
    const other = market.store.series("BTCUSDT" as never, "5m") as Series;
    const [first, second] = [series, other].map((one) =>
      owned(ask(cache, one, klineParameters(50, false)) as WholeAnswer),
    );
    const texts = [first, second].map((answer) => new TextDecoder().decode(answer?.body as Uint8Array));
    expect(texts).toEqual([series, other].map((one) => freshly(one, klineParameters(50, false))));
    expect(first?.headers.get("etag")).not.toBe(second?.headers.get("etag") as string);
    expect([first?.isLent, second?.isLent]).toEqual([false, false]);
  });

  test("of one that moved, nothing is", () => {
    const meters = cacheMeters();
    const cache = new AnswerCache(new SeriesTags(), meters);
    for (let time = 0; time < KEPT_FROM_ASKS; time += 1) ask(cache, series, klineParameters(100, false));
    expect(meters.answers.bytes).toBeGreaterThan(10_000);
    market.stream({ ...(market.minutes[300] as Kline), closed: false });
    ask(cache, series, klineParameters(100, false));
    expect(meters.answers.bytes).toBe(0);
  });
});

const MINUTE = 60_000;
const START = Date.UTC(2026, 1, 10, 10);
const SYMBOLS = ["BTCUSDT", "ETHUSDT"].map((text) => parseSymbol(text));
const INTERVALS = ["1m", "5m", "1h"] as const;
const CAPACITY = 40;
/** Of two made-up markets: what the stream brings, and what the exchange says later where it restates. */
const MINUTES = SYMBOLS.map((_, seed) => minuteKlines(START, 400, seed + 1, (index) => index % 37 === 36));

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("state" as const), hundredths: fc.nat(99) }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("close" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("lost close" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("cut" as const), minutes: fc.nat(5) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("repair" as const), minutes: fc.integer({ min: 1, max: 60 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("restatement" as const), minutes: fc.integer({ min: 1, max: 20 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const) }) },
  {
    weight: 14,
    arbitrary: fc.record({
      kind: fc.constant("read" as const),
      interval: fc.constantFrom(...INTERVALS),
      limit: fc.integer({ min: 1, max: CAPACITY + 5 }),
      closedOnly: fc.boolean(),
      since: fc.option(fc.nat(60), { nil: undefined }),
      times: fc.constantFrom(1, 2, KEPT_FROM_ASKS + 1),
    }),
  },
);

/** A store of two symbols, and a cache with room for a few answers. */
class Life {
  store = new MarketStore({ intervals: INTERVALS, capacity: CAPACITY });
  cache = Life.#cache();
  readonly #at = SYMBOLS.map(() => 0);

  constructor() {
    const about = { base: "B", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 8 } as const;
    this.store.apply({ type: "symbols", symbols: SYMBOLS.map((symbol) => ({ symbol, ...about })) });
    for (const index of SYMBOLS.keys()) {
      this.#at[index] = 50;
      this.#ask(index, 50, 0);
    }
  }

  static #cache(): AnswerCache {
    // About what three series of forty klines take.
    const meters = { ...cacheMeters(), answers: new CacheMeter(40_000), rows: new CacheMeter(30_000) };
    return new AnswerCache(new SeriesTags(), meters);
  }

  async does(one: typeof step extends fc.Arbitrary<infer Step> ? Step : never, index: number): Promise<void> {
    const at = this.#at[index] as number;
    const minute = MINUTES[index]?.find(({ openTime }) => openTime >= START + at * MINUTE) as Kline;
    switch (one.kind) {
      case "state":
        return this.#tell(index, partOf(minute, one.hundredths / 100));
      case "close":
        this.#tell(index, minute);
        return this.#move(index, minute, 1);
      case "lost close":
        this.#tell(index, { ...minute, closed: false });
        return this.#move(index, minute, 1);
      case "cut":
        this.store.apply({
          type: "gap",
          symbol: SYMBOLS[index] as never,
          interval: "1m",
          from: minute.openTime,
          reason: "cut",
        });
        return this.#move(index, minute, 1 + one.minutes);
      case "repair":
        return this.#ask(index, one.minutes, 0);
      case "restatement":
        return this.#ask(index, one.minutes, 0.25);
      case "restart":
        this.store = restarted(this.store);
        this.cache = Life.#cache();
        return;
      case "read": {
        const series = this.store.series(SYMBOLS[index] as never, one.interval) as Series;
        const startTime = one.since === undefined ? undefined : START + Math.max(0, at - one.since) * MINUTE;
        const parameters = klineParameters(one.limit, one.closedOnly, startTime, undefined);
        for (let time = 0; time < one.times; time += 1) {
          const { body } = (await ask(this.cache, series, parameters)) as Answer;
          const text = body instanceof Blob ? await body.text() : new TextDecoder().decode(body as Uint8Array);
          expect(text).toBe(freshly(series, parameters));
        }
      }
    }
  }

  #move(index: number, { openTime }: Kline, minutes: number): void {
    this.#at[index] = Math.min(390, (openTime - START) / MINUTE + minutes);
  }

  #tell(index: number, kline: Kline): void {
    const eventTime = (kline.openTime + (kline.closed ? MINUTE : 1_000 + kline.trades)) as UnixMs;
    this.store.apply({ type: "kline", symbol: SYMBOLS[index] as never, interval: "1m", kline, eventTime });
  }

  /** The exchange is asked for the last minutes, and says `more` volume than its stream did. */
  #ask(index: number, minutes: number, more: number): void {
    const end = START + (this.#at[index] as number) * MINUTE;
    const from = (end - minutes * MINUTE) as UnixMs;
    const klines = (MINUTES[index] ?? [])
      .filter(({ openTime }) => openTime >= from && openTime < end)
      .map((kline) => ({ ...kline, volume: kline.volume + more }));
    const range = { from, to: (end - MINUTE) as UnixMs, klines, askedAt: (end + 60 * MINUTE) as UnixMs };
    this.store.apply({ type: "history", symbol: SYMBOLS[index] as never, interval: "1m", ...range });
  }
}

/** A minute on its way. */
function partOf(minute: Kline, share: number): Kline {
  const amounts = ["volume", "quoteVolume", "takerBuyVolume", "takerBuyQuoteVolume"] as const;
  const parts = Object.fromEntries(amounts.map((name) => [name, minute[name] * share]));
  return { ...minute, ...parts, trades: Math.floor(minute.trades * share), closed: false };
}

/** The answer by plain means, from the store as it is. */
function freshly(series: Series, parameters: KlineParameters): string {
  const { first, end, complete, settled } = series.select(parameters);
  const rows = Array.from({ length: end - first }, (_, at) => klineJson(series.ring.read(first + at, {} as Kline)));
  const { symbol, interval } = series;
  const head = JSON.stringify({ symbol, interval, count: rows.length, complete, settled }).slice(0, -1);
  return `${head},"klines":[${rows.join()}]${restOf(series, parameters, end)}}`;
}

/** The member that says where the rest is, where a range from `startTime` on was cut off. */
function restOf({ symbol, interval, ring }: Series, parameters: KlineParameters, end: number): string {
  const { limit, startTime, closedOnly } = parameters;
  if (startTime === undefined) return "";
  const isMore = Array.from({ length: ring.length - end }, (_, at) => ring.isClosedAt(end + at) || !closedOnly);
  // What isn't final stands at the end, and closed klines alone leave it out.
  if (!isMore.includes(true)) return "";
  const next = ring.openTimeAt(end - 1) + 1;
  return `,"next":"/klines/${symbol}/${interval}?limit=${limit}&startTime=${next}${closedOnly ? "&closed=true" : ""}"`;
}

test("answers that wait for the same moment, as users' tokens are checked, are each of their own series", async () => {
  let letGo = (): void => {};
  const checked = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let waiting = 0;
  const tokens: UserTokens = {
    isLikeToken: (text) => text.startsWith("token-"),
    check: async (token) => {
      waiting += 1;
      await checked;
      return { user: token, expiresAt: Number.MAX_SAFE_INTEGER };
    },
  };
  const access = keyAccess(new KeyRing([]), { users: { tokens, rate: parseRate("1000/h") } });
  const market = serveMarket({ with: { access } });
  const asked = ["1m", "5m", "1h"].flatMap((interval) =>
    [1, 20, 33].map((limit) => ({
      interval,
      limit,
      series: market.store.series("BTCUSDT" as never, interval as "1m"),
    })),
  );
  const answers = asked.map(({ interval, limit }) =>
    fetch(`${market.server.url}/klines/BTCUSDT/${interval}?limit=${limit}`, {
      headers: { authorization: `Bearer token-${interval}-${limit}`, "accept-encoding": "identity" },
    }).then((response) => response.text()),
  );
  await until(() => waiting === asked.length);
  letGo();
  expect(await Promise.all(answers)).toEqual(
    asked.map(({ series, limit }) => freshly(series as Series, klineParameters(limit, false))),
  );
  await market.server.stop();
});

test("kept bytes are those that would be encoded anew, whatever happened: states, closes, cuts, repairs, restatements, evictions, restarts", async () => {
  const steps = fc.array(fc.tuple(step, fc.nat(SYMBOLS.length - 1)), { minLength: 40, maxLength: 160 });
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const life = new Life();
      for (const [one, index] of all) await life.does(one, index);
    }),
    { numRuns: 200 },
  );
});
