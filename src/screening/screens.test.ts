import { afterEach, describe, expect, test } from "bun:test";
import {
  HANGING,
  HANGING_ASLEEP,
  HANGS,
  HANGS_BUSILY,
  HANGS_WHEN_READ,
  screensOf,
} from "../../tests/helpers/screens.ts";
import { BTC, START, serveMarket } from "../../tests/helpers/served-market.ts";
import { exactSum, rolledUp } from "../../tests/helpers/truth.ts";
import { until } from "../../tests/helpers/until.ts";
import type { Interval, Symbol, UnixMs } from "../core/mod.ts";
import { FilterQuarantined } from "./errors.ts";
import { Quarantine, type Screens } from "./mod.ts";

const served = serveMarket();
const { store } = served;
const CLOSE = (START + 300 * 60_000 - 1) as UnixMs;
const MATCHES = { code: "return true;", timeframes: ["1m"], symbols: [BTC], closeTime: CLOSE } as const;
const STUCK = { ...MATCHES, code: `return true; // ${HANGS}` };
const OVERRAN =
  "the filter ran for 1500 ms without a pause, and its thread had to be ended: it isn't run again until its code is changed";

const running: Screens[] = [];
function start(more: Parameters<typeof screensOf>[1] = {}): Screens {
  const screens = screensOf(store, more);
  running.push(screens);
  return screens;
}
/** What came of each, a result or an error. */
const settled = async (asked: readonly Promise<unknown>[]): Promise<unknown[]> =>
  await Promise.all(asked.map((one) => one.catch((cause) => cause)));
afterEach(() => {
  for (const one of running.splice(0)) one.stop();
});

describe("a task that doesn't come to an end", () => {
  test("is the only one that is blamed: those that wait go on in a new thread, in their order", async () => {
    const quarantine = new Quarantine();
    const [screens, others] = [start({ ...HANGING, quarantine }), start({ quarantine })];
    const ended: string[] = [];
    const ask = async (name: string, code: string = MATCHES.code): Promise<unknown> => {
      try {
        const { matches } = await screens.screen({ ...MATCHES, code }, { caller: name });
        return matches.length;
      } catch (cause) {
        return cause;
      } finally {
        ended.push(name);
      }
    };
    const stuckCode = `return true; // ${HANGS_BUSILY}`;
    const asked = [ask("mallory", stuckCode), ask("anna"), ask("bert"), ask("carl")];
    const [stuck, ...rest] = await Promise.all(asked);
    expect(stuck).toBeInstanceOf(FilterQuarantined);
    expect(stuck).toMatchObject({ message: OVERRAN, retryable: false });
    expect(rest).toEqual([1, 1, 1]);
    expect(ended).toEqual(["mallory", "anna", "bert", "carl"]);
    expect(screens.figures()).toMatchObject({ ends: { overran: 1, failed: 0, silent: 0 }, waiting: 0, places: 0 });
    // From now on it is refused at once, whatever thread it is for.
    const stuckAgain = { ...MATCHES, code: stuckCode };
    const previewed = screens.preview({ ...stuckAgain, closes: 5 }, { caller: "mallory" });
    const refused = [
      screens.screen(stuckAgain, { caller: "anna" }),
      previewed,
      others.check(stuckCode, { caller: "x" }),
    ];
    for (const one of await settled(refused)) expect(one).toMatchObject({ message: OVERRAN, retryable: false });
    expect(screens.figures()).toMatchObject({ ends: { overran: 1 }, refused: { quarantined: 2 } });
    expect((await screens.screen({ ...STUCK, code: "return true; // mended" }, { caller: "mallory" })).checked).toBe(1);
  });

  test("may be an explanation", async () => {
    const quarantine = new Quarantine();
    const screens = start({ ...HANGING_ASLEEP, quarantine });
    const asked = { ...STUCK, symbol: BTC, isPast: false };
    const refused = await settled([screens.explain(asked, { caller: "mallory" })]);
    expect(refused).toEqual([expect.objectContaining({ message: OVERRAN })]);
    const mended = await screens.explain({ ...asked, code: "return closeTime > 0;" }, { caller: "mallory" });
    expect(mended).toMatchObject({ match: true, conditions: [{ text: "closeTime > 0", verdict: true }] });
  });

  test("may be a preview's slice, or the reading of a filter", async () => {
    const quarantine = new Quarantine();
    const screens = start({ ...HANGING_ASLEEP, quarantine });
    const unreadable = `return true; // ${HANGS_WHEN_READ}`;
    const outcomes = await Promise.allSettled([
      screens.preview({ ...STUCK, closes: 5 }, { caller: "mallory" }),
      screens.check(unreadable, { caller: "mallory" }),
      screens.check(MATCHES.code, { caller: "anna" }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "fulfilled"]);
    expect([STUCK.code, unreadable].map((code) => quarantine.refusalOf(code)?.message)).toEqual([OVERRAN, OVERRAN]);
  });
});

describe("a task that can't be handed to the thread", () => {
  test("ends by itself after a few tries, and blames nobody whose filter runs", async () => {
    const broken = "ETHUSDT" as Symbol;
    const faulty = new Proxy(store, {
      get: (on, name) => {
        if (name === "series") {
          return (symbol: Symbol, interval: Interval) => {
            if (symbol === broken) throw new Error("the store broke");
            return on.series(symbol, interval);
          };
        }
        const value = Reflect.get(on, name);
        return typeof value === "function" ? value.bind(on) : value;
      },
    });
    const quarantine = new Quarantine();
    const screens = screensOf(faulty, { quarantine });
    running.push(screens);
    const busy = { ...MATCHES, code: "let n = 0; for (let i = 0; i < 100000; i++) n += i; return n > 0;", closes: 200 };
    const asked = [
      screens.preview(busy, { caller: "anna" }),
      screens.screen({ ...MATCHES, symbols: [broken] }, { caller: "mallory" }),
      screens.screen(MATCHES, { caller: "bert" }),
    ];
    const [previewed, failed, screened] = await settled(asked);
    expect(failed).toMatchObject({
      code: "screens_busy",
      message: "the screening thread failed: the store broke: try again",
    });
    expect([previewed, screened]).toMatchObject([{ closes: expect.anything() }, { checked: 1 }]);
    expect(quarantine.refusalOf(busy.code)).toBeUndefined();
  });
});

describe("a thread that can't be started", () => {
  test("is nobody's fault: after a few tries the task is told to come again", async () => {
    const screens = start({ program: new URL("./no-such-program.ts", import.meta.url).href });
    const [told] = await settled([screens.screen(MATCHES, { caller: "anna" })]);
    expect(told).toMatchObject({ code: "screens_busy", retryable: true });
    expect(screens.figures()).toMatchObject({ places: 0, ends: { overran: 0, failed: 4, silent: 0 } });
  });
});

describe("a preview in slices", () => {
  // In QuickJS, about two milliseconds a symbol.
  const HEAVY = `let n = new Map().size; for (let i = 0; i < 6000; i++) { n += i % 7; }
    return { match: candles("1m").close.at(-1) > sma(candles("1m").close, 20).at(-1), facts: { n } };`;

  test("looks at every close and symbol once, and lets others have the thread between its slices", async () => {
    const screens = start();
    const request = { code: HEAVY, timeframes: ["1m"], closeTime: CLOSE, closes: 200 } as const;
    const order: string[] = [];
    const previewed = screens.preview(request, { caller: "anna" }).finally(() => order.push("preview"));
    await until(() => screens.figures().ranSeconds > 0);
    await screens.screen(MATCHES, { caller: "bert" }).finally(() => order.push("screen"));
    const { closes, finished } = await previewed;
    expect(order).toEqual(["screen", "preview"]);
    expect([closes.length, finished]).toEqual([200, true]);
    for (const [at, { closeTime, checked }] of closes.entries()) {
      expect([closeTime, checked]).toEqual([CLOSE - (199 - at) * 60_000, 2]);
    }
  });

  test("is dropped when its client is gone, while it waits or after its slice", async () => {
    const screens = start();
    const request = { code: HEAVY, timeframes: ["1m"], closeTime: CLOSE, closes: 250 } as const;
    const gone = [new AbortController(), new AbortController()];
    const asked = gone.map(({ signal }) => screens.preview(request, { caller: "anna", signal }));
    await until(() => screens.figures().ranSeconds > 0);
    expect(screens.figures()).toMatchObject({ places: 2, dropped: 0 });
    for (const one of gone) one.abort(new Error("the client is gone"));
    for (const one of await settled(asked)) expect(one).toMatchObject({ message: "the client is gone" });
    expect(screens.figures()).toMatchObject({ places: 0, waiting: 0, dropped: 2, previewBytes: 0 });
    expect((await screens.screen(MATCHES, { caller: "anna" })).checked).toBe(1);
  });
});

describe("traders' filters", () => {
  const order = async (knownFirst: boolean): Promise<string[]> => {
    const screens = start({ knownFirst });
    await screens.screen(MATCHES, { caller: "anna" });
    const ended: string[] = [];
    const ask = async (caller: string, code: string): Promise<void> => {
      await screens.screen({ ...MATCHES, code }, { caller });
      ended.push(caller);
    };
    // Mallory's come first, and she has used less of the thread than anna, who was served already.
    await Promise.all([1, 2, 3].map((at) => ask("mallory", `return true; // ${at}`)).concat(ask("anna", MATCHES.code)));
    return ended;
  };

  test("that have run before go before new ones, whose reading may take long", async () => {
    expect(await order(true)).toEqual(["anna", "mallory", "mallory", "mallory"]);
    expect(await order(false)).toEqual(["mallory", "anna", "mallory", "mallory"]);
  });
});

test("a preview that reads the ticker gets the klines that cover its 24 hours, though the filter reads others", async () => {
  // Longer than the 1m klines that are kept reach back.
  const day = serveMarket({ historyMinutes: 2_100 });
  const fives = rolledUp("5m", day.minutes, START + 2_100 * 60_000).filter(({ closed }) => closed);
  const last = fives.at(-1)?.openTime as UnixMs;
  day.store.apply({ type: "history", symbol: BTC, interval: "5m", from: START, to: last, klines: fives });
  const screens = screensOf(day.store);
  running.push(screens);
  const code = "return { match: true, facts: { open: ticker.open, volume: ticker.volume, price: ticker.price } };";
  const closeTime = (START + 2_100 * 60_000 - 1) as UnixMs;
  const request = { code, timeframes: ["1m"], symbols: [BTC], closeTime, closes: 5 } as const;
  const { closes, notes } = await screens.preview(request, { caller: "anna" });
  // 2,100 minutes after midnight a candle of 5m ends, at the closes before it doesn't.
  const facts = [2_096, 2_097, 2_098, 2_099, 2_100].map((minutes) => {
    const first = Math.ceil((minutes - 1_440) / 5) * 5;
    const open = day.minutes[first]?.open ?? Number.NaN;
    const volume = exactSum(day.minutes.slice(first, minutes).map((one) => one.volume));
    return { open, volume, price: day.minutes[minutes - 1]?.close ?? Number.NaN };
  });
  expect(closes.map(({ matches }) => matches[0]?.facts)).toEqual(facts);
  expect(notes[0]).toContain("computed from 1m and 5m klines");
});

test("a filter that reads no klines runs at the closes of the shortest interval that is served", async () => {
  const screens = start();
  const asked = { code: "return ticker.price > 3;", symbols: [BTC], closeTime: CLOSE };
  expect(await screens.timeframesOf(asked, { caller: "anna" })).toEqual(["1m"]);
  expect(await screens.timeframesOf({ ...asked, interval: "1h" }, { caller: "anna" })).toEqual(["1h"]);
  expect(await screens.screen(asked, { caller: "anna" })).toMatchObject({ interval: "1m", matches: [{ symbol: BTC }] });
  const joined = { ...asked, code: "return candles(symbol).length > 0;" };
  const [refusal] = await settled([screens.timeframesOf(joined, { caller: "anna" })]);
  expect(refusal).toMatchObject({ message: expect.stringContaining("timeframes is missing") });
});

test("what has no turn for too long is refused, and what runs goes on", async () => {
  const screens = start({ maxWaitMs: 5 });
  const heavy = `let n = new Map().size; for (let i = 0; i < 6000; i++) { n += i % 7; } return n < 0;`;
  const long = { code: heavy, timeframes: ["1m"], closeTime: CLOSE, closes: 150 } as const;
  const first = screens.preview(long, { caller: "anna" });
  await until(() => screens.figures().ranSeconds > 0);
  const [second] = await settled([screens.preview(long, { caller: "bert" })]);
  expect(second).toMatchObject({ code: "screens_busy", retryable: true });
  expect((await first).finished).toBe(true);
  expect(screens.figures()).toMatchObject({ places: 0, refused: { wait: 1 } });
});

test("what waits and what runs is told when screens are stopped, and so is what comes", async () => {
  const screens = start();
  const asked = [1, 2, 3].map(() => screens.screen(MATCHES, { caller: "anna" }));
  screens.stop();
  asked.push(screens.screen(MATCHES, { caller: "anna" }));
  for (const one of await settled(asked)) {
    expect(one).toMatchObject({ code: "screens_busy", message: "the server is stopping" });
  }
  expect(screens.figures()).toMatchObject({ places: 0, waiting: 0 });
});
