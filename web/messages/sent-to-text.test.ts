import { expect, test } from "bun:test";
import type { Destination } from "../../src/wire/mod.ts";
import { sentToText } from "./sent-to-text.ts";

const to = (name: string, more: Partial<Destination> = {}): Destination =>
  ({ name, enabled: true, confirmed: true, traders: null, ...more }) as Destination;

test("a trader's destinations are those that are on, confirmed, and for all traders or for this one", () => {
  expect(sentToText("t", [])).toBe("");
  const others = [to("off", { enabled: false }), to("new", { confirmed: false }), to("other", { traders: ["u"] })];
  expect(sentToText("t", others)).toBe("signals go to no destination");
  expect(sentToText("t", [...others, to("Phone")])).toBe("signals go to Phone");
  expect(sentToText("t", [to("Phone"), to("Bot", { traders: ["u", "t"] })])).toBe("signals go to Phone and Bot");
  expect(
    sentToText(
      "t",
      ["A", "B", "C"].map((name) => to(name)),
    ),
  ).toBe("signals go to A, B and C");
  expect(
    sentToText(
      "t",
      ["A", "B", "C", "D", "E"].map((name) => to(name)),
    ),
  ).toBe("signals go to A, B, C and 2 more");
});
