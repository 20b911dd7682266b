import { expect, test } from "bun:test";
import type { Destination } from "../../src/wire/mod.ts";
import { askedOf, changeOf, draftOf, EMPTY_DRAFT } from "./destination-draft.ts";

test("a change has the address only where it was written anew, and traders only where others were chosen", () => {
  const before = {
    ...{ id: "1", name: "Bot", kind: "webhook", shown: "https://hooks.example/…", enabled: true, traders: ["a", "b"] },
    ...{ digestAbove: 3, onChange: true, priceAlerts: false, quiet: { from: 1_320, until: 425 }, maxPerHour: 9 },
  } as unknown as Destination;
  const draft = draftOf(before, 60);
  expect([draft.quietFrom, draft.quietUntil, draft.url]).toEqual(["23:00", "08:05", ""]);
  const rules = {
    name: "Bot",
    digestAbove: 3,
    maxPerHour: 9,
    onChange: true,
    priceAlerts: false,
    quiet: { from: 1_320, until: 425 },
  };
  expect(changeOf(draft, before, 60)).toEqual(rules);
  expect(changeOf({ ...draft, trader: "", quietFrom: "", quietUntil: "" }, before, 60)).toEqual({
    ...rules,
    traders: null,
    quiet: null,
  });
  const moved = { ...draft, kind: "ntfy", url: "https://ntfy.sh/a" } as const;
  expect(changeOf(moved, before, 60)).toEqual({ ...rules, address: { kind: "ntfy", url: "https://ntfy.sh/a" } });
});

test("a form becomes what the server takes, and leaves out what another kind of address has", () => {
  const draft = { ...EMPTY_DRAFT, name: "Phone", token: " 1:a ", chatId: "-5 ", url: "https://left.over" };
  expect(askedOf(draft, 0)).toEqual({
    ...{ name: "Phone", address: { kind: "telegram", token: "1:a", chatId: "-5" }, traders: null },
    ...{ digestAbove: 10, maxPerHour: 60, onChange: false, priceAlerts: true, quiet: null },
  });
  const ntfy = { ...draft, kind: "ntfy", token: " ", trader: "id", quietFrom: "22:00", quietUntil: "07:30" } as const;
  expect(askedOf(ntfy, 0)).toMatchObject({
    ...{ address: { kind: "ntfy", url: "https://left.over" }, traders: ["id"], quiet: { from: 1_320, until: 450 } },
  });
  expect(askedOf({ ...ntfy, quietUntil: "" }, 0).quiet?.until).toBeNaN();
});
