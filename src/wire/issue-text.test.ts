import { expect, test } from "bun:test";
import * as v from "valibot";
import { readForeign } from "./foreign.ts";
import { readNewTrader } from "./functions/traders.ts";
import { issueText } from "./issue-text.ts";
import { previewRequestSchema } from "./screen-requests.ts";

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
  [{ code: "", timeframes: ["2m"] }, 'timeframes.0 is "2m": expected 1m or 1h'],
  [{ code: "", timeframes: ["1m", "1h", "1m"] }, "timeframes: expected 2 at most"],
  [{ code: "", timeframes: [], closes: 501 }, "closes: expected 500 at most"],
  [{ code: "", timeframes: [], facts: "yes" }, "facts: expected true or false"],
  [{ code: "", timeframes: [], cooldown: 0 }, "cooldown: expected more than 0"],
  [
    { code: "", timeframes: [], cool: 0 },
    'unknown member "cool": did you mean cooldown? known are code, timeframes, closes, facts, cooldown',
  ],
  [null, "expected an object"],
])("%j: %s", (value, text) => {
  const read = v.safeParse(schema, value);
  expect(read.issues?.[0] === undefined ? "" : issueText(read.issues[0], schema)).toBe(text);
});

test.each([
  [
    previewRequestSchema(["1m", "1h"]),
    { code: "return true;" },
    "closes is missing: expected a whole number from 1 to 500",
  ],
  [previewRequestSchema(["1m", "1h"]), { closes: 5 }, "code is missing: expected the body of a filter, such as return"],
  [
    previewRequestSchema(["1m", "1h"]),
    { code: "return true;", limit: 10 },
    'unknown member "limit": known are code, timeframes,',
  ],
  [
    previewRequestSchema(["1m", "1h"]),
    { code: "return true;", closes: 5, timeframes: "1m" },
    "timeframes: expected a list of intervals, some of 1m, 1h",
  ],
  [
    previewRequestSchema(["1m"]),
    { code: "return true;", closes: 0.5 },
    "closes: expected a whole number from 1 to 500",
  ],
])("%#: the words of a preview's schema: %j", (of, value, words) => {
  const read = readForeign(of as v.GenericSchema, value);
  expect("issue" in read ? issueText(read.issue, of as v.GenericSchema) : "").toStartWith(words);
});

test.each([
  [{ name: "a", code: "return true;" }, "triggerInterval is missing: expected one of 1m, 3m"],
  [{ name: "a", code: "return true;", interval: "1m" }, 'unknown member "interval": did you mean triggerInterval?'],
  [{ name: "a", triggerInterval: "1m" }, "code is missing: expected the body of a function that returns a boolean"],
  [{ code: "return true;", triggerInterval: "1m" }, "name is missing: expected 1 to 200 characters"],
])("%#: the words of a trader's schema: %j", (value, words) => {
  expect(() => readNewTrader(value)).toThrow(words);
});
