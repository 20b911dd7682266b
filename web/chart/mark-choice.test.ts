import { expect, test } from "bun:test";
import { MarkChoice } from "./mark-choice.ts";

test("the choice is kept; what an address asks for isn't", () => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  };
  const choice = new MarkChoice(storage);
  expect(choice.marked.peek()).toEqual({ isEachInterval: false, hidden: new Set() });
  choice.toggleTrader("3f2a");
  choice.toggleTrader("77b1");
  choice.toggleTrader("3f2a");
  choice.takeEachInterval(true);
  expect(choice.marked.peek()).toEqual({ isEachInterval: true, hidden: new Set(["77b1"]) });
  expect(new MarkChoice(storage).marked.peek()).toEqual({ isEachInterval: false, hidden: new Set(["77b1"]) });
  choice.toggleEachInterval();
  choice.toggleEachInterval();
  expect(new MarkChoice(storage).marked.peek()).toEqual({ isEachInterval: true, hidden: new Set(["77b1"]) });
});
