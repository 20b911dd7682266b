import { expect, test } from "bun:test";
import * as v from "valibot";
import { issueText } from "./issue-text.ts";

const schema = v.strictObject({
  code: v.string(),
  timeframes: v.pipe(v.array(v.picklist(["1m", "1h"])), v.maxLength(2)),
  closes: v.optional(v.pipe(v.number(), v.maxValue(500))),
  facts: v.optional(v.boolean()),
  cooldown: v.optional(
    v.pipe(
      v.number(),
      v.check((value) => value > 0, "expected more than 0"),
    ),
  ),
});

test.each([
  [{}, "code is missing"],
  [{ code: 5, timeframes: [] }, "code: expected text"],
  [{ code: "", timeframes: "1m" }, "timeframes: expected a list"],
  [{ code: "", timeframes: ["2m"] }, "timeframes.0: expected 1m or 1h"],
  [{ code: "", timeframes: ["1m", "1h", "1m"] }, "timeframes: expected 2 at most"],
  [{ code: "", timeframes: [], closes: 501 }, "closes: expected 500 at most"],
  [{ code: "", timeframes: [], facts: "yes" }, "facts: expected true or false"],
  [{ code: "", timeframes: [], cooldown: 0 }, "cooldown: expected more than 0"],
  [{ code: "", timeframes: [], cooldwn: 0 }, 'unknown member "cooldwn"'],
  [null, "expected an object"],
])("%j: %s", (value, text) => {
  const read = v.safeParse(schema, value);
  expect(read.issues?.[0] === undefined ? "" : issueText(read.issues[0])).toBe(text);
});
