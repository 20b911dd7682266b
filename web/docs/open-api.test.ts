import { expect, test } from "bun:test";
import { addressOf, type Parameter, shapeText } from "./open-api.ts";

test("a shape in a few words", () => {
  const kline = { $ref: "#/components/schemas/Kline" };
  expect(shapeText({ type: "object", properties: { count: { type: "integer" }, klines: { items: kline } } })).toBe(
    "{ count: integer, klines: Kline[] }",
  );
  expect(shapeText({ anyOf: [{ type: "number" }, { type: "null" }] })).toBe("number | null");
  expect(shapeText({ enum: ["1m", "1h"] })).toBe('"1m" | "1h"');
  expect(shapeText({ additionalProperties: { const: true } })).toBe("{ [name]: true }");
});

test("an address with what was filled in", () => {
  const parameter = (name: string, place: "path" | "query"): Parameter => ({
    name,
    in: place,
    required: place === "path",
    description: "",
    schema: {},
  });
  const parameters = [parameter("symbol", "path"), parameter("limit", "query"), parameter("closed", "query")];
  const given = new Map([
    ["symbol", "币安人生USDT"],
    ["limit", "5"],
    ["closed", ""],
  ]);
  expect(addressOf("/klines/{symbol}", parameters, given)).toBe(
    `/klines/${encodeURIComponent("币安人生USDT")}?limit=5`,
  );
});
