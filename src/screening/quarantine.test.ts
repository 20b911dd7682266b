import { expect, test } from "bun:test";
import { Quarantine } from "./quarantine.ts";

test("a filter is refused with what it did until its code is changed, and the oldest makes room", () => {
  const quarantine = new Quarantine(2);
  expect(quarantine.refusalOf("return 1;")).toBeUndefined();
  const told = quarantine.add("return 1;", "ran on");
  expect(told.message).toBe("the filter ran on: it isn't run again until its code is changed");
  expect(quarantine.refusalOf("return 1;")?.message).toBe(told.message);
  expect(quarantine.refusalOf("return 1; ")).toBeUndefined();
  for (const code of ["2", "1", "3"]) quarantine.add(`return ${code};`, "ran on");
  expect(["1", "2", "3"].map((code) => quarantine.refusalOf(`return ${code};`) !== undefined)).toEqual([
    true,
    false,
    true,
  ]);
  expect([quarantine.size, quarantine.evictions]).toEqual([2, 1]);
});
