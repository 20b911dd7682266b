import { expect, test } from "bun:test";
import { addressOf, exampleTexts, type Operation, type Parameter, resolved, routesOf } from "./open-api.ts";

const parameter = (name: string, place: "path" | "query", example?: unknown): Parameter => ({
  name,
  in: place,
  required: place === "path",
  description: "",
  schema: {},
  ...(example === undefined ? {} : { example }),
});

test("an address with what was filled in", () => {
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

test("a list stays readable in an address, and other signs are escaped", () => {
  const parameters = [parameter("symbols", "query", ["BTCUSDT", "ETHUSDT"]), parameter("search", "query", "a&b")];
  expect(addressOf("/klines", parameters, exampleTexts(parameters))).toBe(
    "/klines?symbols=BTCUSDT,ETHUSDT&search=a%26b",
  );
});

test("routes come group by group, with what they take", () => {
  const operation = (tag: string, more: Partial<Operation> = {}): Operation => ({
    operationId: tag,
    tags: [tag],
    summary: "",
    security: [],
    parameters: [],
    responses: {},
    ...more,
  });
  const body = { content: { "application/json": { schema: { type: "object" }, example: { code: "x" } } } };
  const routes = routesOf({
    info: { title: "", version: "", description: "" },
    tags: [{ name: "first" }, { name: "second" }],
    paths: {
      "/b": { get: operation("second") },
      "/a": { post: operation("first", { requestBody: body, security: [{}] }) },
    },
    components: { schemas: {} },
  });
  expect(routes.map(({ method, path, isPublic }) => [method, path, isPublic])).toEqual([
    ["POST", "/a", false],
    ["GET", "/b", true],
  ]);
  expect(routes[0]?.body).toEqual({ schema: { type: "object" }, example: { code: "x" } });
  expect(routes[1]?.body).toBeUndefined();
});

test("a named shape is found by its name", () => {
  const kline = { type: "object" };
  expect(resolved({ $ref: "#/components/schemas/Kline" }, { Kline: kline })).toBe(kline);
  expect(resolved(kline, {})).toBe(kline);
});
