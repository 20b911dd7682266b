import { describe, expect, test } from "bun:test";
import { ManualClock, SettableClock } from "../../../tests/helpers/clock.ts";
import type { UnixMs } from "../../core/mod.ts";
import { MarketTime } from "./market-time.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SYMBOLS = ["BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT"];

/** A market's clock, and what it told. `aheadMs`: how far the exchange's clock is ahead of ours. */
function timed(aheadMs = 0): {
  clock: ManualClock;
  time: MarketTime;
  told: string[];
  exchange(): number;
  hear(offsetMs: number, symbol?: string, frame?: number): boolean;
  ask(offsetMs?: number, tripMs?: number): Promise<void>;
  /** Somebody sets this machine's clock, forward or back. */
  setOurs(ms: number): void;
} {
  const clock = new ManualClock();
  const local = new SettableClock(clock);
  const told: string[] = [];
  const time = new MarketTime(local, clock.stopwatch, {
    claimed: () => told.push("claimed"),
    sure: () => told.push("sure"),
    turnedBack: () => told.push("turned back"),
    warn: (message) => told.push(message),
    runsFast: (times) => told.push(`runs ${times} times as fast`),
  });
  const exchange = (): number => clock.now() + aheadMs;
  let frames = 0;
  const hear = (offsetMs: number, symbol = "BTCUSDT", frame?: number): boolean => {
    frames += 1;
    return time.believes((exchange() + offsetMs) as UnixMs, symbol, frame ?? frames);
  };
  const ask = async (offsetMs = 0, tripMs = 20): Promise<void> => {
    const askedAt = clock.stopwatch();
    const serverTime = (exchange() + offsetMs) as UnixMs;
    await clock.turn(tripMs);
    time.learn(serverTime, askedAt);
  };
  return { clock, time, told, exchange, hear, ask, setOurs: (ms) => local.step(ms) };
}

/** One that has been going for a while, as all is well. */
async function going(aheadMs = 0): Promise<ReturnType<typeof timed>> {
  const all = timed(aheadMs);
  await all.ask();
  for (const symbol of SYMBOLS) all.hear(0, symbol);
  all.told.length = 0;
  return all;
}

describe("the market's clock", () => {
  test("is found to run fast after ten seconds, once; a leap isn't that", async () => {
    const { clock, time, told, hear, ask, exchange } = await going();
    let aheadMs = 0;
    for (let second = 0; second < 30; second += 1) {
      // Sixty times as fast: each frame is within what delays may differ by.
      for (let frame = 0; frame < 60; frame += 1) {
        await clock.turn(1_000 / 60);
        aheadMs += 59_000 / 60;
        expect(hear(Math.round(aheadMs))).toBe(true);
      }
      expect(told).toEqual(second < 9 ? [] : expect.arrayContaining(["runs 60 times as fast"]));
    }
    expect(told).toEqual(["runs 60 times as fast"]);
    expect((time.now as number) - exchange()).toBe(30 * 59_000);

    const leaping = await going();
    await leaping.clock.turn(9_000);
    await leaping.ask(HOUR);
    for (const symbol of SYMBOLS) leaping.hear(HOUR, symbol);
    await leaping.clock.turn(30_000);
    for (const symbol of SYMBOLS) leaping.hear(HOUR, symbol);
    expect(leaping.told.filter((one) => one.startsWith("runs"))).toEqual([]);
    await ask(0);
  });

  test("follows events, and what our stopwatch says has passed", async () => {
    const { clock, time, hear, exchange } = await going();
    for (const span of [1_000, 60_000, 3 * HOUR]) {
      await clock.turn(span);
      expect(time.byStopwatch as number).toBe(exchange());
      expect(hear(0)).toBe(true);
      expect(time.now as number).toBe(exchange());
    }
  });

  test.each([10_000, 60_000, HOUR, 23 * HOUR, 365 * DAY])(
    "isn't moved by one frame dated %p ms ahead",
    async (ahead) => {
      const { time, told, hear, exchange } = await going();
      expect(hear(ahead)).toBe(false);
      expect(time.now as number).toBe(exchange());
      expect(told).toEqual(["claimed"]);
    },
  );

  test("isn't moved by one frame that holds many symbols, nor by many frames of one symbol", async () => {
    const { clock, time, hear } = await going();
    const before = time.now;
    for (const symbol of SYMBOLS) expect(hear(HOUR, symbol, 1_000)).toBe(false);
    expect(time.now).toBe(before);
    hear(0);
    for (let round = 0; round < 10; round += 1) {
      await clock.turn(100);
      expect(hear(HOUR, "BTCUSDT")).toBe(false);
    }
    expect(time.now).toBe(before);
  });

  test.each([[Number.NaN], [Number.POSITIVE_INFINITY], [1e300], [8.64e15 + 1], [-1e300]])(
    "listens to nothing that is no date: %p",
    async (value) => {
      const { time } = await going();
      const before = time.now;
      for (const symbol of SYMBOLS)
        for (let round = 0; round < 3; round += 1) {
          expect(time.believes(value as UnixMs, symbol, round)).toBe(false);
          time.learn(value as UnixMs, 0);
        }
      expect(time.now).toBe(before);
    },
  );

  test("leaps when several symbols in several frames say so, or REST and a symbol", async () => {
    const streams = await going();
    expect(SYMBOLS.slice(0, 3).map((symbol) => streams.hear(HOUR, symbol))).toEqual([false, false, true]);
    expect(streams.time.now as number).toBe(streams.exchange() + HOUR);
    const rest = await going();
    expect(rest.hear(HOUR)).toBe(false);
    await rest.ask(HOUR);
    expect(rest.hear(HOUR)).toBe(true);
    const alone = await going();
    await alone.ask(HOUR);
    expect(alone.time.now as number).toBe(alone.exchange() - 20);
  });

  test("isn't moved by REST alone, however often it is asked between two events, while our own clock agrees with it", async () => {
    const { time, exchange, hear, ask, told } = await going();
    for (let call = 0; call < 5; call += 1) await ask(3 * DAY);
    expect(time.now).toBeLessThanOrEqual(exchange());
    expect(told).toEqual([]);
    expect(hear(0)).toBe(true);
    // A symbol that says the same as REST is another matter.
    await ask(3 * DAY);
    expect(hear(3 * DAY, "ETHUSDT")).toBe(true);
    expect(time.now).toBe((exchange() + 3 * DAY) as UnixMs);
    // Where our clock is off it is no witness.
    const off = await going(HOUR);
    for (let call = 0; call < 2; call += 1) await off.ask(3 * DAY);
    expect(off.time.now).toBeGreaterThan(off.exchange() + 2 * DAY);
  });

  test("forgets a claim when an event fits the clock as it is", async () => {
    const { time, hear } = await going();
    const before = time.now;
    for (const symbol of [...SYMBOLS, ...SYMBOLS]) {
      expect(hear(HOUR, symbol)).toBe(false);
      expect(hear(0, "ADAUSDT")).toBe(true);
    }
    expect(time.now).toBe(before);
  });

  test("goes back when several witnesses say so", async () => {
    const { clock, time, told, hear, exchange } = await going();
    for (const symbol of SYMBOLS) hear(3 * HOUR, symbol);
    expect(time.now as number).toBe(exchange() + 3 * HOUR);
    await clock.turn(120_000);
    for (const symbol of SYMBOLS) hear(0, symbol);
    expect(time.now as number).toBe(exchange());
    expect(told).toContain("turned back");
  });

  test("takes an answer of REST that was long on its way for what it was", async () => {
    const { time, told, ask, exchange } = await going();
    await ask(0, 40_000);
    expect(time.now as number).toBe(exchange() - 40_000);
    expect(told).toEqual([]);
  });

  test("an event that is a little old is taken, one that is very old isn't, and neither moves it", async () => {
    const { time, hear } = await going();
    const before = time.now;
    expect([-1_000, -30_000, -120_000, -11 * 60_000, -DAY].map((offset) => hear(offset))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(time.now).toBe(before);
  });
});

describe("when this machine's clock is set", () => {
  test.each([HOUR, -HOUR, 50 * DAY])("by %p ms, the stopwatch goes on as before", async (step) => {
    const { clock, time, hear, exchange, setOurs } = await going();
    setOurs(step);
    expect(time.byStopwatch as number).toBe(exchange());
    await clock.turn(30_000);
    expect(time.byStopwatch as number).toBe(exchange());
    hear(0);
    expect(time.now as number).toBe(exchange());
    expect(time.byStopwatch as number).toBe(exchange());
  });

  test("one frame moves the market's clock no further than before", async () => {
    const { time, hear, exchange, setOurs } = await going();
    setOurs(HOUR);
    expect(hear(50 * 60_000)).toBe(false);
    expect(time.now as number).toBe(exchange());
  });

  test("witnesses of one time still agree", async () => {
    const { time, hear, exchange, setOurs } = await going();
    hear(HOUR, "BTCUSDT");
    setOurs(-10 * 60_000);
    hear(HOUR, "ETHUSDT");
    expect(hear(HOUR, "SOLUSDT")).toBe(true);
    expect(time.now as number).toBe(exchange() + HOUR);
  });
});

describe("when this machine's clock is set, the age of the newest event", () => {
  test.each([3_000, -3_000])("stays what it was at %p ms, which may be a drift", async (step) => {
    const { clock, time, setOurs } = await going();
    await clock.turn(30_000);
    const before = time.lagMs;
    expect(before).toBeGreaterThan(29_000);
    setOurs(step);
    expect(time.lagMs).toBe(before);
    expect(time.clockOffsetMs).toBeCloseTo(step, -2);
  });

  test.each([11_000, HOUR, -HOUR])("isn't told at %p ms, until our clock is right again", async (step) => {
    const { clock, time, setOurs } = await going();
    await clock.turn(30_000);
    setOurs(step);
    expect(time.lagMs).toBeUndefined();
    expect(time.clockOffsetMs).toBeCloseTo(step, -2);
    setOurs(-step);
    expect(time.lagMs).toBeGreaterThan(29_000);
  });

  test.each([HOUR, -HOUR])("by %p ms while REST answers, is judged as before", async (step) => {
    const { clock, time, exchange, hear, setOurs } = await going();
    const askedAt = clock.stopwatch();
    await clock.turn(20);
    setOurs(step);
    await clock.turn(20);
    time.learn((exchange() - 20) as UnixMs, askedAt);
    expect(time.clockOffsetMs).toBe(step);
    setOurs(-step);
    hear(0);
    expect(time.lagMs).toBe(0);
  });
});

describe("at the start", () => {
  test("REST and our own clock are two witnesses", async () => {
    const { time, told, ask } = timed();
    await ask();
    expect(time.isSure).toBe(true);
    expect(told).toEqual(["sure"]);
    expect(time.lagMs).toBeUndefined();
  });

  test("an exchange whose clock is three days ahead is followed when its streams say so too, and named", async () => {
    const { time, told, hear, ask, exchange } = timed(3 * DAY);
    await ask();
    expect(time.isSure).toBe(false);
    expect(told.join()).toContain("is 259200 s ahead of this machine's");
    expect(hear(0)).toBe(true);
    expect(time.isSure).toBe(true);
    expect(time.now as number).toBe(exchange());
    expect(time.clockOffsetMs).toBeCloseTo(-3 * DAY, -2);
    // Our clock tells nothing about the age of what such an exchange says.
    expect(time.lagMs).toBeUndefined();
  });

  test("REST alone is believed where no stream says anything for a while, as in a market that doesn't trade", async () => {
    const { clock, time, told, ask, exchange } = timed(-3 * DAY);
    await ask();
    await clock.turn(5_000);
    await ask();
    expect(time.isSure).toBe(false);
    await clock.turn(5_000);
    await ask();
    expect([time.isSure, told.at(-1)]).toEqual([true, "sure"]);
    expect(time.now as number).toBeGreaterThan(exchange() - 100);
  });

  test("where REST alone is three days ahead, the streams are believed", async () => {
    const { time, hear, ask, exchange } = timed();
    await ask(3 * DAY);
    expect(time.isSure).toBe(false);
    for (const symbol of SYMBOLS) hear(0, symbol);
    expect(time.isSure).toBe(true);
    expect(time.now as number).toBe(exchange());
  });
});

describe("how old the newest event is", () => {
  test("is seen by the stopwatch where our clock can't be trusted: the same is told again and again", async () => {
    const { clock, time, hear, ask, exchange } = timed(3 * DAY);
    await ask();
    for (let second = 0; second < 30; second += 1) {
      hear(0);
      expect([time.lagMs, time.behindMs]).toEqual([undefined, 0]);
      await clock.turn(1_000);
    }
    const frozen = exchange() - 1_000;
    for (let second = 0; second < 30; second += 1) {
      hear(frozen - exchange());
      await clock.turn(1_000);
    }
    expect(time.lagMs).toBeUndefined();
    expect(time.behindMs).toBe(31_000);
    hear(0);
    expect(time.behindMs).toBe(0);
  });

  test("is told by the exchange's clock, through ours", async () => {
    const { clock, time, hear } = await going();
    expect(time.lagMs).toBe(0);
    await clock.turn(63_000);
    hear(-62_000);
    expect(time.lagMs).toBeGreaterThan(61_000);
    expect(time.lagMs).toBeLessThanOrEqual(62_000);
    hear(0);
    expect(time.lagMs).toBe(0);
  });

  test("REST's word of the time doesn't make events younger", async () => {
    const { clock, time, ask } = await going();
    await clock.turn(30_000);
    await ask();
    expect(time.lagMs).toBeGreaterThan(29_000);
  });

  test.each([10 * DAY, -10 * DAY])(
    "a time of REST that isn't believed, %p ms off, changes nothing of it",
    async (off) => {
      const { clock, time, ask } = await going();
      await clock.turn(30_000);
      const before = { lagMs: time.lagMs, offsetMs: time.clockOffsetMs, now: time.now };
      expect(before.lagMs).toBeGreaterThan(29_000);
      await ask(off, 0);
      expect({ lagMs: time.lagMs, offsetMs: time.clockOffsetMs, now: time.now }).toEqual(before);
    },
  );
});

test("a market that runs sixty times as fast is no leap, and a leap in it is one still", async () => {
  const clock = new ManualClock();
  const said: string[] = [];
  const note = (word: string) => (): void => void said.push(word);
  const handlers = {
    claimed: note("claimed"),
    sure: note("sure"),
    turnedBack: note("turned back"),
    warn: note("warn"),
    runsFast: note("runs fast"),
  };
  const began = clock.now();
  const time = new MarketTime(clock, () => clock.now() - began, handlers, 60);
  const market = (): UnixMs => (began + 60 * (clock.now() - began)) as UnixMs;
  const askedAt = clock.now();
  const answer = market();
  await clock.turn(200);
  time.learn(answer, askedAt);
  for (let second = 0; second < 300; second += 1) {
    expect(time.believes(market(), "BTCUSDT", second)).toBe(true);
    await clock.turn(1_000);
  }
  expect(said).toEqual(["sure"]);
  expect(time.now).toBeGreaterThan(began + 290 * 60_000);
  expect(time.believes((market() + DAY) as UnixMs, "BTCUSDT", 1_000)).toBe(false);
  expect(said).toEqual(["sure", "claimed"]);
});
