import { afterEach, beforeEach, expect, test } from "bun:test";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { ManualClock } from "../../../../tests/helpers/clock.ts";
import { until } from "../../../../tests/helpers/until.ts";
import { KeptFile, WRITTEN_WITHIN_MS } from "./kept-file.ts";
import { KeptTexts, MAX_ALL_TEXTS } from "./kept-texts.ts";

let folder: string;
let path: string;
let clock: ManualClock;
let warnings: string[];
let files: KeptFile[];

beforeEach(() => {
  files = [];
  folder = mkdtempSync(join(tmpdir(), "vyx-kept-"));
  path = join(folder, "data", "last-processed.jsonl");
  clock = new ManualClock();
  warnings = [];
});
afterEach(() => {
  for (const file of files) file.release();
  rmSync(folder, { recursive: true });
});

function opened(at = path): { texts: KeptTexts; file: KeptFile } {
  const texts = new KeptTexts();
  const file = new KeptFile(texts, { path: at, clock, warn: (message) => warnings.push(message) });
  files.push(file);
  return { texts, file };
}

/** What a server reads that is started now, while the other one may still run or was killed. Its warnings go to `warned`. */
function found(warned: string[] = []): string[] {
  const texts = new KeptTexts();
  new KeptFile(texts, { path, clock, warn: (message) => warned.push(message) }).release();
  return [...texts.all()].map((one) => one.join(" ")).sort();
}

test("what was written is there again, of each caller, half a second later: without a stop", async () => {
  const { texts, file } = opened();
  texts.set("key:a", "lastProcessed:BTCUSDT:1m", "1");
  texts.set("key:b", "lastProcessed:BTCUSDT:1m", "2");
  // Its wait begins when the writing before has ended.
  const passed = async (isThere: () => boolean): Promise<void> =>
    await until(async () => {
      await clock.turn(WRITTEN_WITHIN_MS);
      return isThere();
    });
  await passed(() => existsSync(path) && found().length === 2);
  expect(found()).toEqual(["key:a lastProcessed:BTCUSDT:1m 1", "key:b lastProcessed:BTCUSDT:1m 2"]);
  texts.set("key:a", "lastProcessed:BTCUSDT:1m", 'ü"\n\ud800');
  texts.delete("key:b", "lastProcessed:BTCUSDT:1m");
  await passed(() => found().length === 1);
  file.release();
  expect(opened().texts.get("key:a", "lastProcessed:BTCUSDT:1m")).toBe('ü"\n\ud800');
  expect(warnings).toEqual([]);
  if (process.platform !== "win32") expect(statSync(path).mode & 0o077).toBe(0);
});

test("a stop writes at once, and nothing is written where nothing changed", async () => {
  const { texts, file } = opened();
  texts.set("local", "k", "1");
  await file.close();
  expect(found()).toEqual(["local k 1"]);
  const before = readFileSync(path, "utf8");
  await opened().file.close();
  expect(readFileSync(path, "utf8")).toBe(before);
});

test("half a line at the end, as a power cut leaves it, costs that line alone", async () => {
  const { texts, file } = opened();
  texts.set("local", "k", "1");
  await file.close();
  appendFileSync(path, '["local","other","2');
  expect(found()).toEqual(["local k 1"]);
  const again = opened();
  again.texts.set("local", "third", "3");
  await again.file.close();
  expect(found()).toEqual(["local k 1", "local third 3"]);
  expect(warnings).toEqual([]);
});

test("damaged lines are left out and said", () => {
  opened().file.release();
  const lines = ['["local"]', "[1,2,3]", "null", JSON.stringify(["a", "b", "x".repeat(300)]), '["local","k","1"]', ""];
  writeFileSync(path, `{"vyx":"lastProcessed","version":1}\n${lines.join("\n")}`);
  const warned: string[] = [];
  expect(found(warned)).toEqual(["local k 1"]);
  expect(warned).toEqual([expect.stringMatching(/4 of 5 lines are damaged/)]);
});

test("a file of somebody else is set aside, and said", async () => {
  opened().file.release();
  writeFileSync(path, "a diary\n");
  const { texts, file } = opened();
  expect(warnings.join()).toMatch(/isn't a file of lastProcessed, version 1; it is set aside/);
  texts.set("local", "k", "1");
  await file.close();
  expect(found()).toEqual(["local k 1"]);
  expect(readFileSync(`${path}.damaged`, "utf8")).toBe("a diary\n");
});

test("of two servers with one file the later one keeps its texts in memory, says so, and writes nothing", async () => {
  const [first, second] = [opened(), opened()];
  expect(warnings).toEqual([expect.stringMatching(/last-processed.jsonl isn't written.* in use by another server/)]);
  expect([first.file.fault, second.file.fault]).toEqual([undefined, expect.stringContaining("another server")]);
  first.texts.set("local", "first", "1");
  second.texts.set("local", "second", "2");
  await clock.turn(WRITTEN_WITHIN_MS);
  await until(() => found().length > 0);
  expect(found()).toEqual(["local first 1"]);
  await second.file.close();
  expect(second.texts.get("local", "second")).toBe("2");
  first.texts.set("local", "first", "3");
  await first.file.close();
  expect(found()).toEqual(["local first 3"]);
  expect(warnings).toHaveLength(1);
  // Whoever starts next has the file.
  const third = opened();
  third.texts.set("local", "third", "3");
  await third.file.close();
  expect([third.file.fault, found()]).toEqual([undefined, ["local first 3", "local third 3"]]);
});

test("the later one of two servers leaves a file alone that it can't read", () => {
  opened();
  writeFileSync(path, "a diary\n");
  expect(found()).toEqual([]);
  expect(readFileSync(path, "utf8")).toBe("a diary\n");
});

test("in a data folder that was cleared away, the file is written anew and whole", async () => {
  const { texts, file } = opened();
  texts.set("local", "k", "1");
  await clock.turn(WRITTEN_WITHIN_MS);
  await until(() => existsSync(path) && found().length === 1);
  await until(() => clock.sleepers === 0);
  rmSync(join(folder, "data"), { recursive: true });
  texts.set("local", "other", "2");
  await file.close();
  expect(found()).toEqual(["local k 1", "local other 2"]);
  expect(warnings).toEqual([]);
});

test("where the folder can't be written, the server goes on, says so once, and writes once it can", async () => {
  writeFileSync(join(folder, "data"), "a file, not a folder");
  const { texts, file } = opened();
  texts.set("local", "k", "1");
  for (let look = 0; look < 3; look += 1) {
    await clock.turn(WRITTEN_WITHIN_MS);
    await until(() => clock.sleepers > 0);
  }
  expect(file.fault).toContain("lastProcessed would be lost by a restart");
  expect(warnings.filter((warning) => warning.includes("can't be written"))).toHaveLength(1);
  rmSync(join(folder, "data"));
  const made = opened(join(folder, "data", "other"));
  await made.file.close();
  await clock.turn(WRITTEN_WITHIN_MS);
  await until(() => file.fault === undefined);
  expect(found()).toEqual(["local k 1"]);
});

test("the file stays in proportion to what it holds, however often that changes", async () => {
  const { texts, file } = opened();
  const long = "x".repeat(250);
  for (let round = 0; round < 60; round += 1) {
    for (let key = 0; key < 200; key += 1) texts.set("local", `key ${key}`, `${long}${round}`);
    await clock.turn(WRITTEN_WITHIN_MS);
    await until(() => clock.sleepers === 0);
  }
  await file.close();
  // 60 rounds of 56 kB.
  expect(statSync(path).size).toBeLessThan(1.4e6);
  expect(opened().texts.get("local", "key 199")).toBe(`${long}59`);
});

test("more changes than are kept in a line's queue are written as the whole, and all of them come back", async () => {
  const { texts, file } = opened();
  for (let n = 0; n < MAX_ALL_TEXTS + 10; n += 1) texts.set(`caller ${n % 20}`, `key ${n}`, String(n));
  await file.close();
  const again = opened().texts;
  expect(again.size).toBe(texts.size);
  expect(again.get("caller 9", `key ${MAX_ALL_TEXTS + 9}`)).toBe(String(MAX_ALL_TEXTS + 9));
});

test("whatever is written and deleted, in whatever order, a restart has what memory has", async () => {
  const name = fc.constantFrom("a", "b", "c");
  const steps = fc.array(fc.tuple(name, name, fc.option(fc.string({ maxLength: 8 })), fc.boolean()), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      rmSync(path, { force: true });
      let { texts, file } = opened();
      for (const [caller, key, text, isRestart] of all) {
        if (text === null) texts.delete(caller, key);
        else texts.set(caller, key, text);
        if (!isRestart) continue;
        const before = [...texts.all()];
        await file.close();
        ({ texts, file } = opened());
        expect([...texts.all()].sort()).toEqual(before.sort());
      }
      await file.close();
    }),
    { numRuns: 60 },
  );
  expect(warnings).toEqual([]);
});

test("a caller who writes again and again doesn't keep the file from being finished", async () => {
  const { texts, file } = opened();
  for (let number = 0; number < 3_000; number += 1) texts.set("key:a", `lastProcessed:S${number}USDT:1m`, "1");
  const writing = clock.turn(WRITTEN_WITHIN_MS);
  let isOver = false;
  const busy = (async () => {
    for (let number = 0; !isOver; number += 1) {
      texts.set("key:a", `lastProcessed:S${number % 3_000}USDT:1m`, String(number));
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  await writing;
  await until(() => existsSync(path));
  isOver = true;
  await busy;
  await file.close();
  expect(found()).toHaveLength(3_000);
});
