import { expect, test } from "bun:test";
import { parseSymbol } from "../core/mod.ts";
import { matchRows } from "./match-rows.ts";

const symbol = parseSymbol("BTCUSDT");

test("matches become rows with the number of their run", async () => {
  const rows = await matchRows([[{ symbol, price: 0.1, facts: { a: "x" } }], [], [{ symbol, price: 2e-8, facts: {} }]]);
  expect(JSON.parse(rows)).toEqual([
    { run: 1, symbol, price: 0.1, facts: { a: "x" } },
    { run: 3, symbol, price: 2e-8, facts: {} },
  ]);
  expect(await matchRows([[], []])).toBe("[]");
});

test("many are encoded a few at a time, and everything else gets its turn in between", async () => {
  let encoded = 0;
  const facts = {
    toJSON: () => {
      encoded += 1;
      return {};
    },
  };
  const rows = matchRows([Array.from({ length: 500 }, () => ({ symbol, price: 1, facts }))]);
  const seen = [encoded];
  while (encoded < 500) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    seen.push(encoded);
  }
  expect(JSON.parse(await rows)).toHaveLength(500);
  expect(Math.max(...seen.map((count, index) => count - (seen[index - 1] ?? 0)))).toBeLessThanOrEqual(2 * 64);
});
