import { expect, test } from "bun:test";
import { connectionText } from "./connection-state.ts";

test("where the connection stands, in words", () => {
  const waiting = { kind: "waiting", until: 10_000, reason: "the server is shutting down" } as const;
  expect(connectionText({ kind: "connecting" }, 0)).toBe("connecting");
  expect(connectionText({ kind: "connected" }, 0)).toBe("connected");
  expect(connectionText({ kind: "silent" }, 0)).toBe("no answer");
  expect(connectionText(waiting, 7_200)).toBe("disconnected, retry in 3 s");
  expect(connectionText(waiting, 10_000)).toBe("disconnected, reconnecting");
  expect(connectionText({ kind: "lost", reason: "…", isAccess: false }, 0)).toBe("disconnected");
  expect(connectionText({ kind: "lost", reason: "…", isAccess: true }, 0)).toBe("no access");
});
