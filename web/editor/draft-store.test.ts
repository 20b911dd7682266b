import { expect, test } from "bun:test";
import type { Interval } from "../../src/core/mod.ts";
import { DRAFTS } from "../shell/storage.ts";
import { newDraft } from "../traders/trader-draft.ts";
import { DraftStore, type KeptDraft, MOST_CHARACTERS, MOST_DRAFTS } from "./draft-store.ts";

function setUp() {
  const items = new Map<string, string>();
  const storage = {
    getItem: (name: string) => items.get(name) ?? null,
    setItem: (name: string, value: string) => void items.set(name, value),
    removeItem: (name: string) => void items.delete(name),
  };
  return { items, storage, store: new DraftStore(storage) };
}

function kept(name: string, more: Partial<KeptDraft> = {}): KeptDraft {
  return { draft: { ...newDraft(undefined, "binance"), name }, at: 1, by: "me", ...more };
}

test("a draft is there again in another page of the same browser, as it was typed", () => {
  const { storage, store } = setUp();
  const one = kept("Dips", { version: 3, at: 17 });
  expect(store.put("a", one)).toBe(true);
  expect(new DraftStore(storage).get("a")).toEqual(one);
  expect(store.get("b")).toBeUndefined();
});

test("what is saved or discarded is forgotten, but not what another tab has typed since", () => {
  const { items, store } = setUp();
  store.put("a", kept("mine"));
  store.drop("a", ["me"]);
  expect([store.get("a"), items.size]).toEqual([undefined, 0]);
  store.put("a", kept("theirs", { by: "other" }));
  store.drop("a", ["me"]);
  expect(store.get("a")?.draft.name).toBe("theirs");
  store.drop("a", ["me", "other"]);
  expect(store.get("a")).toBeUndefined();
});

test("the drafts that were touched last are kept, so many and so long at most", () => {
  const { items, store } = setUp();
  for (let index = 0; index < MOST_DRAFTS; index += 1) store.put(`${index}`, kept(`${index}`));
  store.put("0", kept("again"));
  store.put("new", kept("new"));
  expect([store.get("0")?.draft.name, store.get("1"), store.get("2")?.draft.name]).toEqual(["again", undefined, "2"]);
  const long = { ...newDraft(undefined, "binance"), code: "x".repeat(32_768) };
  for (let index = 0; index < 12; index += 1) store.put(`long ${index}`, kept("", { draft: long }));
  expect(items.get(DRAFTS)?.length).toBeLessThanOrEqual(MOST_CHARACTERS);
  expect([store.get("long 11") !== undefined, store.get("long 0"), store.get("new")]).toEqual([
    true,
    undefined,
    undefined,
  ]);
});

test("what isn't a draft is as if it weren't there, and does no harm to the others", () => {
  const { items, store } = setUp();
  const good = kept("good");
  const { code: _, ...withoutCode } = good.draft;
  const wrong = [
    null,
    "x",
    ["a"],
    ["a", null],
    ["a", { ...good, at: "1" }],
    ["a", { ...good, draft: withoutCode }],
    ["a", { ...good, draft: { ...good.draft, timeframes: [1] } }],
    ["a", { ...good, draft: { ...good.draft, symbols: "BTCUSDT" } }],
  ];
  items.set(DRAFTS, JSON.stringify([...wrong, ["b", good]]));
  expect([store.get("a"), store.get("b")]).toEqual([undefined, good]);
  for (const text of ["{", "3", '{"a":1}']) {
    items.set(DRAFTS, text);
    expect(store.get("b")).toBeUndefined();
  }
});

test("a browser whose storage is full keeps none, and says so", () => {
  const { storage } = setUp();
  const full = {
    ...storage,
    setItem: () => {
      throw new DOMException("full", "QuotaExceededError");
    },
  };
  expect(
    new DraftStore(full).put(
      "a",
      kept("a", { draft: { ...newDraft(undefined, "binance"), timeframes: ["1m" as Interval] } }),
    ),
  ).toBe(false);
});
