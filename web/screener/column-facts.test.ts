import { expect, test } from "bun:test";
import { signal } from "@preact/signals";
import { ClientError, type StreamMessage } from "../../src/client/mod.ts";
import type { Interval } from "../../src/core/mod.ts";
import type { ScreenAnswer, ScreenRequest } from "../../src/wire/mod.ts";
import { MarketColumns } from "../markets/market-columns.ts";
import { ColumnFacts } from "./column-facts.ts";

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp(lack?: string) {
  const world = { asked: [] as ScreenRequest[], closeTime: 59_999, fails: "", isHidden: false };
  const tellers = new Map<string, (message: StreamMessage) => unknown>();
  const kept = new Map<string, string>();
  const storage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  };
  const columns = new MarketColumns(storage);
  const facts = new ColumnFacts({
    client: {
      screen: async (request) => {
        world.asked.push(request);
        if (world.fails !== "") throw new ClientError("forbidden", world.fails);
        return answer(world.closeTime);
      },
      listen: (channels, onMessage, { signal: stop } = {}) => {
        for (const channel of channels) {
          tellers.set(channel, onMessage);
          stop?.addEventListener("abort", () => tellers.delete(channel));
        }
        return new Promise(() => {});
      },
    },
    market: {
      intervals: signal<readonly Interval[]>(["1m", "1h"]),
      markets: ["binance", "bybit"],
      decimals: () => 2,
    },
    permissions: { lack: () => lack },
    columns,
    isHidden: () => world.isHidden,
  });
  const close = async (channel: string): Promise<void> => {
    world.closeTime += 60_000;
    tellers.get(channel)?.({ type: "close", closeTime: world.closeTime } as never);
    await settle();
  };
  return { world, tellers, columns, facts, close, storage };
}

function answer(closeTime: number): ScreenAnswer {
  return {
    ...{ interval: "1m", closeTime, checked: 2, errors: [], pending: [], milliseconds: 1, notes: [] },
    matches: [{ symbol: "BTCUSDT", price: 5, facts: { rsi14: 41.26, newHigh20: true, change1h: null } }],
    skipped: [{ symbol: "ETHUSDT", reason: "its 1m klines are not certain yet" }],
  };
}

test("all columns of a market come with one request, now and at each of its closes", async () => {
  const { world, tellers, columns, facts, close } = setUp();
  columns.choose({ interval: "1h", keys: ["rsi14", "newHigh20", "change1h", "gone"] });
  const stop = facts.follow();
  await settle();
  expect(world.asked.map(({ symbols, interval }) => [symbols, interval])).toEqual([
    [["BINANCE:*"], "1m"],
    [["BYBIT:*"], "1m"],
  ]);
  expect(world.asked[0]?.code).toContain("match: true,\n  facts: {rsi14, newHigh20, change1h},");
  expect([...tellers.keys()]).toEqual(["close:binance:1m", "close:bybit:1m"]);
  await close("close:binance:1m");
  expect(world.asked).toHaveLength(3);
  tellers.get("close:binance:1m")?.({ type: "close", closeTime: world.closeTime } as never);
  await settle();
  expect(world.asked).toHaveLength(3);
  columns.choose({ interval: "1h", keys: ["rsi14"] });
  await settle();
  expect(world.asked.slice(3).map(({ interval }) => interval)).toEqual(["1h", "1h"]);
  stop();
  expect(tellers.size).toBe(0);
});

test("cells have the values of the last close, or say why they have none", async () => {
  const { columns, facts } = setUp();
  columns.choose({ interval: "1h", keys: ["rsi14", "newHigh20", "change1h"] });
  expect(facts.cell("BTCUSDT", "rsi14")).toEqual({ text: "—", kind: "flat", says: "Not computed yet." });
  facts.follow();
  await settle();
  expect(facts.cell("BTCUSDT", "rsi14")).toEqual({ text: "41.3", kind: "plain" });
  expect(facts.cell("BTCUSDT", "newHigh20")).toEqual({ text: "yes", kind: "plain" });
  expect(facts.cell("BTCUSDT", "change1h").says).toStartWith("Needs 61 closed 1m candles in a row");
  expect(facts.cell("ETHUSDT", "rsi14").says).toBe("Skipped: its 1m klines are not certain yet.");
  expect([facts.value("BTCUSDT", "rsi14"), facts.value("BTCUSDT", "newHigh20")]).toEqual([41.26, 1]);
  expect([facts.value("BTCUSDT", "change1h"), facts.value("ETHUSDT", "rsi14")]).toEqual([undefined, undefined]);
});

test("without the scope nothing is asked, and each cell says so", async () => {
  const { world, columns, facts } = setUp("This needs the scope screen.");
  columns.choose({ interval: "1h", keys: ["rsi14"] });
  facts.follow();
  await settle();
  expect(world.asked).toEqual([]);
  expect(facts.fault.peek()).toBe("This needs the scope screen.");
  expect(facts.cell("BTCUSDT", "rsi14")).toEqual({ text: "—", kind: "flat", says: "This needs the scope screen." });
});

test("a refusal is said until an answer comes", async () => {
  const { world, columns, facts, close } = setUp();
  columns.choose({ interval: "1h", keys: ["rsi14"] });
  world.fails = "POST /screen: this key lacks the scope screen";
  facts.follow();
  await settle();
  expect(facts.fault.peek()).toBe("The columns couldn't be computed: this key lacks the scope screen");
  world.fails = "";
  await close("close:binance:1h");
  expect(facts.fault.peek()).toBe("");
  expect(facts.cell("BTCUSDT", "rsi14").text).toBe("41.3");
});

test("nothing is asked while nobody sees the page", async () => {
  const { world, columns, facts, close } = setUp();
  columns.choose({ interval: "1h", keys: ["rsi14"] });
  facts.follow();
  await settle();
  world.isHidden = true;
  await close("close:binance:1h");
  expect(world.asked).toHaveLength(2);
});

test("the choice is kept in the browser; at first there is none", () => {
  const { columns, storage } = setUp();
  expect(columns.chosen.peek()).toEqual({ interval: "1h", keys: [] });
  columns.choose({ interval: "15m", keys: ["rsi14", "change1h"] });
  expect(new MarketColumns(storage).chosen.peek()).toEqual({ interval: "15m", keys: ["rsi14", "change1h"] });
  storage.setItem("vyx.columns", "7m,rsi14");
  expect(new MarketColumns(storage).chosen.peek()).toEqual({ interval: "1h", keys: [] });
});
