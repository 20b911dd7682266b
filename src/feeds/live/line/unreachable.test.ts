import { expect, test } from "bun:test";
import { connectionFault, placeOf } from "./unreachable.ts";

test("a refused connection is said in words, and an unknown host, too", async () => {
  const refused = await fetch("http://127.0.0.1:9/").catch((cause: unknown) => cause);
  expect(connectionFault(refused)).toBe("the connection was refused: does the exchange listen there? (ECONNREFUSED)");
  const unknown = Object.assign(new Error("getaddrinfo ENOTFOUND nope.invalid"), { code: "ENOTFOUND" });
  expect(connectionFault(unknown)).toStartWith("no such host is known: ");
});

test("a WebSocket's error is repeated without its address, which names every stream", () => {
  const text = "WebSocket connection to 'ws://a.example/stream?streams=a/b' failed: Expected 101 status code: 403";
  expect(connectionFault(new Error(text))).toBe("Expected 101 status code: 403");
});

test("a place is an address without user, password and path, and the proxy before it", () => {
  expect(placeOf("wss://user:secret@a.example:9443/stream?streams=x", undefined)).toBe("wss://a.example:9443");
  expect(placeOf("https://a.example/", "proxy.example:3128")).toBe(
    "https://a.example through the proxy proxy.example:3128",
  );
});
