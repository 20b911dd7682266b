import { afterAll, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { minuteKlines } from "../../../tests/helpers/truth.ts";
import { type Kline, parseSymbol, type Symbol, type UnixMs } from "../../core/mod.ts";
import { type PastUnderTest, pastKlinesContract } from "../../core/past-klines.contract.ts";
import { dayOf, MINUTE_MS, minutesOf, monthOf, type Period } from "../period.ts";
import { without } from "../ranges.ts";
import { Mark, Sheet } from "../sheet.ts";
import { WorkThreads } from "../work/work-threads.ts";
import { packRecord } from "./pack-record.ts";
import { PastFiles } from "./past-files.ts";
import { SymbolFiles } from "./symbol-files.ts";

const work = mkdtempSync(join(tmpdir(), "vyx-past-"));
const threads = new WorkThreads(1);
afterAll(() => {
  threads.stop();
  rmSync(work, { recursive: true });
});

/** Puts klines of periods into a folder, all of which is settled but for the minutes in `unknown`. */
async function keep(
  root: string,
  symbol: Symbol,
  periods: readonly Period[],
  klines: readonly Kline[],
  unknown = 0,
): Promise<void> {
  const files = await SymbolFiles.open(root, symbol, () => {});
  for (const period of periods) {
    const sheet = Sheet.blank(period);
    const own = klines.filter(({ openTime }) => openTime >= sheet.range.from && openTime <= sheet.range.to);
    for (const kline of own) sheet.write(sheet.placeOf(kline.openTime), kline);
    sheet.mark(sheet.range, Mark.none);
    if (unknown > 0) sheet.mark({ from: unknown as UnixMs, to: unknown as UnixMs }, Mark.unknown);
    await packRecord(files, threads, { period, sheet, sources: [], faults: [] });
  }
}

const [BTC, PERP, BYBIT] = ["BTCUSDT", "BINANCE:ETHUSDT.P", "BYBIT:BTCUSDT"].map(parseSymbol) as [
  Symbol,
  Symbol,
  Symbol,
];
const JANUARY = Date.UTC(2026, 0, 1);
const FEBRUARY = Date.UTC(2026, 1, 1);

let made: Promise<PastUnderTest> | undefined;
pastKlinesContract("a folder of Parquet files", () => {
  made ??= (async () => {
    const root = join(work, "contract");
    // A month and two days, with holes; the second hole isn't known to be one.
    const months = [monthOf(JANUARY), dayOf(FEBRUARY), dayOf(FEBRUARY + 86_400_000)];
    const hole = JANUARY + 5_000 * MINUTE_MS;
    const btc = minuteKlines(JANUARY, 33 * 1_440, 1, (at) => (at > 300 && at < 320) || at === 5_000);
    await keep(root, BTC, months, btc, hole);
    const all = { from: JANUARY as UnixMs, to: minutesOf(months[2] as Period).to };
    const settled = without(all, [{ from: hole as UnixMs, to: hole as UnixMs }]);
    const day = [dayOf(FEBRUARY)];
    const eth = minuteKlines(FEBRUARY, 1_440, 2, () => false);
    await keep(root, PERP, day, eth);
    const unknown = { trades: Number.NaN, takerBuyVolume: Number.NaN, takerBuyQuoteVolume: Number.NaN };
    const bybit = eth.map((kline) => ({ ...kline, ...unknown }));
    await keep(root, BYBIT, day, bybit);
    const whole = [minutesOf(day[0] as Period)];
    return {
      past: new PastFiles(root),
      held: new Map([
        [BTC, { klines: btc, settled }],
        [PERP, { klines: eth, settled: whole }],
        [BYBIT, { klines: bybit, settled: whole }],
      ]),
    };
  })();
  return made;
});

test("a reader sees what another writer adds and replaces, and its files are what their hashes say", async () => {
  const root = join(work, "changing");
  const day = dayOf(FEBRUARY);
  const past = new PastFiles(root);
  const all = { from: FEBRUARY as UnixMs, to: (FEBRUARY + 86_400_000) as UnixMs };
  const rows = async (): Promise<number> => {
    let count = 0;
    for await (const { length } of past.read(BTC, all)) count += length;
    return count;
  };
  expect([await rows(), await past.symbols("binance")]).toEqual([0, []]);
  const klines = minuteKlines(FEBRUARY, 1_440, 1, () => false);
  for (const count of [60, 120, 1_440]) {
    await keep(root, BTC, [day], klines.slice(0, count));
    expect(await rows()).toBe(count);
  }
  const [file] = await past.files();
  const bytes = readFileSync(join(root, file?.path ?? ""));
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(file?.sha256 ?? "");
  expect(bytes.byteLength).toBe(file?.bytes ?? 0);
});

test("reads that go on while files are replaced bring each kline once, from one file or the other", async () => {
  const root = join(work, "replaced");
  const day = dayOf(FEBRUARY);
  const klines = minuteKlines(FEBRUARY, 1_440, 1, () => false);
  await keep(root, BTC, [day], klines);
  const past = new PastFiles(root);
  let isDone = false;
  const replacing = (async () => {
    for (let times = 0; times < 20; times += 1) await keep(root, BTC, [day], klines.slice(0, 1_440 - times));
    isDone = true;
  })();
  const lengths = new Set<number>();
  while (!isDone) {
    let count = 0;
    for await (const { length } of past.read(BTC, { from: 0 as UnixMs, to: 1e15 as UnixMs })) count += length;
    lengths.add(count);
  }
  await replacing;
  for (const length of lengths) expect(length).toBeWithin(1_421, 1_441);
  expect(lengths.size).toBeGreaterThan(1);
});
