import { expect, test } from "bun:test";
import { until } from "../../tests/helpers/until.ts";
import { type Feed, type Kline, klineFault, type MarketEvent } from "../core/mod.ts";

/** One feed, ready to run, and what is known of the market behind it. */
export interface FeedUnderTest {
  readonly feed: Feed;
  /** The exact minutes that the market behind the feed has, by symbol: what closes must equal one of them. */
  truth(symbol: string, openTime: number): Readonly<Kline> | undefined;
  /** Resolves when at least that many minutes have closed. */
  untilCloses(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** What a feed can't do, each with the reason. */
export interface FeedLimits {
  readonly noHistory?: string;
}

type Told = MarketEvent & { readonly type: MarketEvent["type"] };

/** The contract of every feed, live or recorded. `start` makes a fresh one that passes all events to `sink`. */
export function feedContract(
  name: string,
  start: (sink: (event: MarketEvent) => void) => Promise<FeedUnderTest>,
  limits: FeedLimits = {},
): void {
  const run = async (work: (told: readonly Told[], subject: FeedUnderTest) => Promise<void> | void): Promise<void> => {
    const told: Told[] = [];
    const subject = await start((event) => told.push(structuredClone(event)));
    try {
      await subject.untilCloses(3);
      await work(told, subject);
    } finally {
      await subject.stop();
    }
  };

  test(`${name}: symbols are told first, and nothing of others`, () =>
    run((told) => {
      // The time may be known before there is a market.
      const first = told.find(({ type }) => type !== "clock");
      expect(first?.type).toBe("symbols");
      const known = new Set(first?.type === "symbols" ? first.symbols.map(({ symbol }) => symbol) : []);
      for (const event of told) {
        if ("symbol" in event) expect(known).toContain(event.symbol);
        if (event.type === "ticker") expect(known).toContain(event.ticker.symbol);
      }
    }));

  test(`${name}: a connection comes up before it brings klines`, () =>
    run((told) => {
      const up = told.findIndex(({ type }) => type === "connected");
      const kline = told.findIndex(({ type }) => type === "kline");
      expect(up).toBeGreaterThanOrEqual(0);
      expect(kline).toBeGreaterThan(up);
    }));

  test(`${name}: each kline is sound, and each close is the market's own, told once`, () =>
    run((told, { truth }) => {
      const closes = new Set<string>();
      for (const event of told) {
        if (event.type !== "kline") continue;
        expect(klineFault(event.kline)).toBeUndefined();
        if (!event.kline.closed || event.interval !== "1m") continue;
        const key = `${event.symbol} ${event.kline.openTime}`;
        expect(closes).not.toContain(key);
        closes.add(key);
        expect(event.kline).toEqual(truth(event.symbol, event.kline.openTime) as Kline);
      }
      expect(closes.size).toBeGreaterThanOrEqual(3);
    }));

  test(`${name}: the status tells how it is, and the age of the last event`, () =>
    run(async (_told, { feed, stop }) => {
      expect(feed.status().lastEventAt).toBeGreaterThan(0);
      expect(["recorded", "simulated"]).toContain(feed.status().source);
      await stop();
      expect(feed.status()).toMatchObject({ state: "ended", connections: 0 });
    }));

  test(`${name}: what was connected is told as disconnected when it ends`, () =>
    run(async (told, { stop }) => {
      await stop();
      const balance = told.reduce(
        (up, { type }) => up + (type === "connected" ? 1 : type === "disconnected" ? -1 : 0),
        0,
      );
      expect(balance).toBe(0);
    }));

  if (limits.noHistory === undefined) {
    test(`${name}: history is told in order, each kline within its range`, () =>
      run(async (told) => {
        // On a busy machine the streams may bring closes before the first question is answered.
        await until(() => told.some((event) => event.type === "history"));
        const answers = told.filter((event) => event.type === "history");
        for (const { from, to, klines } of answers) {
          const openTimes = klines.map(({ openTime }) => openTime);
          expect(openTimes).toEqual([...openTimes].sort((a, b) => a - b));
          for (const openTime of openTimes) expect(openTime >= from && openTime <= to).toBe(true);
        }
      }));
  }
}
