import { afterEach, expect, test } from "bun:test";
import { copyText } from "./copy-text.ts";

const before = globalThis.navigator;

afterEach(() => {
  globalThis.navigator = before;
});

test("a text is copied, unless the browser refuses it or has no clipboard, as over plain HTTP", async () => {
  const written: string[] = [];
  const withClipboard = (clipboard: unknown): void => {
    globalThis.navigator = { clipboard } as never;
  };
  withClipboard({ writeText: async (text: string) => void written.push(text) });
  expect([await copyText("a"), written]).toEqual([true, ["a"]]);
  withClipboard({ writeText: () => Promise.reject(new Error("not allowed")) });
  expect(await copyText("b")).toBe(false);
  withClipboard(undefined);
  expect(await copyText("c")).toBe(false);
});
