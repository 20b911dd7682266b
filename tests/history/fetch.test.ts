import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync, zipSync } from "fflate";
import { type Kline, type OpenTimeRange, PAST_BLOCK_ROWS, parseSymbol, type UnixMs } from "../../src/core/mod.ts";
import { writeDumps } from "../../src/exchange/mod.ts";
import {
  DumpFolder,
  type DumpSource,
  type FetchReport,
  fetchHistory,
  historyStatus,
  monthsBetween,
  PastFiles,
  type PastRest,
  pruneHistory,
  verifyHistory,
  WorkThreads,
} from "../../src/history/mod.ts";
import { FolderLock } from "../../src/store/mod.ts";
import { runVyx } from "../helpers/vyx-command.ts";
import { klinesIn } from "./mirror.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
const [FROM, TO] = [Date.UTC(2024, 10, 1), Date.UTC(2025, 0, 6)];
const BTC = parseSymbol("BTCUSDT");
const PERP = parseSymbol("BINANCE:ETHUSDT.P");
const MONTHLY = "data/spot/monthly/klines/BTCUSDT/1m/BTCUSDT-1m-2024-11.zip";

const work = mkdtempSync(join(tmpdir(), "vyx-history-"));
const mirrorFolder = join(work, "mirror");
const mirror = { folder: mirrorFolder, symbols: ["BTCUSDT"], from: FROM, to: TO, seed: 3 };
let threads: WorkThreads;
let folders = 0;

beforeAll(() => {
  threads = new WorkThreads(1);
  const made = { out: mirrorFolder, from: FROM as UnixMs, to: TO as UnixMs, seed: 3, faultShare: 0 };
  writeDumps({ ...made, as: "binance-usdm", symbols: ["ETHUSDT"] });
  writeDumps({ ...made, as: "binance", symbols: ["BTCUSDT"] });
});
afterAll(() => {
  threads.stop();
  rmSync(work, { recursive: true });
});

/** A copy of the mirror that a test may spoil, and a folder for its history. */
function place(): { dumps: string; root: string } {
  folders += 1;
  const [dumps, root] = [join(work, `dumps${folders}`), join(work, `history${folders}`)];
  cpSync(mirrorFolder, dumps, { recursive: true });
  return { dumps, root };
}

async function fetch(
  { dumps, root, source }: { dumps: string; root: string; source?: DumpSource },
  { rest, symbol = BTC, until = TO }: { rest?: PastRest; symbol?: typeof BTC; until?: number } = {},
): Promise<FetchReport> {
  return await fetchHistory({
    root,
    source: source ?? new DumpFolder(dumps),
    rest,
    threads,
    threadCount: 1,
    symbols: [symbol],
    months: monthsBetween(FROM, until - MINUTE),
    until: (until - MINUTE) as UnixMs,
    stopwatch: () => 0,
    signal: new AbortController().signal,
    onProgress: () => {},
    warn: () => {},
  });
}

async function openTimes(root: string, range: OpenTimeRange, symbol = BTC): Promise<number[]> {
  const times: number[] = [];
  for await (const { columns } of new PastFiles(root).read(symbol, range)) times.push(...columns.openTime);
  return times;
}

/** REST that has the whole market, and counts what it is asked. */
function wholeRest(): PastRest & { readonly asked: OpenTimeRange[] } {
  const asked: OpenTimeRange[] = [];
  return {
    name: "REST",
    asked,
    async *klines(_symbol, range) {
      asked.push(range);
      const klines: Kline[] = [...klinesIn({ ...mirror, to: TO + DAY }, "BTCUSDT", range.from, range.to)];
      yield { ...range, klines };
    },
  };
}

const all = { from: FROM as UnixMs, to: (TO - MINUTE) as UnixMs };

describe("a fetch", () => {
  test("takes months as a whole, and a month that isn't over from its days", async () => {
    const at = place();
    const report = await fetch(at);
    expect(report).toMatchObject({
      fetched: 3,
      absent: 0,
      verdicts: { whole: 2, holes: 0, incomplete: 1 },
      faults: [],
    });
    const past = new PastFiles(at.root);
    expect(await past.symbols("binance")).toEqual([{ symbol: BTC, span: all }]);
    expect(await past.settled(BTC, { from: 0 as UnixMs, to: (TO + DAY) as UnixMs })).toEqual([all]);
    expect((await openTimes(at.root, all)).length).toBe((TO - FROM) / MINUTE);
    expect(await fetch(at)).toMatchObject({ fetched: 0, current: 3, rows: 0 });
  });

  test("takes all symbols of a mirror, also where it has only days of a month that isn't over", async () => {
    const [dumps, root] = [join(work, "days"), join(work, "of-days")];
    const days = { from: Date.UTC(2025, 0, 2) as UnixMs, to: Date.UTC(2025, 0, 4) as UnixMs };
    writeDumps({ out: dumps, ...days, as: "binance", symbols: ["BTCUSDT"], seed: 3, faultShare: 0 });
    expect(await new DumpFolder(dumps).symbols()).toEqual([BTC]);
    expect(await new DumpFolder(mirrorFolder).symbols()).toEqual([BTC, PERP]);
    const range = ["--since", "2025-01-02", "--until", "2025-01-04"];
    const { code, out, err } = await runVyx([
      "history",
      "fetch",
      "--history",
      root,
      "--from",
      dumps,
      "--symbols",
      "*",
      ...range,
    ]);
    expect([code, out, code === 0 ? "" : err]).toEqual([0, expect.stringContaining("2,880 klines in all"), ""]);
  });

  test("reads futures' dumps, with their header, into a folder of their own", async () => {
    const at = place();
    expect(await fetch(at, { symbol: PERP })).toMatchObject({ fetched: 3, faults: [] });
    expect((await openTimes(at.root, all, PERP)).length).toBe((TO - FROM) / MINUTE);
    expect((await new PastFiles(at.root).files()).map(({ path }) => path)).toEqual([
      "market=binance-usdm/interval=1m/symbol=BINANCE%3AETHUSDT.P/2024-11.parquet",
      "market=binance-usdm/interval=1m/symbol=BINANCE%3AETHUSDT.P/2024-12.parquet",
      "market=binance-usdm/interval=1m/symbol=BINANCE%3AETHUSDT.P/2025-01.parquet",
    ]);
  });

  test("asks REST for the days that no dump has yet, and only for those", async () => {
    const at = place();
    const rest = wholeRest();
    await fetch(at, { rest, until: TO + 600 * MINUTE });
    expect(rest.asked as unknown[]).toEqual([{ from: TO, to: TO + 599 * MINUTE }]);
    expect((await openTimes(at.root, { ...all, to: (TO + DAY) as UnixMs })).length).toBe((TO - FROM) / MINUTE + 600);
    await fetch(at, { rest, until: TO + 700 * MINUTE });
    expect(rest.asked[1] as unknown).toEqual({ from: TO + 600 * MINUTE, to: TO + 699 * MINUTE });
  });

  test("a month that was published again is taken again, and named", async () => {
    const at = place();
    await fetch(at);
    // The exchange publishes November again, with other figures.
    const again = {
      out: join(work, `again${folders}`),
      from: FROM as UnixMs,
      to: Date.UTC(2024, 11, 1) as UnixMs,
      seed: 4,
      faultShare: 0,
    };
    writeDumps({ ...again, as: "binance", symbols: ["BTCUSDT"] });
    cpSync(join(again.out, "data"), join(at.dumps, "data"), { recursive: true });
    const { fetched, current, faults } = await fetch(at);
    expect([fetched, current]).toEqual([1, 2]);
    expect(faults).toMatchObject([
      { kind: "reissued", file: MONTHLY, what: expect.stringContaining("43200 minutes differ") },
    ]);
    const [file] = await new PastFiles(at.root).files();
    expect(file?.rows).toBe(43_200);
  });

  test("asks for few days of a month that has no dumps at all, and for all where one has", async () => {
    const at = place();
    const counted = new DumpFolder(at.dumps);
    const asked: string[] = [];
    const source = {
      name: "counted",
      symbols: () => counted.symbols(),
      get: (path: string) => {
        asked.push(path);
        return counted.get(path);
      },
    };
    await fetch({ ...at, source }, { symbol: parseSymbol("NOPEUSDT") });
    // Of each month: the monthly dump and three days, or of the last month, of which five days are over, all of them: checksum and archive.
    expect(asked.length).toBe(2 * (1 + 3 + 1 + 3 + 3));
    asked.length = 0;
    await fetch({ ...at, source });
    expect(asked.filter((path) => path.endsWith(".zip")).length).toBe(2 + 5);
  });

  test("a month that a server recorded keeps what the dump lacks; a damaged file is read from its dump again", async () => {
    const at = place();
    const spoilt = {
      out: join(work, `spoilt${folders}`),
      from: FROM as UnixMs,
      to: Date.UTC(2024, 11, 1) as UnixMs,
      seed: 3,
    };
    writeDumps({ ...spoilt, as: "binance", symbols: ["BTCUSDT"], faultShare: 0 });
    rmSync(join(at.dumps, MONTHLY));
    rmSync(join(at.dumps, `${MONTHLY}.CHECKSUM`));
    await fetch(at, { rest: wholeRest() });
    const [before] = (await historyStatus(at.root)).symbols;
    expect(before?.records[0]?.sources.map(({ kind }) => kind)).toEqual(["rest"]);
    // The dump that comes later lacks a day.
    const zip = unzipSync(readFileSync(join(spoilt.out, MONTHLY)));
    const [name, table] = Object.entries(zip)[0] ?? ["", new Uint8Array()];
    const lines = new TextDecoder().decode(table).split("\n").toSpliced(1_440, 1_440);
    writeFileSync(join(at.dumps, MONTHLY), zipSync({ [name]: new TextEncoder().encode(lines.join("\n")) }));
    expect(await fetch(at)).toMatchObject({ fetched: 1, verdicts: { whole: 1 } });
    expect((await openTimes(at.root, all)).length).toBe((TO - FROM) / MINUTE);
    const [after] = (await historyStatus(at.root)).symbols;
    expect(after?.records[0]?.sources.map(({ kind }) => kind)).toEqual(["monthly", "rest"]);
    const path = join(at.root, (await new PastFiles(at.root).files())[1]?.path ?? "");
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(1));
    expect(await fetch(at)).toMatchObject({ fetched: 1, current: 2 });
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  test("where nothing has a minute, it isn't settled; REST settles it", async () => {
    const at = place();
    rmSync(join(at.dumps, MONTHLY));
    rmSync(join(at.dumps, `${MONTHLY}.CHECKSUM`));
    const { absent, verdicts } = await fetch(at);
    expect([absent, verdicts.whole]).toEqual([1, 1]);
    const none: PastRest = {
      name: "REST",
      async *klines(_symbol, range) {
        yield { ...range, klines: [...klinesIn(mirror, "BTCUSDT", FROM + 10 * DAY, range.to)] };
      },
    };
    await fetch(at, { rest: none });
    const [status] = (await historyStatus(at.root)).symbols;
    expect(status?.records[0]).toMatchObject({ verdict: "holes", first: FROM + 10 * DAY, faults: [] });
    expect(await new PastFiles(at.root).settled(BTC, all)).toEqual([all]);
  });
});

describe("what is kept", () => {
  test("each flipped bit is found, and a fetch after --drop makes the file again", async () => {
    const at = place();
    await fetch(at);
    const [first] = await new PastFiles(at.root).files();
    const path = join(at.root, first?.path ?? "");
    const bytes = readFileSync(path);
    expect((await runVyx(["history", "verify"], { environment: { VYX_HISTORY: at.root } })).code).toBe(0);
    for (const place of [0, 1_000, bytes.byteLength >> 1, bytes.byteLength - 1]) {
      writeFileSync(path, bytes.with(place, (bytes[place] ?? 0) ^ 1));
      expect((await verifyHistory(at.root)).damages.map(({ what }) => what.slice(0, 32))).toEqual([
        "has other bytes than were written".slice(0, 32),
      ]);
    }
    const { code, out } = await runVyx(["history", "verify", "--history", at.root, "--drop"]);
    expect([code, out.split("\n")[0]]).toEqual([1, expect.stringContaining("2024-11.parquet: has other bytes")]);
    expect(await fetch(at)).toMatchObject({ fetched: 1, current: 2 });
    expect(readFileSync(path).equals(bytes)).toBe(true);
    const manifest = path.replace(/[^/]+$/, "manifest.json");
    writeFileSync(manifest, readFileSync(manifest, "utf8").replace('"rows": 43200', '"rows": 43201'));
    expect((await verifyHistory(at.root)).damages[0]?.what).toContain("doesn't match its checksum");
    expect(await new PastFiles(at.root).symbols("binance")).toEqual([]);
    await expect(openTimes(at.root, all)).rejects.toThrow("doesn't match its checksum");
    expect(await fetch(at)).toMatchObject({ fetched: 3 });
    expect((await verifyHistory(at.root)).damages).toEqual([]);
  });

  test("is pruned by age and by number, while a reader reads on", async () => {
    const at = place();
    await fetch(at);
    const reading = new PastFiles(at.root).read(BTC, all)[Symbol.asyncIterator]();
    let rows = (await reading.next()).value?.length ?? 0;
    // Both bounds protect.
    const both = { olderThan: Date.UTC(2030, 0, 1), keepMonths: 9 };
    expect(await pruneHistory(at.root, both)).toMatchObject({ files: 0 });
    expect(await pruneHistory(at.root, { olderThan: Date.UTC(2024, 11, 1), keepMonths: 1 })).toMatchObject({
      files: 1,
    });
    expect((await runVyx(["history", "prune", "--history", at.root, "--keep", "1"])).out).toMatch(/^pruned: 1 file,/);
    for (let next = await reading.next(); next.done !== true; next = await reading.next()) rows += next.value.length;
    expect(rows).toBe((TO - FROM) / MINUTE);
    expect((await openTimes(at.root, all))[0]).toBe(Date.UTC(2025, 0, 1));
    expect((await verifyHistory(at.root)).damages).toEqual([]);
    const { code, err } = await runVyx(["history", "prune", "--history", at.root]);
    expect([code, err]).toEqual([1, "vyx: nothing says what is to go: expected --older-than, --keep, or both\n"]);
  });

  test("of a symbol whose list is damaged is said to be, and hides no other", async () => {
    const at = place();
    await fetch(at);
    await fetch(at, { symbol: PERP });
    const manifest = join(at.root, "market=binance/interval=1m/symbol=BTCUSDT/manifest.json");
    writeFileSync(manifest, readFileSync(manifest, "utf8").replace("BTCUSDT", "BTCUSDX"));
    const { code, out, err } = await runVyx(["history", "status", "--history", at.root]);
    expect(code).toBe(1);
    expect(out).toMatch(/^BINANCE:ETHUSDT\.P .* whole\n1 symbol, /);
    expect(err).toMatch(/manifest\.json is damaged.*: vyx history verify --drop takes it out/);
  });

  test("is read in any range, to the minute, and a stop ends the read", async () => {
    const at = place();
    await fetch(at);
    const [from, to] = [Date.UTC(2024, 10, 30, 23, 58) as UnixMs, Date.UTC(2024, 11, 1, 0, 1) as UnixMs];
    expect(await openTimes(at.root, { from, to })).toEqual([from, from + MINUTE, from + 2 * MINUTE, to]);
    expect(await openTimes(at.root, { from: to, to: from })).toEqual([]);
    expect(await openTimes(at.root, { from, to }, parseSymbol("NOPEUSDT"))).toEqual([]);
    const stop = new AbortController();
    let blocks = 0;
    for await (const { length } of new PastFiles(at.root).read(BTC, all, stop.signal)) {
      blocks += 1;
      expect(length).toBeLessThanOrEqual(PAST_BLOCK_ROWS);
      stop.abort();
    }
    expect(blocks).toBe(1);
  });

  test("has one writer at a time, and a command waits for a server that appends", async () => {
    const at = place();
    await fetch(at);
    const lock = FolderLock.take(at.root, "--history");
    expect(() => FolderLock.take(at.root, "--history")).toThrow(/^--history: .+ is in use by another server/);
    const pruning = runVyx(["history", "prune", "--history", at.root, "--keep", "1"]);
    await Bun.sleep(100);
    expect((await new PastFiles(at.root).files()).length).toBe(3);
    lock.release();
    expect(await pruning).toMatchObject({ code: 0, out: expect.stringMatching(/^pruned: 2 files,/) });
  });
});
