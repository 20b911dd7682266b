import { expect, test } from "bun:test";
import { readAddress } from "./address.ts";

test.each<[string, string[], string]>([
  [
    "127.0.0.1:9090",
    ["http:", "https:"],
    '"127.0.0.1:9090" is not an address: expected http://… or https://…, for example http://127.0.0.1:9090',
  ],
  [
    "localhost:8080",
    ["http:", "https:"],
    '"localhost:8080" is not an address: expected http://… or https://…, for example http://localhost:8080',
  ],
  ["vyx.example.org", ["http:", "https:"], "for example https://vyx.example.org"],
  ["stream.example", ["ws:", "wss:"], "for example wss://stream.example"],
  ["http://x.example", ["ws:", "wss:"], '"http://x.example" is not an address: expected ws://… or wss://…'],
])("%s is repeated, with what is missing", (text, protocols, words) => {
  expect(() => readAddress(text, protocols)).toThrow(words);
});

test("what may hold a password isn't repeated", () => {
  for (const text of ["user:secret@host", "http//user:secret@host"]) {
    expect(() => readAddress(text, ["http:"])).toThrow(/^it is not an address: expected http:\/\/…$/);
  }
  expect(() => readAddress("secret", ["postgres:"], true)).toThrow(/^it is not an address/);
});

test("an address is given back as it is", () => {
  expect(readAddress("http://127.0.0.1:9090", ["http:"])).toBe("http://127.0.0.1:9090");
});
