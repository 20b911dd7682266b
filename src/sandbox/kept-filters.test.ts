import { expect, test } from "bun:test";
import { FilterCodeFault } from "../strategy/mod.ts";
import { KeptFilters } from "./kept-filters.ts";
import { createSandbox } from "./mod.ts";
import { type ReadFilter, readFilter } from "./read-filter.ts";

test("filters are kept up to so many bytes; the one that wasn't used for longest is evicted", () => {
  const read: string[] = [];
  const one = readFilter("return 1;").bytes;
  const kept = new KeptFilters((code): ReadFilter => {
    read.push(code);
    return readFilter(code);
  }, 3 * one);
  for (const code of ["return 1;", "return 2;", "return 3;"]) kept.get(code);
  expect(kept.figures()).toEqual({ filters: 3, bytes: 3 * one, evictions: 0 });
  kept.get("return 1;");
  kept.get("return 4;");
  expect(kept.figures()).toEqual({ filters: 3, bytes: 3 * one, evictions: 1 });
  kept.get("return 1;");
  kept.get("return 2;");
  expect(read.map((code) => code.at(-2))).toEqual(["1", "2", "3", "4", "2"]);
});

test("a filter that is larger than all room is read, and isn't kept", () => {
  const kept = new KeptFilters(readFilter, 100);
  expect(kept.get("return 1;").why).toBe("everything in it can be compiled");
  expect(kept.figures()).toEqual({ filters: 0, bytes: 0, evictions: 1 });
});

test("checking a filter keeps nothing, and says what running it would", async () => {
  const sandbox = await createSandbox({ stopwatch: () => 0 });
  expect(sandbox.check("return true;")).toMatchObject({
    engine: "compiled",
    why: "everything in it can be compiled",
  });
  expect(sandbox.check("class A {}\nreturn true;")).toMatchObject({ engine: "quickjs", why: "line 1: a class" });
  expect(() => sandbox.check("return 1 +;")).toThrow(FilterCodeFault);
  expect(sandbox.figures().keptFilters).toEqual({ filters: 0, bytes: 0, evictions: 0 });
  sandbox.prepare("return true;").close();
  expect(sandbox.figures().keptFilters).toMatchObject({ filters: 1, evictions: 0 });
});
