import { afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";
import {
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock, SettableClock } from "../../../tests/helpers/clock.ts";
import { minuteKlines } from "../../../tests/helpers/truth.ts";
import { until } from "../../../tests/helpers/until.ts";
import { type Kline, type MarketEvent, type MarketSource, millis, parseSymbol, type UnixMs } from "../../core/mod.ts";
import { CheckpointKeeper, FolderLock, MarketStore } from "../mod.ts";
import { Generations } from "./generations.ts";

const START = Date.UTC(2026, 1, 10) as UnixMs;
const SYMBOL = parseSymbol("BTCUSDT");
const MINUTES = minuteKlines(START, 50, 5, () => false);
const SYMBOLS: MarketEvent = {
  type: "symbols",
  symbols: [{ symbol: SYMBOL, base: "BTC", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 5 }],
};

let folder = "";
let clock = new ManualClock();
let local = new SettableClock(clock);
let said: string[] = [];
let taken: CheckpointKeeper[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vyx-keeper-"));
  clock = new ManualClock();
  local = new SettableClock(clock);
  said = [];
});

afterEach(() => {
  for (const keeper of taken.splice(0)) keeper.release();
  rmSync(folder, { recursive: true, force: true });
});

/** One run of a server, as far as its memory goes. */
interface Run {
  readonly store: MarketStore;
  readonly keeper: CheckpointKeeper;
  hear(event: MarketEvent): void;
  /** Minutes of the market arrive from the stream. */
  minutes(from: number, end: number): void;
  /** A minute of local time passes; resolves when the checkpoint that is due was tried. */
  aMinute(): Promise<void>;
  /** The process ends without a word. */
  kill(): void;
}

function run({
  market = "exchange.test",
  source = "simulated",
}: {
  market?: string;
  source?: MarketSource | (() => MarketSource);
} = {}): Run {
  const store = new MarketStore({ intervals: ["1m", "5m"], capacity: 30 });
  const log = (message: string): void => {
    said.push(message);
  };
  const keeper = new CheckpointKeeper({
    folder,
    every: millis(60_000),
    market,
    store,
    source: typeof source === "function" ? source : () => source,
    clock: local,
    stopwatch: clock.stopwatch,
    log: { info: log, warn: log, error: log },
  });
  taken.push(keeper);
  keeper.restore();
  const ending = new AbortController();
  keeper.run(ending.signal);
  const hear = (event: MarketEvent): void => {
    keeper.hear(event);
    store.apply(event);
  };
  return {
    store,
    keeper,
    hear,
    minutes: (from, end) => {
      for (const kline of MINUTES.slice(from, end)) hear(closeOf(kline));
    },
    aMinute: async () => {
      const before = keeper.status();
      await clock.turn(60_000);
      await until(() => keeper.status() !== before && clock.sleepers > 0);
    },
    kill: () => {
      ending.abort();
      keeper.release();
      taken = taken.filter((other) => other !== keeper);
    },
  };
}

function closeOf(kline: Kline): MarketEvent {
  return { type: "kline", symbol: SYMBOL, interval: "1m", kline, eventTime: (kline.closeTime + 1) as UnixMs };
}

/** The newest minute that a store has, by its number. */
function lastMinute(store: MarketStore): number {
  return ((store.series(SYMBOL, "1m")?.last ?? Number.NaN) - START) / 60_000;
}

function files(kind: RegExp): string[] {
  return readdirSync(folder)
    .filter((name) => kind.test(name))
    .sort();
}

const SOUND = /\.vyx$/;
const ASIDE = /\.(damaged|outdated)-/;

/** A run that leaves two checkpoints behind: one of 10 minutes, one of 20. */
async function twoCheckpoints(): Promise<void> {
  const first = run();
  first.hear(SYMBOLS);
  first.minutes(0, 10);
  await first.aMinute();
  first.minutes(10, 20);
  await first.aMinute();
  first.kill();
  said = [];
}

describe("checkpoints on the disk", () => {
  test("are written every minute, two are kept, and a killed run's newest is where the next goes on", async () => {
    const first = run();
    first.hear(SYMBOLS);
    for (let minute = 0; minute < 4; minute += 1) {
      first.minutes(minute * 10, minute * 10 + 10);
      await first.aMinute();
    }
    expect(files(SOUND)).toEqual(["checkpoint-00000003.vyx", "checkpoint-00000004.vyx"]);
    const { lastWrittenAt, bytes, failures } = first.keeper.status();
    expect([lastWrittenAt, failures]).toEqual([clock.now(), 0]);
    expect(bytes).toBe(readFileSync(join(folder, "checkpoint-00000004.vyx")).byteLength);
    for (const step of [3_600_000, -7_200_000, 3_600_000]) {
      local.step(step);
      expect(first.keeper.status().lastWrittenAt).toBe(local.now());
    }
    first.minutes(40, 45);
    first.kill();
    const second = run();
    expect(lastMinute(second.store)).toBe(39);
    expect(second.keeper.status().lastWrittenAt).toBeDefined();
  });

  test("one more is written at the end, whatever the time", async () => {
    const first = run();
    first.hear(SYMBOLS);
    first.minutes(0, 7);
    const ending = new AbortController();
    first.keeper.run(ending.signal);
    ending.abort();
    await first.keeper.close();
    taken = [];
    expect(lastMinute(run().store)).toBe(6);
  });

  test("nothing is written before the feed has said anything", async () => {
    await twoCheckpoints();
    const second = run();
    await clock.turn(600_000);
    expect(files(SOUND)).toEqual(["checkpoint-00000001.vyx", "checkpoint-00000002.vyx"]);
    expect(lastMinute(second.store)).toBe(19);
  });

  test.each([
    ["cut", (path: string) => truncateSync(path, 700), "it breaks off in block"],
    ["emptied", (path: string) => truncateSync(path, 0), "it is empty"],
    ["overwritten", (path: string) => writeFileSync(path, "something else"), "it isn't a checkpoint of Vyx"],
  ])("the newest was %s: it is named, set aside, and the one before it serves", async (_what, damage, why) => {
    await twoCheckpoints();
    damage(join(folder, "checkpoint-00000002.vyx"));
    const second = run();
    expect(lastMinute(second.store)).toBe(9);
    expect(files(SOUND)).toEqual(["checkpoint-00000001.vyx"]);
    expect(files(ASIDE)).toEqual([expect.stringMatching(/^checkpoint-00000002\.vyx\.damaged-2026-02-10T/)]);
    expect(said[0]).toContain(`checkpoint-00000002.vyx isn't used: ${why}`);
    expect(said[0]).toContain(`set aside as ${files(ASIDE)[0]}`);
    expect(second.keeper.status().setAside).toBe(1);
    second.hear(SYMBOLS);
    await second.aMinute();
    expect(files(SOUND)).toEqual(["checkpoint-00000001.vyx", "checkpoint-00000003.vyx"]);
  });

  test("with every file damaged a run begins empty, and of the files set aside four are kept", async () => {
    for (let round = 0; round < 3; round += 1) {
      await twoCheckpoints();
      for (const name of files(SOUND)) truncateSync(join(folder, name), 100);
      const second = run();
      expect(second.store.symbols()).toEqual([]);
      expect(said.at(-1)).toContain("all history is read from the exchange");
      second.kill();
    }
    expect(files(SOUND)).toEqual([]);
    expect(files(ASIDE).map((name) => name.slice(0, 23))).toEqual(
      [3, 4, 5, 6].map((number) => `checkpoint-0000000${number}.vyx`),
    );
  });

  test("what a killed writing left behind is never read, and goes", async () => {
    await twoCheckpoints();
    const newest = readFileSync(join(folder, "checkpoint-00000002.vyx"));
    writeFileSync(join(folder, "checkpoint-00000003.vyx.unfinished"), newest.subarray(0, 900));
    const second = run();
    expect(lastMinute(second.store)).toBe(19);
    expect(files(/unfinished/)).toEqual([]);
    expect(said[0]).toBe("checkpoint: checkpoint-00000003.vyx.unfinished was never finished, and is gone");
  });

  test("a writing that fails is told and counted, leaves nothing half done, and the next one works again", async () => {
    const first = run();
    first.hear(SYMBOLS);
    first.minutes(0, 10);
    await first.aMinute();
    // A file where the folder should be: root may write anywhere, but not into that.
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "");
    await first.aMinute();
    expect(first.keeper.status()).toMatchObject({
      failures: 1,
      fault: "the data folder was moved or replaced, and can't be had any more: see the log",
    });
    expect(said.at(-1)).toStartWith(`checkpoint: not written to ${folder}, the one before stays: `);
    rmSync(folder);
    await first.aMinute();
    expect(first.keeper.status()).toMatchObject({
      failures: 1,
      fault: undefined,
      lastWrittenAt: clock.now(),
    });
    expect(readdirSync(folder).toSorted()).toEqual(["checkpoint-00000001.vyx", "lock", "lock-owner"]);
  });
});

describe("a checkpoint of another market", () => {
  test("by its address is left alone, neither counted nor removed, and going back resumes from it", async () => {
    await twoCheckpoints();
    const second = run({ market: "data-api.binance.vision", source: "binance" });
    expect(second.store.symbols()).toEqual([]);
    expect(said[0]).toBe(
      "checkpoint: 2 files of another market, exchange.test, left alone: this server follows data-api.binance.vision",
    );
    second.hear(SYMBOLS);
    for (let written = 0; written < 3; written += 1) await second.aMinute();
    expect(second.keeper.status()).toMatchObject({ failures: 0, setAside: 0 });
    expect(files(/^checkpoint-/)).toEqual([1, 2, 4, 5].map((number) => `checkpoint-0000000${number}.vyx`));
    second.kill();
    const third = run();
    expect(lastMinute(third.store)).toBe(19);
    third.hear(SYMBOLS);
    third.minutes(20, 21);
    for (let written = 0; written < 2; written += 1) await third.aMinute();
    expect(files(/^checkpoint-/)).toEqual([4, 5, 6, 7].map((number) => `checkpoint-0000000${number}.vyx`));
  });

  test("is told from this market's by its file, also under a name that another file had before", async () => {
    await twoCheckpoints();
    const [ours, theirs] = ["exchange.test", "data-api.binance.vision"].map(
      (market) => new Generations(folder, market),
    );
    const [older = "", newest = ""] = files(SOUND);
    expect([ours?.names(), theirs?.names()]).toEqual([[newest, older], []]);
    for (const name of [older, newest]) renameSync(join(folder, name), join(folder, `away-${name}`));
    expect([ours?.names(), theirs?.names()]).toEqual([[], []]);
    const second = run({ market: "data-api.binance.vision" });
    second.hear(SYMBOLS);
    await second.aMinute();
    expect(files(/^checkpoint-/)).toEqual([older]);
    expect([ours?.names(), ours?.others(), theirs?.names()]).toEqual([
      [],
      new Map([["data-api.binance.vision", 1]]),
      [older],
    ]);
  });

  test("by its source, once the exchange tells it, is forgotten", async () => {
    await twoCheckpoints();
    const second = run({ source: "recorded" });
    expect(lastMinute(second.store)).toBe(19);
    second.hear(SYMBOLS);
    expect(second.store.series(SYMBOL, "1m")?.ring.length).toBe(0);
    expect(said.at(-1)).toContain("its market is simulated, and the exchange at exchange.test is recorded now");
    expect(files(/\.outdated-/)).toHaveLength(2);
  });

  test("by its source is forgotten also where the exchange tells that only after its symbols", async () => {
    await twoCheckpoints();
    let source: MarketSource = "simulated";
    const second = run({ source: () => source });
    second.hear(SYMBOLS);
    expect(lastMinute(second.store)).toBe(19);
    source = "binance";
    second.minutes(20, 21);
    expect(second.store.series(SYMBOL, "1m")?.ring.length).toBe(1);
    expect(said.at(-1)).toContain("its market is simulated, and the exchange at exchange.test is binance now");
    expect(files(/\.outdated-/)).toHaveLength(2);
  });

  test("by a clock that is behind it is forgotten, too; the same market isn't", async () => {
    await twoCheckpoints();
    const second = run();
    second.hear(SYMBOLS);
    second.minutes(20, 21);
    expect(lastMinute(second.store)).toBe(20);
    expect(second.store.series(SYMBOL, "1m")?.ring.length).toBe(21);
    second.kill();
    const third = run();
    third.hear(SYMBOLS);
    third.minutes(3, 4);
    expect(third.store.series(SYMBOL, "1m")?.ring.length).toBe(1);
    expect(third.store.marketTime).toBe((START + 4 * 60_000) as UnixMs);
    expect(said.at(-1)).toContain("says 2026-02-10T00:04:00.000Z");
  });
});

describe("a folder", () => {
  test("serves one run at a time, and says which", () => {
    const first = run();
    expect(() => run()).toThrow(`${folder} is in use by another server (process ${process.pid})`);
    first.kill();
    run();
  });

  test("of a process that was killed is free at once", async () => {
    const script = `import { FolderLock } from "${join(import.meta.dir, "folder-lock.ts")}";
      FolderLock.take(${JSON.stringify(folder)}); Bun.gc(true); console.log("taken"); setInterval(() => Bun.gc(true), 10);`;
    const other = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
    await other.stdout.getReader().read();
    // Nobody there refers to the lock any more, and it holds all the same.
    expect(() => run()).toThrow(`is in use by another server (process ${other.pid})`);
    other.kill("SIGKILL");
    await other.exited;
    run();
  });

  test("that can't be written is named with what would be right", () => {
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "");
    expect(() => run()).toThrow(`--data-dir: ${folder} can't be written: `);
    rmSync(folder);
  });

  test("that is missing is made", () => {
    rmSync(folder, { recursive: true });
    run();
    expect(readdirSync(folder)).toContain("lock");
  });
});

/** A small file system of its own, where this user may make one: what a full disk is like. */
const MAY_MOUNT = process.platform === "linux" && process.getuid?.() === 0 && Bun.which("mount") !== null;

function mount(path: string, ...options: string[]): boolean {
  return Bun.spawnSync(["mount", "-t", "tmpfs", "-o", options.join(","), "tmpfs", path]).exitCode === 0;
}

function fill(path: string): void {
  const file = openSync(path, "w");
  try {
    for (;;) writeSync(file, new Uint8Array(4_096));
  } catch {
    closeSync(file);
  }
}

describe("a data folder that was moved or replaced", () => {
  test("is noticed at the next writing: what stands in its place is another server's, and isn't written to", async () => {
    const first = run();
    first.hear(SYMBOLS);
    first.minutes(0, 10);
    await first.aMinute();
    renameSync(folder, `${folder}.moved`);
    const other = FolderLock.take(folder);
    first.minutes(10, 20);
    await first.aMinute();
    expect(files(SOUND)).toEqual([]);
    expect(readdirSync(`${folder}.moved`).filter((name) => SOUND.test(name))).toEqual(["checkpoint-00000001.vyx"]);
    expect(first.keeper.status().fault).toStartWith("the data folder was moved or replaced");
    expect(said.at(-1)).toContain(`${folder} is in use by another server`);
    // The other one's word isn't taken away by a server that only thinks that it has the folder.
    first.kill();
    expect(readdirSync(folder)).toContain("lock-owner");
    other.release();
    rmSync(`${folder}.moved`, { recursive: true });
  });

  test("costs no market: what turns out to be of another one is forgotten all the same", async () => {
    await twoCheckpoints();
    const second = run({ source: "recorded" });
    rmSync(folder, { recursive: true });
    second.hear(SYMBOLS);
    expect(second.store.series(SYMBOL, "1m")?.last).toBeUndefined();
    expect(said.at(-1)).toEndWith(`no file is set aside: ${folder} was moved or cleared away`);
    second.minutes(0, 3);
    expect(lastMinute(second.store)).toBe(2);
  });

  test("keeps the files of the server that has it now, also where what was restored turns out to be of another market", async () => {
    await twoCheckpoints();
    const second = run({ source: "recorded" });
    renameSync(folder, `${folder}.moved`);
    cpSync(`${folder}.moved`, folder, { recursive: true });
    const before = files(SOUND);
    second.hear(SYMBOLS);
    expect([files(SOUND), files(ASIDE), second.keeper.status().setAside]).toEqual([before, [], 0]);
    expect(before).toHaveLength(2);
    expect(said.at(-1)).toEndWith(`no file is set aside: another folder stands in the place of ${folder}`);
    expect(second.store.series(SYMBOL, "1m")?.last).toBeUndefined();
    rmSync(`${folder}.moved`, { recursive: true });
  });

  test("is taken anew where nobody has it", async () => {
    const first = run();
    first.hear(SYMBOLS);
    first.minutes(0, 10);
    rmSync(folder, { recursive: true });
    await first.aMinute();
    expect(first.keeper.status()).toMatchObject({ failures: 0, fault: undefined });
    expect(said.at(-1)).toBe(`checkpoint: ${folder} was moved or cleared away; it is taken anew`);
    expect(() => run()).toThrow("is in use by another server");
    first.kill();
    expect(lastMinute(run().store)).toBe(9);
  });
});

describe.skipIf(!MAY_MOUNT)("a full disk", () => {
  test("is survived at a start and while running, and a checkpoint is written when there is space again", async () => {
    if (!mount(folder, "size=256k")) return;
    try {
      await twoCheckpoints();
      fill(join(folder, "filler"));
      // The lock's owner is a hint that isn't worth a start.
      rmSync(join(folder, "lock-owner"), { force: true });
      fill(join(folder, "filler-2"));
      const second = run();
      expect(lastMinute(second.store)).toBe(19);
      second.hear(SYMBOLS);
      second.minutes(20, 30);
      await second.aMinute();
      expect(second.keeper.status()).toMatchObject({ failures: 1, fault: "the disk is full" });
      expect(files(/unfinished/)).toEqual([]);
      for (const name of files(/filler/)) rmSync(join(folder, name));
      await second.aMinute();
      expect(second.keeper.status()).toMatchObject({ failures: 1, fault: undefined });
      second.kill();
      expect(lastMinute(run().store)).toBe(29);
    } finally {
      for (const keeper of taken.splice(0)) keeper.release();
      Bun.spawnSync(["umount", folder]);
    }
  });

  test("that has no space for the folder itself: the server begins without, and takes it when there is", async () => {
    const outside = folder;
    if (!mount(outside, "size=64k", "nr_inodes=3")) return;
    try {
      for (const name of ["a", "b"]) writeFileSync(join(outside, name), "");
      folder = join(outside, "data");
      const first = run();
      expect(first.keeper.status()).toMatchObject({ failures: 1, fault: "the disk is full" });
      first.hear(SYMBOLS);
      first.minutes(0, 5);
      Bun.spawnSync(["mount", "-o", "remount,nr_inodes=100", outside]);
      await first.aMinute();
      expect(first.keeper.status().fault).toBeUndefined();
      first.kill();
      expect(lastMinute(run().store)).toBe(4);
    } finally {
      for (const keeper of taken.splice(0)) keeper.release();
      folder = outside;
      Bun.spawnSync(["umount", outside]);
    }
  });
});

describe("what stands in a data folder in place of a file", () => {
  const NEWEST = "checkpoint-00000002.vyx";

  test.each([
    ["a pipe", (path: string) => Bun.spawnSync(["mkfifo", path])],
    ["a folder", (path: string) => mkdirSync(path)],
    ["a link", (path: string) => symlinkSync("/etc/passwd", path)],
  ])(
    "%s with a checkpoint's name is no damage: it is named and left, and the one before serves",
    async (what, make) => {
      await twoCheckpoints();
      rmSync(join(folder, NEWEST));
      make(join(folder, NEWEST));
      const second = run();
      expect(lastMinute(second.store)).toBe(9);
      expect(said[0]).toBe(`checkpoint: ${NEWEST} is ${what}, no file: it isn't read, and left alone`);
      expect([files(ASIDE), second.keeper.status().setAside]).toEqual([[], 0]);
      second.hear(SYMBOLS);
      second.minutes(10, 15);
      await second.aMinute();
      expect(second.keeper.status().fault).toBeUndefined();
      expect(files(SOUND)).toEqual(["checkpoint-00000001.vyx", NEWEST, "checkpoint-00000003.vyx"]);
    },
  );

  test("a checkpoint that this user may not read is named, and stays", async () => {
    await twoCheckpoints();
    const unreadable = Object.assign(new Error(`EACCES: permission denied, open '${NEWEST}'`), { code: "EACCES" });
    const reading = spyOn(Generations.prototype, "read").mockImplementationOnce(() => {
      throw unreadable;
    });
    const second = run();
    reading.mockRestore();
    expect(lastMinute(second.store)).toBe(9);
    expect(said[0]).toBe(`checkpoint: ${NEWEST} can't be read, and stays where it is: ${unreadable.message}`);
    expect([files(SOUND).length, files(ASIDE)]).toEqual([2, []]);
  });

  test("a link in place of the owner's word is replaced, not followed; one in place of the lock is refused", () => {
    const victim = join(folder, "victim");
    writeFileSync(victim, "precious");
    symlinkSync(victim, join(folder, "lock-owner"));
    const first = run();
    expect(readFileSync(victim, "utf8")).toBe("precious");
    expect(() => run()).toThrow(`(process ${process.pid})`);
    first.kill();
    rmSync(join(folder, "lock"));
    symlinkSync(victim, join(folder, "lock"));
    expect(() => run()).toThrow("is not a server's lock");
    expect(readFileSync(victim, "utf8")).toBe("precious");
  });

  test("a pipe in place of the owner's word holds up nobody", async () => {
    const first = run();
    rmSync(join(folder, "lock-owner"));
    Bun.spawnSync(["mkfifo", join(folder, "lock-owner")]);
    expect(() => run()).toThrow("which didn't say its process");
    first.kill();
    Bun.spawnSync(["mkfifo", join(folder, "lock-owner")]);
    run();
  });
});
