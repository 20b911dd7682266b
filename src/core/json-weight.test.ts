import { expect, test } from "bun:test";
import fc from "fast-check";
import { isLightJson } from "./json-weight.ts";

const BOUNDS = { depth: 3, containers: 5, values: 8 };

test.each([
  ["7", true],
  ['[[[{"not closed', false],
  ["[[[]]]", true],
  ["[[[[]]]]", false],
  ["[[],[],[],[]]", true],
  ["[[],[],[],[],{}]", false],
  ["[1,2,3,4,5,6,7,8]", true],
  ["[1,2,3,4,5,6,7,8,9]", false],
  ['["[[[[[[[[,,,,,,,,,,,,"]', true],
  ['["\\"[[[[[[[[",1]', true],
  ['["\\\\",[[[0]]]]', false],
  ['{"a":{"b":{"c":{}}}}', false],
  ["]]]]]][[[", true],
])("%s: %p", (text, isLight) => expect(isLightJson(text, BOUNDS)).toBe(isLight));

test("what it lets through has no more of anything than the bounds say", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const found = { depth: 0, containers: 0, values: 0 };
      const count = (one: unknown, depth: number): void => {
        if (typeof one !== "object" || one === null) return;
        found.containers += 1;
        found.depth = Math.max(found.depth, depth);
        const members = Object.values(one);
        found.values += Math.max(0, members.length - 1);
        for (const member of members) count(member, depth + 1);
      };
      count(value, 1);
      const isWithin =
        found.depth <= BOUNDS.depth && found.containers <= BOUNDS.containers && found.values + 1 <= BOUNDS.values;
      expect(isLightJson(JSON.stringify(value), BOUNDS)).toBe(isWithin);
    }),
  );
});

test("a text without an end, or of backslashes, is read once", () => {
  expect(isLightJson(`"${"\\".repeat(1_000_001)}"`, BOUNDS)).toBe(true);
  expect(isLightJson(`"${'\\"'.repeat(500_000)}`, BOUNDS)).toBe(true);
});
