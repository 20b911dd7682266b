import { expect, test } from "bun:test";
import { ClientError } from "../../src/client/mod.ts";
import type { SymbolsAnswer } from "../../src/wire/mod.ts";
import { Access } from "./access.ts";

function setUp(answer: () => Promise<SymbolsAnswer>) {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  };
  const log: string[] = [];
  const make = (): Access =>
    new Access(
      storage,
      "http://vyx.test",
      () => log.push("anew"),
      (key) => ({
        symbols: () => {
          log.push(`asked with ${key}`);
          return answer();
        },
      }),
    );
  return { access: make(), make, log };
}

test("a good key is kept and used from then on, until it is forgotten", async () => {
  const { access, make, log } = setUp(() => Promise.resolve({ count: 0, symbols: [] }));
  expect(access.key).toBeUndefined();
  expect(await access.use("  vyx_abc.def ")).toBeUndefined();
  expect(log).toEqual(["asked with vyx_abc.def", "anew"]);
  expect(make().key).toBe("vyx_abc.def");
  make().forget();
  expect(make().key).toBeUndefined();
});

test("a bad key isn't kept, and is told in words", async () => {
  const codes = ["unauthorized", "forbidden", "network"] as const;
  const said = [];
  for (const code of codes) {
    const { access, make } = setUp(() => Promise.reject(new ClientError(code, "no")));
    said.push(await access.use("key"));
    expect(make().key).toBeUndefined();
  }
  expect(said).toEqual([
    "The server doesn't take this key.",
    "This key may not read the market.",
    "The server couldn't be asked: no",
  ]);
});

test("what can't be a key isn't sent", async () => {
  const { access, log } = setUp(() => Promise.resolve({ count: 0, symbols: [] }));
  for (const typed of ["", "two words", "schlüssel"]) expect(await access.use(typed)).toStartWith("A key is one word");
  expect(log).toEqual([]);
});
