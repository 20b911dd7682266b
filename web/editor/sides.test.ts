import { expect, test } from "bun:test";
import { parseRoute } from "../shell/route.ts";
import { type Side, sideOf } from "./sides.ts";

test.each<[string, Side | undefined]>([
  ["#/traders/one?side=runs", "runs"],
  ["#/traders/one?side=contract&line=3", "contract"],
  ["#/traders/one", undefined],
  ["#/traders/one?side=toString", undefined],
  ["#/traders/new?side=backtest", "backtest"],
  ["#/traders/new?side=record", undefined],
  ["#/signals?side=runs", undefined],
])("the address %s names the side %s", (hash, side) => {
  const route = parseRoute(hash);
  expect(route === undefined ? "no route" : sideOf(route)).toBe(side);
});
