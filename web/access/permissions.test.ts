import { expect, test } from "bun:test";
import { Permissions } from "./permissions.ts";

test("a scope that is missing is named, with those that there are and what to do", () => {
  const permissions = new Permissions({ holder: "key", runsTraders: true });
  permissions.scopes.value = ["read", "stream"];
  expect(permissions.lack("read")).toBeUndefined();
  expect(permissions.lack("trade")).toBe(
    "Traders and signals need the scope trade. Your key has: read, stream. Use another key, or ask the server's operator for one with this scope.",
  );
});

test("nothing counts as forbidden before the server has said what is", () => {
  const permissions = new Permissions({ holder: "account", runsTraders: true });
  expect(permissions.lack("screen")).toBeUndefined();
  permissions.scopes.value = [];
  expect(permissions.lack("screen")).toBe(
    "Screening, previews, backtests and explanations need the scope screen. Your account has: none. Ask the server's operator for it.",
  );
});

test("where traders run elsewhere, this server's scopes say nothing about them", () => {
  const permissions = new Permissions({ holder: "visitor", runsTraders: false });
  permissions.scopes.value = ["read"];
  expect(permissions.lack("trade")).toBeUndefined();
  expect(permissions.lack("screen")).toContain("This server gives everyone without a key: read.");
});
