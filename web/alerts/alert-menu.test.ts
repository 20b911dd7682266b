import { expect, test } from "bun:test";
import { parseSymbol, type UnixMs } from "../../src/core/mod.ts";
import type { AlertCondition, PriceAlert } from "../../src/wire/mod.ts";
import type { ChartSpot } from "../chart/chart-menu.ts";
import type { AlertMenuParts } from "./alert-menu.ts";
import { alertEntries } from "./alert-menu.ts";
import type { AskedAlert } from "./price-alerts-later.ts";

const AT = Date.UTC(2026, 1, 10) as UnixMs;
const SPOT: ChartSpot = {
  ...{ symbol: "BTCUSDT", interval: "5m", decimals: 2, openTime: AT, price: 100, drawing: undefined },
};

function alertOf(id: string, condition: AlertCondition, state: PriceAlert["state"] = "active"): PriceAlert {
  const rules = {
    symbol: parseSymbol("BTCUSDT"),
    condition,
    note: "",
    again: null,
    expiresAt: null,
    destinationId: null,
  };
  return { ...rules, id, state, problem: null, fires: 0, lastEvent: null, armedAt: AT, createdAt: AT };
}

/** A pixel is a tenth of a price. Gives back what the menu offers, and what became of choosing one. */
function menuOf(alerts: readonly PriceAlert[], lack?: string) {
  const asked: (AskedAlert | undefined)[] = [];
  const deleted: string[] = [];
  const priceAlerts = {
    asked: {
      set value(one: AskedAlert | undefined) {
        asked.push(one);
      },
    },
    book: { peek: () => ({ delete: ({ id }: PriceAlert) => deleted.push(id) }) },
  } as unknown as AlertMenuParts["page"]["priceAlerts"];
  const entries = alertEntries({
    page: { priceAlerts, permissions: { lack: () => lack } as never },
    plane: { yOf: (price) => price * 10 },
    alerts: () => alerts,
  });
  const offered = (spot: ChartSpot): string[] => entries.flatMap(({ label }) => label(spot) ?? []);
  const choose = (spot: ChartSpot, text: RegExp): void =>
    entries.find(({ label }) => text.test(label(spot) ?? ""))?.run(spot);
  return { asked, deleted, offered, choose };
}

test("an alert at a price, and for a line that was drawn; none for other drawings", () => {
  const { asked, offered, choose } = menuOf([]);
  expect(offered(SPOT)).toEqual(["Alert when the price crosses 100.00"]);
  choose(SPOT, /crosses 100/);
  const anchors = [
    { time: AT + 60_000, price: 2 },
    { time: AT, price: 1 },
  ];
  const drawn = (kind: "price-line" | "trend-line" | "rectangle"): ChartSpot =>
    ({ ...SPOT, drawing: { id: "d", kind, color: "blue", anchors } }) as ChartSpot;
  choose(drawn("trend-line"), /this line/);
  choose(drawn("price-line"), /this line/);
  expect(asked.map((one) => one?.draft)).toMatchObject([
    { kind: "level", level: "100.00" },
    { kind: "line", line: { from: { time: AT, price: 1 }, to: { time: AT + 60_000, price: 2 } } },
    { kind: "level", level: "2.00" },
  ]);
  expect(offered(drawn("rectangle"))).toEqual(["Alert when the price crosses 100.00"]);
});

test("nobody is offered an alert who may have none", () => {
  expect(menuOf([], "needs the scope trade").offered(SPOT)).toEqual([]);
});

test("an active alert is removed where its line is", () => {
  const level = (at: number): AlertCondition => ({ kind: "level", direction: "either", level: at });
  const line: AlertCondition = {
    ...{ kind: "line", direction: "either", extended: true },
    ...{ from: { time: (AT - 60_000) as UnixMs, price: 80 }, to: { time: AT, price: 90 } },
  };
  const { deleted, offered, choose } = menuOf([
    ...[alertOf("fired", level(100), "fired"), alertOf("level", level(100.6)), alertOf("line", line)],
  ]);
  expect(offered(SPOT)).toContain("Remove the alert at 100.60");
  choose(SPOT, /^Remove/);
  choose({ ...SPOT, price: 90.5 }, /^Remove the alert at 90.00/);
  expect(deleted).toEqual(["level", "line"]);
  expect(offered({ ...SPOT, price: 95 })).toHaveLength(1);
});
