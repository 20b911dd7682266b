import { expect, test } from "bun:test";
import { draftFor } from "./alert-draft.ts";
import { farText } from "./far-level.ts";

const at = (level: string, price: number | undefined) => farText({ ...draftFor("BTCUSDT"), level }, price);

test("a level far from the price is said, a near one, none, or one without a price isn't", () => {
  expect([at("1.5", 114_417), at("50", 100), at("200", 100), at("1,500", 100)]).toEqual([
    "is 100.00 % below the price",
    "is 50 % below the price",
    "is 2.0 times the price",
    "is 15 times the price",
  ]);
  expect([at("51", 100), at("199", 100), at("", 100), at("a lot", 100), at("5", undefined)]).toEqual(
    Array.from({ length: 5 }, () => undefined),
  );
  expect(farText({ ...draftFor("BTCUSDT"), level: "1", kind: "move" }, 100)).toBeUndefined();
});
