import { expect, test } from "bun:test";
import { boundsText, fieldsOf, typeText } from "./fields.ts";
import type { Schema } from "./open-api.ts";

const kline: Schema = { type: "object", properties: { open: { type: "number" } }, required: ["open"] };
const schemas = { Kline: kline };
const ref: Schema = { $ref: "#/components/schemas/Kline" };

test("types in a few words", () => {
  const text = (schema: Schema): string => typeText(schema, schemas);
  expect(text({ items: ref })).toBe("Kline[]");
  expect(text({ anyOf: [{ type: "number" }, { type: "null" }] })).toBe("number | null");
  expect(text({ items: { enum: ["1m", "1h"] } })).toBe('("1m" | "1h")[]');
  expect(text({ type: "object", additionalProperties: { const: true } })).toBe("{ [name]: true }");
  expect(text({ type: "string", format: "uuid" })).toBe("uuid");
  expect(text({ prefixItems: [{ type: "string" }, { type: "number" }] })).toBe("[string, number]");
});

test("bounds in words, also of what may be null", () => {
  expect(boundsText({ minimum: 1, maximum: 500 })).toBe("1 to 500");
  expect(boundsText({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })).toBe("0 or more");
  expect(boundsText({ minLength: 1, maxLength: 32_768 })).toBe("1 to 32,768 characters");
  expect(boundsText({ minItems: 4, maxItems: 4 })).toBe("exactly 4 items");
  expect(boundsText({ exclusiveMinimum: 0 })).toBe("above 0");
  expect(boundsText({ anyOf: [{ maximum: 9 }, { type: "null" }] })).toBe("at most 9");
  expect(boundsText({ type: "string" })).toBe("");
});

test("members of lists and of named shapes, each with what it needs", () => {
  const rows = fieldsOf(
    {
      properties: { klines: { items: ref, description: "oldest first" }, limit: { type: "integer", default: 100 } },
      required: ["klines"],
    },
    schemas,
  );
  expect(rows.map(({ name, type, isRequired, fallback, says }) => [name, type, isRequired, fallback, says])).toEqual([
    ["klines", "Kline[]", true, undefined, "oldest first"],
    ["klines[].open", "number", true, undefined, ""],
    ["limit", "integer", false, "100", ""],
  ]);
});

test("members that only some variants have say which; those that all have are one row", () => {
  const variant = (kind: string, more: Schema["properties"]): Schema => ({
    properties: { kind: { const: kind }, way: { enum: ["up", "down"] }, ...more },
    required: ["kind"],
  });
  const rows = fieldsOf(
    {
      properties: {
        condition: { oneOf: [variant("level", { level: { type: "number" } }), variant("move", { percent: {} })] },
      },
    },
    {},
  );
  expect(rows.slice(1).map(({ name, type, variants }) => [name, type, variants])).toEqual([
    ["condition.kind", '"level" | "move"', []],
    ["condition.way", '"up" | "down"', []],
    ["condition.level", "number", ['kind: "level"']],
    ["condition.percent", "any", ['kind: "move"']],
  ]);
});
