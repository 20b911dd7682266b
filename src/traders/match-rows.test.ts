import { expect, test } from "bun:test";
import { parseSymbol } from "../core/mod.ts";
import { inParts, type Match, recordsOf, StatementRoom } from "./match-rows.ts";

const symbol = parseSymbol("BTCUSDT");

function matches(count: number, facts: Match["facts"] = {}): Match[] {
  return Array.from({ length: count }, () => ({ symbol, price: 1, facts }));
}

test("matches become records with the number of their run", () => {
  const room = new StatementRoom();
  const first = room.take([{ symbol, price: 0.1, facts: { a: "x" } }], 0);
  const third = room.take([{ symbol, price: 2e-8, facts: {} }], 0);
  expect(JSON.parse(recordsOf([first, [], third]))).toEqual([
    { run: 1, symbol, price: 0.1, facts: { a: "x" } },
    { run: 3, symbol, price: 2e-8, facts: {} },
  ]);
  expect(recordsOf([[], []])).toBe("[]");
});

test("characters that PostgreSQL can't hold are replaced, in what is stored and in what is published", () => {
  const [row] = new StatementRoom().take(matches(1, { "a\0": "up 🚀".slice(0, 4), b: ["\0"] }), 0);
  const match = { symbol, price: 1, facts: { "a\ufffd": "up \ufffd", b: ["\ufffd"] } };
  expect(row).toEqual({ match, json: JSON.stringify(match) });
});

test("a statement takes 128 matches, or 128 kB of them, but one at least", () => {
  expect([...inParts(matches(300))].map(({ length }) => length)).toEqual([128, 128, 44]);
  expect([...inParts(matches(70, { text: "x".repeat(4_000) }))].map(({ length }) => length)).toEqual([32, 32, 6]);
  expect([...inParts(matches(2, { text: "x".repeat(200_000) }))].map(({ length }) => length)).toEqual([1, 1]);
  expect([...inParts([])]).toEqual([]);
});

test("what one run leaves is for the next, and a run goes on where it ended", () => {
  const room = new StatementRoom();
  expect(room.take(matches(100), 0)).toHaveLength(100);
  expect(room.take(matches(100), 90)).toHaveLength(10);
  expect(room.take(matches(100), 0)).toHaveLength(18);
  expect(room.take(matches(1), 0)).toEqual([]);
});
