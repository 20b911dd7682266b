import { expect, test } from "bun:test";
import { parseSymbol, type UnixMs } from "../../src/core/mod.ts";
import type { AlertCondition, PriceAlert } from "../../src/wire/mod.ts";
import { askedOf, draftFor, draftOf, lineOf } from "./alert-draft.ts";

const NOW = Date.UTC(2026, 1, 10) as UnixMs;
const LINE = { from: { time: NOW, price: 1 }, to: { time: (NOW + 60_000) as UnixMs, price: 2 } };

test("a new alert is at a level, once, in either direction, for ever, to all destinations", () => {
  expect(askedOf({ ...draftFor("BTCUSDT"), level: " 64,000.5 " }, NOW)).toEqual({
    ...{ symbol: "BTCUSDT", condition: { kind: "level", direction: "either", level: 64_000.5 } },
    ...{ note: "", again: null, expiresAt: null, destinationId: null },
  });
});

test.each<AlertCondition>([
  { kind: "level", direction: "up", level: 0.000_012 },
  { kind: "line", direction: "down", ...LINE, extended: false },
  { kind: "move", direction: "either", percent: 2.5, minutes: 15 },
  { kind: "volume", minutes: 5, times: 3.5 },
])("an alert that is changed keeps what it is: %j", (condition) => {
  const rules = { note: "n", again: 30, expiresAt: (NOW + 5) as UnixMs, destinationId: "d" };
  const alert = { ...rules, symbol: parseSymbol("BTCUSDT"), condition } as PriceAlert;
  expect(askedOf(draftOf(alert), NOW)).toEqual({ symbol: "BTCUSDT", condition, ...rules });
  expect(askedOf({ ...draftOf(alert), span: "day", again: "", destination: "" }, NOW - 5_000)).toMatchObject({
    ...{ again: null, expiresAt: NOW + 86_400_000, destinationId: null },
  });
});

test("what isn't a number is asked for as 0, which the server refuses with the field's name", () => {
  expect(askedOf({ ...draftFor("X"), level: "a lot" }, NOW).condition).toMatchObject({ level: 0 });
});

test("a drawn line goes from its older point to the newer one, at whole milliseconds; an upright one is none", () => {
  const [a, b] = [
    { time: NOW + 0.4, price: 1 },
    { time: NOW + 60_000.2, price: 2 },
  ];
  expect([lineOf([a, b]), lineOf([b, a]), lineOf([a, { ...b, time: a.time }])]).toEqual([LINE, LINE, undefined]);
});
