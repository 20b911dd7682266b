import { expect, test } from "bun:test";
import * as v from "valibot";
import { listOf, readForeign } from "./foreign.ts";

/** A check that counts how often it is asked. */
function counted(): { schema: v.GenericSchema<string>; asked: () => number } {
  let asked = 0;
  const schema = v.pipe(
    v.string(),
    v.check((text) => {
      asked += 1;
      return text !== "bad";
    }, "expected something good"),
  );
  return { schema, asked: () => asked };
}

test("reading ends with the first fault", () => {
  const { schema, asked } = counted();
  const read = readForeign(v.object({ all: listOf(schema, 100) }), { all: ["good", ...Array(90).fill("bad")] });
  expect(read).toMatchObject({ issue: { message: "expected something good", path: [{ key: "all" }, { key: 1 }] } });
  expect(asked()).toBe(2);
});

test("no item of a list that is too long is looked at, and the fault names where it is", () => {
  const { schema, asked } = counted();
  const list = v.object({
    all: v.pipe(listOf(schema, 3, "expected 3 at most"), v.minLength(1, "expected one at least")),
  });
  const read = readForeign(list, { all: Array(100_000).fill("good") });
  expect(read).toMatchObject({ issue: { type: "max_length", message: "expected 3 at most", path: [{ key: "all" }] } });
  expect(asked()).toBe(0);
  expect(readForeign(list, { all: ["good", "fine", "good"] })).toEqual({ output: { all: ["good", "fine", "good"] } });
  expect(readForeign(list, { all: [] })).toMatchObject({ issue: { message: "expected one at least" } });
  expect(readForeign(list, { all: "good" })).toMatchObject({ issue: { type: "array", path: [{ key: "all" }] } });
});
