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

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vyx-kept-"));
  path = join(folder, "data", "last-processed.jsonl");
  clock = new ManualClock();
  warnings = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

function opened(at = path): { texts: KeptTexts; file: KeptFile } {
  const texts = new KeptTexts();
  const file = new KeptFile(texts, { path: at, clock, warn: (message) => warnings.push(message) });
  return { texts, file };
}

/** What a server reads that is started now, while the other one may still run or was killed. */
function found(): string[] {
  return [...opened().texts.all()].map((one) => one.join(" ")).sort();
}

test("what was written is there again, of each caller, half a second later: without a stop", async () => {
  const { texts } = opened();
  texts.set("key:a", "lastProcessed:BTCUSDT:1m", "1");
  texts.set("key:b", "lastProcessed:BTCUSDT:1m", "2");
  await clock.turn(WRITTEN_WITHIN_MS);
  await until(() => existsSync(path) && found().length === 2);
  expect(found()).toEqual(["key:a lastProcessed:BTCUSDT:1m 1", "key:b lastProcessed:BTCUSDT:1m 2"]);
  texts.set("key:a", "lastProcessed:BTCUSDT:1m", 'ü"\n\ud800');
  texts.delete("key:b", "lastProcessed:BTCUSDT:1m");
  await clock.turn(WRITTEN_WITHIN_MS);
  await until(() => found().length === 1);
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
  opened();
  const lines = ['["local"]', "[1,2,3]", "null", JSON.stringify(["a", "b", "x".repeat(300)]), '["local","k","1"]', ""];
  writeFileSync(path, `{"vyx":"lastProcessed","version":1}\n${lines.join("\n")}`);
  expect(found()).toEqual(["local k 1"]);
  expect(warnings.at(-1)).toMatch(/4 of 5 lines are damaged/);
});

test("a file of somebody else is set aside, and said", async () => {
  opened();
  writeFileSync(path, "a diary\n");
  const { texts, file } = opened();
  expect(warnings.join()).toMatch(/isn't a file of lastProcessed, version 1; it is set aside/);
  texts.set("local", "k", "1");
  await file.close();
  expect(found()).toEqual(["local k 1"]);
  expect(readFileSync(`${path}.damaged`, "utf8")).toBe("a diary\n");
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
