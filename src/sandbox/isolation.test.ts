import { beforeEach, describe, expect, test } from "bun:test";
import { viewOfArrays } from "../../tests/helpers/arrays-view.ts";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { parseSymbol, type UnixMs } from "../core/mod.ts";
import { Screening, type ScreenResult } from "../strategy/mod.ts";
import { createSandbox, type Sandbox } from "./mod.ts";

const START = Date.UTC(2026, 1, 10);
const CLOSE_TIME = (START + 300 * 60_000 - 1) as UnixMs;
const SYMBOLS = ["S0USDT", "S1USDT", "S2USDT", "S3USDT"].map(parseSymbol);
const klines = minuteKlines(START, 300, 7, () => false);
const view = viewOfArrays(
  SYMBOLS.map((symbol) => ({ symbol, interval: "1m" as const, settled: true, klines })),
  [],
);

/** Outside of the compiled subset, so that it runs in QuickJS. */
const NOT_COMPILED = "class A {}\n";

describe("what one filter does leaves the next one alone", () => {
  let sandbox: Sandbox;
  let screening: Screening;
  beforeEach(async () => {
    // Each look at it is a tenth of a millisecond: a filter runs out of time by what it does, on any machine.
    let looks = 0;
    const stopwatch = (): number => {
      looks += 1;
      return looks / 10;
    };
    sandbox = await createSandbox({ stopwatch });
    // A screen's own two seconds aren't what is tested here, and a busy machine may take them.
    screening = new Screening({ view, runner: sandbox, stopwatch: () => 0 });
  });

  async function screen(code: string, symbols = SYMBOLS): Promise<ScreenResult> {
    await sandbox.ready();
    return screening.screen({ code, timeframes: ["1m"], closeTime: CLOSE_TIME, symbols });
  }

  test("one that breaks machine after machine, and fills them with what the board was once looked for by", async () => {
    const innocent = [`${NOT_COMPILED}return true;`, `${NOT_COMPILED}return rsi(candles('1m').close, 14).at(-1) >= 0;`];
    const units = [...new Uint16Array(new Float64Array([2, 3, 5, 7].map((prime) => Math.PI + 1 / prime)).buffer)]
      .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
      .join("");
    const marks = [0, 1, 2, 3].map((pad) => `const s${pad} = "${"\\u0101".repeat(pad)}${units.repeat(8)}";\n`).join("");
    const attack = `${marks}${NOT_COMPILED}return ${"(".repeat(1_500)}1${")".repeat(1_500)};`;
    for (const said of ["it broke the machine that it ran in", "it broke the machine", "it broke 2 machines"]) {
      const broken = await screen(attack);
      expect(broken.errors[0]?.message).toContain(said);
      // The very next one, in the same turn, has the spare machine.
      const [first] = innocent;
      const next = screening.screen({ code: first as string, timeframes: ["1m"], closeTime: CLOSE_TIME });
      expect([next.matches.length, next.errors]).toEqual([SYMBOLS.length, []]);
      for (const code of innocent) expect((await screen(code)).matches).toHaveLength(SYMBOLS.length);
    }
  });

  test("its wish for more klines isn't told as the mistake of another", async () => {
    const code = `${NOT_COMPILED}const a = []; return a.b.c;`;
    const own = (await screen(code)).errors;
    expect(own[0]?.message).toContain("TypeError");
    await screen(`${NOT_COMPILED}return rsi(candles('1m').close, 400).at(-1) > 1;`);
    const after = await screen(code);
    expect([after.errors, after.skipped]).toEqual([own, []]);
  });

  test("one that hides by a finally that it was stopped was stopped all the same, and its next symbol begins anew", async () => {
    const code = "let n = 0; try { while (symbol === 'S0USDT' || n < 10) n += 1; } finally { return n === 10; }";
    const all = await screen(code);
    expect(all.errors.map(({ symbol, message }) => [symbol, message])).toEqual([
      [SYMBOLS[0] as never, "it took longer than 20 ms"],
    ]);
    expect(all.matches.map(({ symbol }) => symbol)).toEqual(SYMBOLS.slice(1));
  });

  test("a compiled filter that hands over when its time is nearly over breaks no machine, also the first one of a thread", async () => {
    // Each look takes 4 ms, so the time is over after a few, wherever these are.
    for (let looks = 0; looks < 12; looks += 1) {
      let at = 0;
      let isSlow = false;
      sandbox = await createSandbox({
        stopwatch: () => {
          if (isSlow) at += 4;
          return at;
        },
      });
      screening = new Screening({ view, runner: sandbox, stopwatch: () => 0 });
      const code = `for (let i = 0; i < ${looks} * 5000; i++) {}\n${NOT_COMPILED}return true;`;
      await sandbox.ready();
      isSlow = true;
      const { matches, errors } = screening.screen({
        code,
        timeframes: ["1m"],
        closeTime: CLOSE_TIME,
        symbols: SYMBOLS.slice(0, 1),
      });
      isSlow = false;
      if (matches.length === 0) expect(errors[0]?.message).toBe("it took longer than 20 ms");
      expect((await screen(`${NOT_COMPILED}return true;`)).matches).toHaveLength(SYMBOLS.length);
    }
  });

  test("what a compiled filter has computed of its own numbers counts by what it takes", async () => {
    const code = `const close = candles('1m').close; const own = [];
      for (let i = 0; i < 2000; i++) own.push(close.at(i % 250));
      const column = sma(own, 1);
      for (let i = 0; i < 40; i++) { wma(column, 500 + i % 3); }
      return false;`;
    // A clock that stands still, so that it is the work that counts.
    sandbox = await createSandbox({ stopwatch: () => 0 });
    screening = new Screening({ view, runner: sandbox, stopwatch: () => 0 });
    const { engine, handedOver } = await screen(code, SYMBOLS.slice(0, 1));
    expect([engine, handedOver]).toEqual(["compiled", 1]);
  });
});
