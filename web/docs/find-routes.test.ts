import { expect, test } from "bun:test";
import { RouteFinder } from "./find-routes.ts";
import { routesOf } from "./open-api.ts";

const shared = { summary: "", security: [], parameters: [], responses: {} };
const routes = routesOf({
  info: { title: "", version: "", description: "" },
  tags: [{ name: "Market data" }, { name: "Filters" }],
  paths: {
    "/klines": { get: { ...shared, operationId: "klines", tags: ["Market data"], summary: "Candles" } },
    "/screen": {
      post: {
        ...shared,
        operationId: "screen",
        tags: ["Filters"],
        requestBody: { content: { "application/json": { schema: { properties: { closeTime: {} } } } } },
      },
    },
  },
  components: { schemas: {} },
});

test("all words of a search must be somewhere in a route, in either case", () => {
  const finder = new RouteFinder(routes, {});
  const found = (search: string): string[] => finder.find(search).map(({ id }) => id);
  expect(found("")).toEqual(["klines", "screen"]);
  expect(found("GET candles")).toEqual(["klines"]);
  expect(found("filters closetime")).toEqual(["screen"]);
  expect(found("get closetime")).toEqual([]);
});
