import { expect, test } from "bun:test";
import { namedAfter } from "./counterpart.ts";

test("a follower's log names the upstream wherever a feed names the exchange", () => {
  const named = namedAfter("the upstream");
  expect(named("the connection was refused: does the exchange listen there? (ECONNREFUSED)")).toBe(
    "the connection was refused: does the upstream listen there? (ECONNREFUSED)",
  );
  expect(named("the exchange's list has none of the exchange's")).toBe(
    "the upstream's list has none of the upstream's",
  );
  expect(namedAfter(undefined)("the exchange says nothing")).toBe("the exchange says nothing");
});
