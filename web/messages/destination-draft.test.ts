import { expect, test } from "bun:test";
import { askedOf, EMPTY_DRAFT } from "./destination-draft.ts";

test("a form becomes what the server takes, and leaves out what another kind of address has", () => {
  const draft = { ...EMPTY_DRAFT, name: "Phone", token: " 1:a ", chatId: "-5 ", url: "https://left.over" };
  expect(askedOf(draft)).toEqual({
    ...{ name: "Phone", address: { kind: "telegram", token: "1:a", chatId: "-5" }, traders: null },
    ...{ digestAbove: 10, maxPerHour: 60, onChange: false, quiet: null },
  });
  const ntfy = { ...draft, kind: "ntfy", token: " ", trader: "id", quietFrom: "22:00", quietUntil: "07:30" } as const;
  expect(askedOf(ntfy)).toMatchObject({
    ...{ address: { kind: "ntfy", url: "https://left.over" }, traders: ["id"], quiet: { from: 1_320, until: 450 } },
  });
  expect(askedOf({ ...ntfy, quietUntil: "" }).quiet?.until).toBeNaN();
});
