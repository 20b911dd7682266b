import { expect, test } from "bun:test";
import { keyRecord } from "../../../tests/helpers/keys.ts";
import type { Caller } from "../caller.ts";
import { parseKeyList } from "./key-record.ts";
import { KeyRing } from "./key-ring.ts";
import { keyHash } from "./secret.ts";

test("a holder stays the same one, with its tokens, while keys come and go around it", () => {
  const ring = new KeyRing([keyRecord("a", { name: "a", rate: "5/h" })]);
  const holder = ring.find("a", 0) as Caller;
  holder.bucket.take(3, 0);
  ring.replace([keyRecord("b"), keyRecord("a", { name: "renamed", rate: "5/h" })]);
  expect(ring.find("a", 0)).toBe(holder);
  expect([holder.name, holder.bucket.remaining]).toEqual(["renamed", 2]);
});

test("a key ends at its moment, by being revoked, and by being taken out; and it can come back", () => {
  const ring = new KeyRing([keyRecord("a", { expiresAt: 10 }), keyRecord("b")]);
  const [a, b] = [ring.find("a", 9) as Caller, ring.find("b", 9) as Caller];
  expect(a.isValid(9)).toBe(true);
  expect(ring.find("a", 10)).toBe("this key has expired");
  ring.replace([keyRecord("b", { revokedAt: 5 })]);
  expect(ring.find("b", 5)).toBe("this key has been revoked");
  expect(b.isValid(5)).toBe(false);
  expect(ring.find("a", 5)).toBeUndefined();
  expect(a.isValid(5)).toBe(false);
  ring.replace([keyRecord("b")]);
  expect((ring.find("b", 6) as Caller).isValid(6)).toBe(true);
});

test.each(["", "c", "a ", "A", "x".repeat(10_000)])("%.9j opens nothing", (text) => {
  expect(new KeyRing([keyRecord("a")]).find(text, 0)).toBeUndefined();
});

test("keys in one line of text", () => {
  const hash = keyHash("k");
  expect(parseKeyList(`bot:${hash}:read,stream;  ops:${hash.toUpperCase()}:metrics:20/s`)).toMatchObject([
    { name: "bot", hash, scopes: ["read", "stream"], rate: "600/min" },
    { name: "ops", hash, scopes: ["metrics"], rate: "20/s" },
  ]);
  expect(parseKeyList("")).toEqual([]);
  for (const text of [
    "bot",
    "bot:abc:read",
    `bot:${hash}`,
    `b t:${hash}:read`,
    `bot:${hash}:all`,
    `bot:${hash}:read:fast`,
  ]) {
    expect(() => parseKeyList(text)).toThrow(/^key /);
    expect(() => parseKeyList(text)).not.toThrow(hash);
  }
});
