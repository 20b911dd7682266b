import { expect, test } from "bun:test";
import { TRADER_TABLES } from "../../traders/mod.ts";
import { READ_ORDER } from "./row-stream.ts";

test("every table that users have rows in is read for a backup", () => {
  expect(READ_ORDER.toSorted()).toEqual(TRADER_TABLES.toSorted());
});
