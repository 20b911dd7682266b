import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { askedOf, eventsOf } from "../../tests/helpers/backtests.ts";
import { MemoryPast, wholeSymbol } from "../../tests/helpers/past.ts";
import { HANGING, HANGS_BUSILY, screensOf } from "../../tests/helpers/screens.ts";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { parseSymbol, type UnixMs } from "../core/mod.ts";
import { MarketStore } from "../store/mod.ts";
import type { BacktestEvent } from "../strategy/mod.ts";
import { Backtests } from "./backtests.ts";
import type { Screens } from "./screens.ts";

const START = Date.UTC(2026, 1, 1) as UnixMs;
const DAYS = 6;
const FROM = START + 2 * 86_400_000;
const DIP = "return rsi(candles('5m').close, 14).at(-1) < 45;";

const past = new MemoryPast(
  new Map(
    ["AUSDT", "BUSDT", "CUSDT"].map((name, seed) => {
      return [parseSymbol(name), wholeSymbol(minuteKlines(START, DAYS * 1_440, seed + 1, () => false))] as const;
    }),
  ),
  5_000,
);

describe("backtests in threads", () => {
  let threads: Screens[];
  let backtests: Backtests;
  beforeEach(() => {
    const store = new MarketStore({ intervals: ["1m", "5m"], capacity: 500 });
    threads = [0, 1].map(() => screensOf(store, HANGING));
    backtests = new Backtests({ past, threads, capacity: 500 });
  });
  afterEach(() => {
    for (const thread of threads) thread.stop();
  });

  const run = (code: string, caller: string): Promise<BacktestEvent[]> =>
    eventsOf(backtests, askedOf(code, FROM), caller);

  test("share them, and each says what it says alone", async () => {
    const alone = JSON.stringify(await run(DIP, "a"));
    const both = await Promise.all([run(DIP, "a"), run(DIP, "b"), run("return true;\n// candles('5m')", "c")]);
    expect([both[0], both[1]].map((events) => JSON.stringify(events))).toEqual([alone, alone]);
  });

  test("lose one that hangs: its filter is quarantined, others are told to try again and can", async () => {
    const code = `return candles('5m').close.at(-1) > 0; // ${HANGS_BUSILY}`;
    const [hanging, other] = await Promise.allSettled([run(code, "bad"), run(DIP, "good")]);
    expect(hanging).toMatchObject({ status: "rejected" });
    expect(String((hanging as PromiseRejectedResult).reason)).toContain("ran for 1500 ms without a pause");
    if (other.status === "rejected") {
      expect(other.reason).toMatchObject({ retryable: true });
    }
    expect(backtests.running).toBe(0);
    await expect(run(code, "bad")).rejects.toThrow("it isn't run again until its code is changed");
    expect((await run(DIP, "good")).at(-1)?.kind).toBe("result");
  });

  test("are refused when the server stops", async () => {
    const running = run(DIP, "a");
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (const thread of threads) thread.stop();
    await expect(running).rejects.toThrow("the server is stopping");
    expect(backtests.running).toBe(0);
  });
});
