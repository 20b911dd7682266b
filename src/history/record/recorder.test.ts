import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { minuteKlines } from "../../../tests/helpers/truth.ts";
import { type Kline, type MarketSource, parseSymbol, type UnixMs } from "../../core/mod.ts";
import { FolderLock, MarketStore } from "../../store/mod.ts";
import { PastFiles } from "../files/past-files.ts";
import { historyStatus } from "../files/status.ts";
import { verifyHistory } from "../files/verify.ts";
import { HistoryRecorder } from "./recorder.ts";

const BTC = parseSymbol("BTCUSDT");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Two hours before a month ends. */
const FROM = Date.UTC(2026, 0, 31, 22);
const all = { from: FROM as UnixMs, to: (FROM + 100 * HOUR) as UnixMs };

const work = mkdtempSync(join(tmpdir(), "vyx-recorder-"));
afterAll(() => rmSync(work, { recursive: true }));
let folders = 0;

interface Place {
  readonly root: string;
  readonly store: MarketStore;
  readonly recorder: HistoryRecorder;
  readonly clock: ManualClock;
  readonly warnings: string[];
  pass(): Promise<void>;
}

function place(source: MarketSource = "binance", root?: string): Place {
  folders += 1;
  const folder = root ?? join(work, String(folders));
  const store = new MarketStore({ intervals: ["1m"], capacity: 1_000 });
  const about = { base: "BTC", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 5 } as const;
  store.apply({ type: "symbols", symbols: [{ symbol: BTC, ...about }] });
  store.apply({ type: "clock", marketTime: FROM as UnixMs });
  const warnings: string[] = [];
  const clock = new ManualClock();
  const recorder = new HistoryRecorder({
    root: folder,
    markets: [{ store, source: () => source }],
    clock,
    warn: (message) => warnings.push(message),
  });
  return { root: folder, store, recorder, clock, warnings, pass: () => recorder.pass(new AbortController().signal) };
}

/** What the exchange has from one minute to another, counted from FROM; without some minutes. */
function klines(first: number, end: number, lacks: readonly number[] = []): Kline[] {
  return minuteKlines(FROM, end, 1, () => false).filter((_, at) => at >= first && !lacks.includes(at));
}

function answer(store: MarketStore, first: number, end: number, rows: readonly Kline[]): void {
  const [from, to] = [FROM + first * MINUTE, FROM + (end - 1) * MINUTE] as UnixMs[];
  store.apply({ type: "history", symbol: BTC, interval: "1m", from: from as UnixMs, to: to as UnixMs, klines: rows });
}

function stream(store: MarketStore, rows: readonly Kline[]): void {
  for (const kline of rows) {
    const eventTime = (kline.openTime + MINUTE) as UnixMs;
    store.apply({ type: "kline", symbol: BTC, interval: "1m", kline, eventTime });
  }
}

/** Minutes by REST, and the last two by the stream, which moves market time. */
function bring(store: MarketStore, first: number, end: number): void {
  answer(store, first, end - 2, klines(first, end - 2));
  stream(store, klines(end - 2, end));
}

async function openTimes(root: string): Promise<number[]> {
  const minutes: number[] = [];
  for await (const { columns } of new PastFiles(root).read(BTC, all)) {
    for (const openTime of columns.openTime) minutes.push((openTime - FROM) / MINUTE);
  }
  return minutes;
}

const upTo = (end: number): number[] => [...Array(end).keys()];

test("hours that are over are appended, each once, and the days of a month that is over become its file", async () => {
  const at = place();
  answer(at.store, 0, 10, klines(0, 10));
  stream(at.store, klines(10, 61));
  await at.pass();
  expect(await openTimes(at.root)).toEqual([]);
  stream(at.store, klines(61, 63));
  await at.pass();
  expect(await openTimes(at.root)).toEqual(upTo(60));
  expect((await new PastFiles(at.root).files()).map(({ path }) => path.split("/").at(-1))).toEqual([
    "2026-01-31.parquet",
  ]);
  stream(at.store, klines(63, 190));
  await at.pass();
  await at.pass();
  expect(await openTimes(at.root)).toEqual(upTo(180));
  const [status] = (await historyStatus(at.root)).symbols;
  expect(status?.records.map(({ period, rows }) => `${period} ${rows}`)).toEqual(["2026-01 120", "2026-02-01 60"]);
  expect(status?.records[0]?.sources).toEqual([{ kind: "server", path: "binance", isUsed: true }]);
  expect((await verifyHistory(at.root)).damages).toEqual([]);
  const [kline] = klines(70, 71);
  for await (const { columns } of new PastFiles(at.root).read(BTC, {
    from: (FROM + 70 * MINUTE) as UnixMs,
    to: (FROM + 70 * MINUTE) as UnixMs,
  })) {
    expect(Object.values(columns).map((column) => column[0])).toEqual(
      Object.keys(columns).map((name) => kline?.[name as "open"]),
    );
  }
  expect(at.warnings).toEqual([]);
});

test("what is in doubt isn't recorded until it is certain; what the exchange doesn't have is settled", async () => {
  const at = place();
  answer(at.store, 0, 30, klines(0, 30, [7]));
  stream(at.store, klines(30, 40));
  at.store.apply({ type: "gap", symbol: BTC, interval: "1m", from: (FROM + 40 * MINUTE) as UnixMs, reason: "cut" });
  stream(at.store, klines(45, 70));
  await at.pass();
  expect(await openTimes(at.root)).toEqual(upTo(40).filter((minute) => minute !== 7));
  expect(await new PastFiles(at.root).settled(BTC, all)).toEqual([{ from: FROM, to: FROM + 39 * MINUTE }] as never);
  answer(at.store, 40, 70, klines(40, 70));
  stream(at.store, klines(70, 130));
  await at.pass();
  expect(await openTimes(at.root)).toEqual(upTo(120).filter((minute) => minute !== 7));
  const [status] = (await historyStatus(at.root)).symbols;
  expect([status?.holeMinutes, status?.unknownMinutes]).toEqual([1, 0]);
});

test("after a restart the recorder goes on where the files end, and never changes what is there", async () => {
  const before = place();
  bring(before.store, 0, 70);
  await before.pass();
  const files = await new PastFiles(before.root).files();
  const again = place("binance", before.root);
  bring(again.store, 0, 100);
  await again.pass();
  expect(await new PastFiles(before.root).files()).toEqual(files);
  bring(again.store, 100, 130);
  await again.pass();
  expect(await openTimes(before.root)).toEqual(upTo(120));
});

test("a running recorder looks each minute, and ends with its signal", async () => {
  const at = place();
  bring(at.store, 0, 70);
  const stop = new AbortController();
  const running = at.recorder.run(stop.signal);
  await at.clock.turn(0);
  const untilItSleeps = async (): Promise<void> => {
    while (at.clock.sleepers === 0) await Bun.sleep(5);
  };
  await untilItSleeps();
  expect(await openTimes(at.root)).toEqual(upTo(60));
  bring(at.store, 70, 130);
  await at.clock.turn(59_000);
  expect((await openTimes(at.root)).length).toBe(60);
  await at.clock.turn(2_000);
  await untilItSleeps();
  expect(await openTimes(at.root)).toEqual(upTo(120));
  stop.abort(new Error("stopped"));
  await at.clock.turn(0);
  await running;
  bring(at.store, 130, 190);
  await at.clock.turn(300_000);
  expect((await openTimes(at.root)).length).toBe(120);
});

test("a symbol whose folder can't be written keeps no other from being recorded, and is said once", async () => {
  const at = place();
  const long = `BINANCE:${"币".repeat(60)}.P` as never;
  const about = { base: "B", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 5 } as const;
  at.store.apply({ type: "symbols", symbols: [long, BTC].map((symbol) => ({ symbol, ...about })) });
  const [from, to] = [FROM, FROM + 67 * MINUTE] as UnixMs[];
  at.store.apply({
    type: "history",
    symbol: long,
    interval: "1m",
    from: from as UnixMs,
    to: to as UnixMs,
    klines: klines(0, 68),
  });
  bring(at.store, 0, 70);
  await at.pass();
  await at.pass();
  expect(await openTimes(at.root)).toEqual(upTo(60));
  expect(at.warnings).toEqual([expect.stringContaining("can't be kept: its folder's name would have")]);
  // BTC's day once; the other symbol failed in both passes, and is still due.
  expect(at.recorder.figures()).toEqual({ due: [{ market: "binance", symbols: 1 }], filesWritten: 1, failures: 2 });
});

test("a folder that another process writes to is waited for, and said once; simulated klines don't go to real ones", async () => {
  const at = place();
  bring(at.store, 0, 70);
  const lock = FolderLock.take(at.root, "--history");
  await at.pass();
  await at.pass();
  expect(at.warnings).toEqual([expect.stringContaining("is in use by another server")]);
  expect(readdirSync(at.root).filter((name) => name.startsWith("market"))).toEqual([]);
  lock.release();
  await at.pass();
  expect(await openTimes(at.root)).toEqual(upTo(60));
  const other = place("simulated", at.root);
  bring(other.store, 0, 130);
  await other.pass();
  expect(other.warnings).toEqual([expect.stringContaining("has binance data, and this server's is simulated")]);
  expect(await openTimes(at.root)).toEqual(upTo(60));
});
