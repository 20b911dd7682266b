import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { minuteKlines } from "../../../tests/helpers/truth.ts";
import { type Kline, type MarketEvent, parseSymbol, type UnixMs } from "../../core/mod.ts";
import { BINANCE } from "../binance/binance.ts";
import { feedContract } from "../feed.contract.ts";
import { FrameReader } from "../live/reading/frame-reader.ts";
import { ReplayFeed } from "./feed.ts";
import { recordedFrame } from "./recording.ts";

const START = Date.UTC(2026, 1, 10);
const folder = mkdtempSync(join(tmpdir(), "vyx-replay-"));
afterAll(() => rmSync(folder, { recursive: true }));

const truth = minuteKlines(START, 5, 3, () => false);

function frame(kline: Kline, closed: boolean): string {
  const { openTime: t, closeTime: T, open: o, high: h, low: l, close: c, volume: v, trades: n } = kline;
  const figures = { o, h, l, c, v, q: kline.quoteVolume, V: kline.takerBuyVolume, Q: kline.takerBuyQuoteVolume };
  const strings = Object.fromEntries(Object.entries(figures).map(([name, figure]) => [name, figure.toFixed(8)]));
  const k = { t, T, s: "BTCUSDT", i: "1m", f: 1, L: n, ...strings, n, x: closed, B: "0" };
  const data = { e: "kline", E: closed ? T + 1 : t + 30_000, s: "BTCUSDT", k };
  return JSON.stringify({ stream: "btcusdt@kline_1m", data });
}

function recording(): string {
  const path = join(folder, "frames.txt.gz");
  const lines = truth.flatMap((kline) => [
    `${(kline.openTime + 30_000) / 1_000}: ${frame(kline, false)}`,
    `${(kline.closeTime + 1) / 1_000}: ${frame(kline, true)}`,
    `${kline.closeTime + 2} {"broken`,
  ]);
  writeFileSync(path, gzipSync(["wss://stream.example/stream?streams=btcusdt@kline_1m", ...lines].join("\n")));
  return path;
}

feedContract(
  "replay",
  async (sink) => {
    const clock = new ManualClock();
    const feed = new ReplayFeed({ exchange: BINANCE, path: recording(), speed: 1, clock, stopwatch: clock.stopwatch });
    let closes = 0;
    const stopping = new AbortController();
    const running = feed.run((event) => {
      sink(event);
      if (event.type === "kline" && event.kline.closed) closes += 1;
    }, stopping.signal);
    return {
      feed,
      truth: (_symbol, openTime) => truth.find((kline) => kline.openTime === openTime),
      untilCloses: async (count) => {
        while (closes < count) await clock.turn(10_000);
      },
      stop: async () => {
        stopping.abort(new Error("stopped"));
        await running;
      },
    };
  },
  { noHistory: "a recording of streams holds no REST answers" },
);

describe("a recording", () => {
  test("is played in its own time, and ends", async () => {
    const clock = new ManualClock();
    const feed = new ReplayFeed({ exchange: BINANCE, path: recording(), speed: 2, clock, stopwatch: clock.stopwatch });
    const openTimes: number[] = [];
    const running = feed.run((event) => {
      if (event.type === "kline" && event.kline.closed) openTimes.push(event.kline.openTime);
    }, new AbortController().signal);
    while (clock.sleepers === 0) await clock.turn(0);
    await clock.turn(50_000);
    expect(openTimes).toEqual([START, START + 60_000]);
    await clock.turn(600_000);
    await running;
    expect(openTimes).toHaveLength(5);
    expect(feed.frames.get("not_json")).toBe(5);
    expect(feed.status()).toMatchObject({ state: "ended", source: "recorded" });
  });

  test("that isn't there, or holds no market, is named", async () => {
    const play = (path: string): Promise<void> =>
      new ReplayFeed({ exchange: BINANCE, path, speed: 1, clock: new ManualClock(), stopwatch: () => 0 }).run(
        () => {},
        new AbortController().signal,
      );
    expect(play(join(folder, "absent.gz"))).rejects.toThrow(/absent\.gz can't be read: .*ENOENT/);
    const empty = join(folder, "empty.txt");
    writeFileSync(empty, "hello\n");
    expect(play(empty)).rejects.toThrow(/empty\.txt holds no kline or ticker frames/);
  });

  test("is played for the symbols that are asked for; one that it lacks is refused before anything is played", async () => {
    const prepare = (name: string): Promise<void> =>
      new ReplayFeed({
        exchange: BINANCE,
        ...{ path: recording(), speed: 1, symbols: [parseSymbol(name)] },
        ...{ clock: new ManualClock(), stopwatch: () => 0 },
      }).prepare();
    await prepare("BTCUSDT");
    expect(prepare("ETHUSDT")).rejects.toThrow(/has no ETHUSDT: expected some of BTCUSDT$/);
  });

  test("is read in each way that recorders write time", () => {
    const at = 1_723_161_600_001;
    expect(recordedFrame(`1723161600.001: {"a":1}`)).toEqual({ receivedAt: at as never, text: '{"a":1}' });
    expect(recordedFrame(`1723161600001 {"a":1}`)?.receivedAt).toBe(at as never);
    expect(recordedFrame(`1723161600001684 [1]`)).toEqual({ receivedAt: at as never, text: "[1]" });
    expect(recordedFrame(`1723161600001684123 {}`)?.receivedAt).toBe(at as never);
    expect(recordedFrame(`{"b":2}`)).toEqual({ receivedAt: undefined, text: '{"b":2}' });
    expect(recordedFrame("wss://stream.example/ws")).toBeUndefined();
  });
});

const DATA = join(import.meta.dir, "../../../../shared/data");

test("the first frame of a recording that is refused for a reason is named", async () => {
  const [one, other] = truth as [Kline, Kline];
  const path = join(folder, "refused.txt");
  const frames = [one, { ...other, low: 0 }, { ...other, low: 0 }].map((kline) => frame(kline, true));
  writeFileSync(path, [...frames, '{"broken'].join("\n"));
  const clock = { now: () => 0 as UnixMs, sleep: () => Promise.resolve() };
  const warnings: string[] = [];
  const log = { warn: (message: string) => void warnings.push(message) };
  const feed = new ReplayFeed({ exchange: BINANCE, path, speed: 1, clock, stopwatch: () => 0, log });
  await feed.run(() => {}, new AbortController().signal);
  expect(warnings.map((warning) => warning.replace(path, "FILE").slice(0, 60))).toEqual([
    expect.stringContaining("FILE: refused (price_not_positive), the first of its kind"),
    expect.stringContaining("FILE: refused (not_json), the first of its kind"),
  ]);
});

describe("the times of a recording's events are judged by when they were received", () => {
  const DAY = 86_400_000;
  /** The minutes that the replay reports for frames that were received at these times. */
  async function heard(
    frames: readonly { readonly kline: Kline; readonly receivedAt: number | undefined }[],
  ): Promise<number[]> {
    const path = join(folder, "times.txt");
    const line = ({ kline, receivedAt }: (typeof frames)[number]): string =>
      receivedAt === undefined ? frame(kline, true) : `${receivedAt} ${frame(kline, true)}`;
    writeFileSync(path, frames.map(line).join("\n"));
    const clock = { now: () => 0 as UnixMs, sleep: () => Promise.resolve() };
    const speed = Number.POSITIVE_INFINITY;
    const feed = new ReplayFeed({ exchange: BINANCE, path, speed, clock, stopwatch: () => 0 });
    const minutes: number[] = [];
    await feed.run((event) => {
      if (event.type === "kline") minutes.push((event.kline.openTime - START) / 60_000);
    }, new AbortController().signal);
    return minutes;
  }
  const later = (kline: Kline, ms: number): Kline => ({
    ...kline,
    openTime: (kline.openTime + ms) as UnixMs,
    closeTime: (kline.closeTime + ms) as UnixMs,
  });
  const all = [0, 1, 2, 3, 4];

  test("one that is three days ahead, or behind, is refused", async () => {
    for (const ms of [3 * DAY, -3 * DAY]) {
      const frames = truth.map((kline) => ({ kline, receivedAt: kline.closeTime + 1 }));
      const [first] = truth as [Kline];
      for (const at of [0, 2, 5]) {
        const stranger = { kline: later(first, ms), receivedAt: START + at * 60_000 };
        expect(await heard(frames.toSpliced(at, 0, stranger))).toEqual(all);
      }
    }
  });

  test("a recorder whose clock is wrong, or is set meanwhile, costs a frame", async () => {
    const wrong = truth.map((kline) => ({ kline, receivedAt: kline.closeTime + 1 + DAY }));
    expect(await heard(wrong)).toEqual([1, 2, 3, 4]);
    const set = truth.map((kline, at) => ({ kline, receivedAt: kline.closeTime + 1 + (at < 2 ? 0 : DAY) }));
    expect(await heard(set)).toEqual([0, 1, 3, 4]);
  });

  test("a recording that doesn't say when its frames came is believed", async () => {
    expect(await heard(truth.map((kline) => ({ kline, receivedAt: undefined })))).toEqual(all);
  });
});

describe.skipIf(!existsSync(DATA))("the exchange's recorded frames", () => {
  const paths = (existsSync(DATA) ? ["ws", "ws_samples"] : []).flatMap((name) =>
    readdirSync(join(DATA, name)).map((file) => join(DATA, name, file)),
  );
  const atOnce = { now: () => 0 as UnixMs, sleep: () => Promise.resolve() };

  test("are there", () => expect(paths.length).toBeGreaterThanOrEqual(6));

  for (const path of paths) {
    test(`${path.split("/").at(-1)}: the klines found are the ones in the file, and nothing throws`, async () => {
      const expected = linesOf(path).flatMap(klinesIn);
      const found: object[] = [];
      const take = (event: MarketEvent): void => {
        if (event.type === "kline") found.push({ symbol: event.symbol, interval: event.interval, ...event.kline });
      };
      const names = ["BTCUSDT", ...expected.map(({ symbol }) => symbol)].map(parseSymbol);
      const reader = new FrameReader(BINANCE, new Map(names.map((name) => [name, name])), take);
      for (const line of linesOf(path)) reader.read(line.replace(/^[\d.]+:? /, ""));
      expect(found).toEqual(expected);

      found.length = 0;
      const feed = new ReplayFeed({
        exchange: BINANCE,
        path,
        speed: Number.POSITIVE_INFINITY,
        clock: atOnce,
        stopwatch: () => 0,
      });
      const played = feed.run(take, new AbortController().signal);
      if (path.includes("hftbacktest")) return expect(played).rejects.toThrow(/holds no kline or ticker frames/);
      await played;
      expect(found).toEqual(expected);
      return undefined;
    });
  }
});

function linesOf(path: string): string[] {
  const bytes = readFileSync(path);
  return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString().split("\n");
}

/** The klines of a line, read without any of the feed's code. */
function klinesIn(line: string): (Kline & { symbol: string; interval: string })[] {
  const start = line.indexOf('{"e":"kline"') >= 0 ? line.indexOf('{"e":"kline"') : line.indexOf('{"e": "kline"');
  if (start < 0) return [];
  const { k } = JSON.parse(line.slice(start, line.indexOf("}}", start) + 2));
  return [
    {
      symbol: k.s,
      interval: k.i,
      openTime: k.t,
      closeTime: k.T,
      open: +k.o,
      high: +k.h,
      low: +k.l,
      close: +k.c,
      volume: +k.v,
      quoteVolume: +k.q,
      trades: k.n,
      takerBuyVolume: +k.V,
      takerBuyQuoteVolume: +k.Q,
      closed: k.x,
    },
  ];
}
