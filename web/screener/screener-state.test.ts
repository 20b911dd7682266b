import { describe, expect, test } from "bun:test";
import { signal } from "@preact/signals";
import { ClientError, type StreamMessage } from "../../src/client/mod.ts";
import type { Interval } from "../../src/core/mod.ts";
import type { ScreenAnswer, ScreenRequest } from "../../src/wire/mod.ts";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { shownOf } from "../shell/latest-answer.ts";
import { parseRoute, type Route } from "../shell/route.ts";
import type { PageStorage } from "../shell/storage.ts";
import { ScreenerState } from "./screener-state.ts";

const CLOSE = Date.UTC(2026, 1, 10) - 1;
const MINUTE = 60_000;

function setUp(kept: Map<string, string> = new Map()) {
  const world = { asked: [] as ScreenRequest[], closeTime: CLOSE, isHidden: false, address: "", fails: "" };
  const channels: string[] = [];
  let tell = (_: StreamMessage): void => {};
  let waiting: (() => void) | undefined;
  const clock = new ManualClock();
  const storage: PageStorage = {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
  };
  const state = new ScreenerState({
    clock,
    client: {
      screen: async (request) => {
        world.asked.push(request);
        if (waiting !== undefined) await new Promise<void>((resolve) => (waiting = resolve));
        if (world.fails !== "") throw new ClientError("invalid_parameter", world.fails);
        return answerAt(world.closeTime);
      },
      listen: async (asked, onMessage) => {
        channels.push(...asked);
        tell = onMessage;
      },
    },
    router: {
      replace: (hash) => {
        world.address = hash;
      },
    },
    storage,
    market: { intervals: signal<readonly Interval[]>(["1m", "15m", "1h", "1d"]), firstMarket: "binance" },
    isHidden: () => world.isHidden,
  });
  /** The close after the last one, as the server tells of it. */
  const close = (): Promise<void> => {
    world.closeTime += MINUTE;
    tell({ type: "close", interval: "1m", closeTime: world.closeTime, symbols: [], pending: [] } as never);
    return clock.turn(0);
  };
  const hold = (): (() => void) => {
    waiting = () => {};
    return () => {
      const go = waiting;
      waiting = undefined;
      go?.();
    };
  };
  return { world, channels, state, clock, close, hold, tell: (message: StreamMessage) => tell(message), kept, storage };
}

function answerAt(closeTime: number): ScreenAnswer {
  return {
    ...{ interval: "1m", closeTime, matches: [], checked: 0, skipped: [], errors: [], pending: [] },
    ...{ milliseconds: 1, notes: [] },
  };
}

describe("a screen", () => {
  test("runs once a close, however often the server tells of it", async () => {
    const { state, world, channels, close, tell } = setUp();
    await state.run();
    expect(world.asked).toHaveLength(1);
    const stop = state.follow("1m");
    expect(channels).toEqual(["close:binance:1m"]);
    await close();
    expect(world.asked).toHaveLength(2);
    tell({ type: "close", interval: "1m", closeTime: world.closeTime, symbols: ["A"], pending: [] } as never);
    expect(world.asked).toHaveLength(2);
    expect(shownOf(state.found.phase.peek())?.answer.closeTime).toBe(CLOSE + MINUTE);
    stop();
  });

  test("asks one question for all of its columns, about the market that was chosen", async () => {
    const { state, world } = setUp();
    state.change({ market: "bybit", columns: ["change1h", "rsi14", "newHigh20d"], conditions: [] });
    await state.run();
    expect(world.asked).toHaveLength(1);
    expect(world.asked[0]?.symbols).toEqual(["BYBIT:*"]);
    expect(world.asked[0]?.code).toContain("facts: {change1h, rsi14, newHigh20d}");
  });

  test("names an interval only where its code reads no candles", async () => {
    const { state, world } = setUp();
    state.change({ conditions: [{ column: "change24h", operator: "above", operand: 1 }], columns: [] });
    await state.run();
    state.change({ columns: ["rsi14"] });
    await state.run();
    expect(world.asked.map(({ interval }) => interval)).toEqual(["1m", undefined]);
    expect(state.trigger.peek()).toBe("1h");
  });

  test("runs for a close that came during a run, once that is over", async () => {
    const { state, world, close, hold, clock } = setUp();
    await state.run();
    state.follow("1m");
    const go = hold();
    const running = state.run();
    await close();
    await close();
    expect(world.asked).toHaveLength(2);
    go();
    await running;
    await clock.turn(0);
    expect(world.asked).toHaveLength(3);
  });

  test("doesn't run while nobody sees the page, and once when somebody does again", async () => {
    const { state, world, close, clock } = setUp();
    await state.run();
    state.follow("1m");
    world.isHidden = true;
    await close();
    await close();
    expect(world.asked).toHaveLength(1);
    world.isHidden = false;
    state.seen();
    await clock.turn(0);
    expect(world.asked).toHaveLength(2);
    state.seen();
    expect(world.asked).toHaveLength(2);
  });

  test("runs after a reconnect, and not at closes when that is switched off", async () => {
    const { state, world, close, tell, clock } = setUp();
    await state.run();
    state.follow("1m");
    tell({ type: "connected" } as never);
    expect(world.asked).toHaveLength(1);
    tell({ type: "connected" } as never);
    await clock.turn(0);
    expect(world.asked).toHaveLength(2);
    state.isAuto.value = false;
    await close();
    expect(world.asked).toHaveLength(2);
  });

  test("that was changed runs half a second after the last change; another order needs no run", async () => {
    const { state, world, clock } = setUp();
    state.change({ columns: ["rsi14"] });
    await clock.turn(400);
    state.change({ columns: ["rsi14", "change1h"] });
    await clock.turn(400);
    expect(world.asked).toHaveLength(0);
    await clock.turn(100);
    expect(world.asked).toHaveLength(1);
    state.change({ order: { column: "rsi14", descending: false } }, true);
    await clock.turn(1_000);
    expect(world.asked).toHaveLength(1);
  });

  test("with a condition that isn't whole isn't asked for, and says why", async () => {
    const { state, world } = setUp();
    state.change({ conditions: [{ column: "rsi14", operator: "above", operand: Number.NaN }] });
    await state.run();
    expect(world.asked).toHaveLength(0);
    expect(state.found.phase.peek()).toMatchObject({ kind: "failed", detail: "RSI 14: enter a number." });
  });

  test("that the server refuses isn't asked for again at closes before its code changes", async () => {
    const { state, world, close } = setUp();
    world.fails = "POST /screen: line 1, column 8: x is not defined";
    state.change({ code: "return x;" }, true);
    await state.run();
    expect(state.found.phase.peek()).toMatchObject({ detail: "line 1, column 8: x is not defined" });
    state.follow("1m");
    await close();
    expect(world.asked).toHaveLength(1);
    world.fails = "";
    state.change({ code: "return true;" }, true);
    await state.run();
    await close();
    expect(world.asked).toHaveLength(3);
  });

  test("whose code is being typed isn't run at closes", async () => {
    const { state, world, close } = setUp();
    await state.run();
    state.follow("1m");
    state.change({ code: "return tr" }, true);
    await close();
    expect(world.asked).toHaveLength(1);
  });

  test("is in the address, and is the same when the address is opened elsewhere", async () => {
    const first = setUp();
    first.state.change({
      ...{ name: "Mine & yours", interval: "15m", isAll: false, columns: ["atrPercent"] },
      conditions: [
        { column: "emaDistance20", operator: "crossesAbove", operand: { column: "emaDistance50" } },
        { column: "change1h", operator: "between", operand: [-1.5, 2] },
      ],
      order: { column: "atrPercent", descending: true },
    });
    const second = setUp();
    second.state.open(parseRoute(first.world.address) ?? { screen: "", parts: [], query: {} });
    expect(second.state.screen.peek()).toEqual(first.state.screen.peek());
    expect(second.world.asked).toHaveLength(1);
    // Its own address changes nothing.
    second.state.open(parseRoute(second.world.address) ?? { screen: "", parts: [], query: {} });
    expect(second.world.asked).toHaveLength(1);
  });

  test("that an address describes runs once when it is opened, also where it is the one of before", () => {
    const { state, world } = setUp();
    state.change({ name: "Mine" }, true);
    const route = parseRoute(world.address) ?? { screen: "", parts: [], query: {} };
    state.open(route);
    state.open(route);
    expect(world.asked).toHaveLength(1);
    const bare = setUp();
    bare.state.open({ screen: "screener", parts: [], query: {} });
    bare.state.open(parseRoute(bare.world.address) ?? { screen: "", parts: [], query: {} });
    expect(bare.world.asked).toHaveLength(1);
  });

  test("whose own code came with a link is run and kept only after a press", async () => {
    const { state, world, kept, close, clock } = setUp();
    const link = parseRoute("#/screener?candles=1h&sort=symbol&code=return%20true%3B") as Route;
    state.open(link);
    state.follow("1m");
    await close();
    state.change({ market: "bybit" });
    await clock.turn(1_000);
    expect([world.asked.length, state.isHeld.peek(), state.found.phase.peek().kind]).toEqual([0, true, "none"]);
    expect(kept.has("vyx.screen.last")).toBe(false);
    await state.run();
    expect(world.asked.map(({ code }) => code)).toEqual(["return true;"]);
    await close();
    expect([world.asked.length, state.isHeld.peek()]).toEqual([2, false]);
    const again = setUp(kept);
    again.state.open(parseRoute(world.address) as Route);
    expect(again.world.asked).toHaveLength(1);
  });

  test("of a link is run at once without own code, and kept with the first change", () => {
    const { state, world, kept } = setUp();
    state.open(parseRoute("#/screener?candles=1h&where=rsi14.below.30&sort=symbol") as Route);
    expect([world.asked.length, kept.has("vyx.screen.last")]).toEqual([1, false]);
    state.change({ name: "Mine" }, true);
    expect(kept.get("vyx.screen.last")).toContain("rsi14.below.30");
  });

  test("is shown and run although the browser has no room to keep it, and isn't kept", async () => {
    const { state, world, storage } = setUp();
    storage.setItem = () => {
      throw new Error("QuotaExceededError");
    };
    state.change({ name: "Mine" }, true);
    await state.run();
    expect([world.asked.length, world.address.includes("name=Mine")]).toEqual([1, true]);
    expect([state.kept.keep(state.screen.peek()), state.kept.screens.peek()]).toEqual([false, []]);
  });

  test("is there again when the page is opened anew without an address", () => {
    const first = setUp();
    first.state.change({ name: "Mine", columns: ["price"] });
    expect(setUp(first.kept).state.screen.peek()).toEqual(first.state.screen.peek());
  });

  test("takes over the code of the clicks, and gives it back only while it wasn't changed", async () => {
    const { state, world } = setUp();
    state.editCode();
    expect(state.screen.peek().code).toBe(state.made.peek().code);
    expect(state.isOwnCode.peek()).toBe(false);
    state.change({ code: "return true;" }, true);
    state.leaveCode();
    await state.run();
    expect(world.asked.at(-1)).toEqual({ code: "return true;" });
    expect(state.screen.peek().code).toBe("return true;");
    state.change({ code: state.made.peek().code }, true);
    state.leaveCode();
    expect(state.screen.peek().code).toBeUndefined();
  });

  test("becomes a trader with its filter, its intervals and its name", async () => {
    const { state } = setUp();
    expect(state.draft()).toEqual({
      ...{ name: "Gainers with rising volume", description: "", code: state.code.peek(), market: "binance" },
      ...{ timeframes: ["1m", "15m", "1h"], triggerInterval: "1m", symbols: null, cooldownCandles: 0 },
    });
  });
});
