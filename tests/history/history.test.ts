import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sized } from "../helpers/size.ts";
import { historyRun } from "./rounds.ts";

const work = mkdtempSync(join(tmpdir(), "vyx-history-"));
afterAll(() => rmSync(work, { recursive: true }));

test("a fetch that is killed again and again ends up with every kline of the dumps, and names each planted fault", async () => {
  const folder = join(work, "mirror");
  mkdirSync(folder);
  const mirror = {
    folder,
    symbols: ["BTCUSDT", "PEPEUSDT"],
    from: Date.UTC(2024, 11, 1),
    to: sized(Date.UTC(2025, 0, 1), Date.UTC(2025, 1, 1)),
    seed: 20_261_130,
  };
  const report = await historyRun({
    mirror,
    faultShare: 1,
    history: join(work, "history"),
    kills: 3,
    killWithinMs: 1_500,
    reads: 20,
    say: console.log,
  });
  expect(report.faults).toEqual([]);
  expect(report.planted).toBe(sized(2, 4));
  expect(report.klines).toBeGreaterThan(sized(85_000, 170_000));
}, 300_000);
