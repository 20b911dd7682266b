import { afterEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { listenTo } from "../../../tests/helpers/listening-client.ts";
import { emptyKline, klineFault, seededRandom, type UnixMs } from "../../core/mod.ts";
import { BINANCE_FRAMES } from "../dialects/binance/anatomy.ts";
import { createInProcessExchange, type InProcessExchange, parseFaults } from "../mod.ts";
import { garbageFor, truncated } from "./garbage.ts";

const START = Date.UTC(2026, 1, 10, 12, 30) as UnixMs;
const PATH = "/stream?streams=!miniTicker@arr/btcusdt@kline_1m/ethusdt@kline_1m/solusdt@kline_1m";

const running: InProcessExchange[] = [];
afterEach(async () => {
  for (const exchange of running.splice(0)) await exchange.stop();
});

/** The frames of ten market minutes. */
async function framesWith(faults: string, seed = 1): Promise<{ frames: string[]; exchange: InProcessExchange }> {
  const clock = new ManualClock(START);
  const symbols = ["BTCUSDT", "ETHUSDT", "SOLUSDT"];
  const plan = faults === "" ? {} : { faults: parseFaults(faults) };
  const exchange = createInProcessExchange({ clock, seed, symbols, streamLatencyMs: () => 0, ...plan });
  running.push(exchange);
  const { frames } = listenTo(exchange, clock, PATH);
  await clock.turn(600_000);
  return { frames, exchange };
}

/** Whether a frame could be taken for a candle. Reads nothing with the project's feed. */
function isCandle(frame: string): boolean {
  let k: Record<string, unknown> | undefined;
  try {
    const message = JSON.parse(frame);
    const data = message?.data ?? message;
    if (data?.e !== "kline" || !Number.isSafeInteger(data.E)) return false;
    k = data.k;
  } catch {
    return false;
  }
  if (typeof k !== "object" || k === null) return false;
  const figure = (name: string): number =>
    typeof k[name] === "string" && k[name] !== "" ? Number(k[name]) : Number.NaN;
  const [open, high, low, close, volume, quoteVolume] = ["o", "h", "l", "c", "v", "q"].map(figure) as number[];
  const times = { openTime: k.t as UnixMs, closeTime: k.T as UnixMs };
  return klineFault({ ...emptyKline(), ...times, open, high, low, close, volume, quoteVolume } as never) === undefined;
}

/** Asserts that a count is what a share of so many makes likely: within four standard deviations. */
function expectShare(count: number, share: number, of: number): void {
  expect(Math.abs(count - share * of)).toBeLessThan(4 * Math.sqrt(of * share * (1 - share)));
  expect(count).toBeGreaterThan(0);
}

describe("frames", () => {
  test("a plan of nothing changes nothing", async () => {
    const { frames } = await framesWith("");
    expect((await framesWith("disconnect=0/h,drop=0")).frames).toEqual(frames);
    expect(frames.every((frame) => isCandle(frame) || frame.includes("!miniTicker@arr"))).toBe(true);
  });

  test("drop: about that share is missing, the rest is as it was", async () => {
    const { frames: all } = await framesWith("");
    const { frames, exchange } = await framesWith("drop=0.05");
    const left = new Set(frames);
    expect(all.filter((frame) => left.has(frame))).toEqual(frames);
    expect(all.length - frames.length).toBe(exchange.faults().drop);
    expectShare(exchange.faults().drop, 0.05, all.length);
  });

  test("duplicate: about that share comes twice, one after the other", async () => {
    const { frames: all } = await framesWith("");
    const { frames, exchange } = await framesWith("duplicate=0.05");
    expect(frames.filter((frame, index) => frame !== frames[index - 1])).toEqual(all);
    expect(frames.length - all.length).toBe(exchange.faults().duplicate);
    expectShare(exchange.faults().duplicate, 0.05, all.length);
  });

  test("reorder: nothing is lost, some come after the next, and some of those after the next of their stream", async () => {
    const { frames: all } = await framesWith("");
    const { frames, exchange } = await framesWith("reorder=0.02");
    const place = new Map(frames.map((frame, index) => [frame, index]));
    const missing = all.filter((frame) => !place.has(frame));
    expect(missing.length).toBeLessThanOrEqual(1);
    expect(frames.length).toBe(all.length - missing.length);
    expect(frames).not.toEqual(all);
    expectShare(exchange.faults().reorder, 0.02, all.length);
    const back = all.filter((frame, index) => (place.get(frame) ?? 0) > (place.get(all[index + 1] ?? "") ?? 1e9));
    expect(back.length).toBeGreaterThan(0);
    const eventTimes = frames
      .filter((frame) => frame.includes("btcusdt@"))
      .map((frame) => Number(/"E":(\d+)/.exec(frame)?.[1]));
    expect(eventTimes).not.toEqual(eventTimes.toSorted((a, b) => a - b));
  });

  test.each(["garbage", "truncate"] as const)(
    "%s: about that share can't be meant, the rest is as it was",
    async (kind) => {
      const { frames: all } = await framesWith("");
      const { frames, exchange } = await framesWith(`${kind}=0.1`);
      expect(frames).toHaveLength(all.length);
      const spoiled = frames.filter((frame, index) => frame !== all[index]);
      expect(spoiled).toHaveLength(exchange.faults()[kind]);
      expect(spoiled.filter(isCandle)).toEqual([]);
      expectShare(exchange.faults()[kind], 0.1, all.length);
    },
  );

  test("one fault more doesn't move the others, and another seed moves all", async () => {
    const dropped = async (faults: string, seed: number): Promise<string[]> => {
      const { frames: all } = await framesWith("", seed);
      const left = new Set((await framesWith(faults, seed)).frames);
      return all.filter((frame) => !left.has(frame));
    };
    const alone = await dropped("drop=0.02", 5);
    expect(await dropped("duplicate=0.1,drop=0.02", 5)).toEqual(alone);
    expect(await dropped("drop=0.02", 5)).toEqual(alone);
    expect(alone.map((frame) => /"E":\d+/.exec(frame)?.[0])).not.toEqual(
      (await dropped("drop=0.02", 6)).map((frame) => /"E":\d+/.exec(frame)?.[0]),
    );
  });

  test("at a time: once on each connection that is open then", async () => {
    const { frames: all } = await framesWith("");
    const { frames, exchange } = await framesWith("drop@2m,garbage@3m");
    expect(exchange.faults()).toMatchObject({ drop: 1, garbage: 1 });
    const first = all.findIndex((frame) => Number(/"E":(\d+)/.exec(frame)?.[1]) >= START + 120_000);
    expect(frames[first]).toBe(all[first + 1] as string);
  });
});

const KLINE = `{"stream":"btcusdt@kline_1m","data":{"e":"kline","E":1770726602000,"s":"BTCUSDT","k":{"t":1770726600000,"T":1770726659999,"s":"BTCUSDT","i":"1m","f":1,"L":2,"o":"0.00000002","c":"0.00000002","h":"0.00000003","l":"0.00000001","v":"1.0","n":2,"x":true,"q":"1.0","V":"0.5","Q":"0.5","B":"0"}}}`;

describe("what comes in a frame's place", () => {
  test("is never a candle, whatever the seed, raw or combined", () => {
    const raw = JSON.stringify(JSON.parse(KLINE).data);
    expect([KLINE, raw].every(isCandle)).toBe(true);
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(KLINE, raw), (seed, frame) => {
        const random = seededRandom(seed);
        expect(isCandle(garbageFor(frame, BINANCE_FRAMES, random).text)).toBe(false);
        const cut = truncated(frame, random);
        expect(frame.startsWith(cut) && cut.length > 0 && cut.length < frame.length).toBe(true);
        expect(() => JSON.parse(cut)).toThrow();
      }),
      { numRuns: 2_000 },
    );
  });
});
