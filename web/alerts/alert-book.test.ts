import { expect, test } from "bun:test";
import { ClientError } from "../../src/client/mod.ts";
import { parseSymbol, type UnixMs } from "../../src/core/mod.ts";
import type { AlertEvent, PriceAlert } from "../../src/wire/mod.ts";
import { ManualClock } from "../../tests/helpers/clock.ts";
import type { Announcement } from "../signals/signal-alerts.ts";
import { AlertBook } from "./alert-book.ts";

const AT = (Date.UTC(2026, 1, 10) + 5_000) as UnixMs;

function eventOf(id: number): AlertEvent {
  return {
    ...{ id, alertId: "a", symbol: parseSymbol("BTCUSDT"), condition: { kind: "level", direction: "up", level: 100 } },
    ...{ note: "sell", direction: "up", price: 101, reference: 100, value: 101, at: AT, since: null },
    ...{ openTime: (AT - 5_000) as UnixMs, inOpenCandle: true },
  };
}

function alertOf(lastEvent: AlertEvent | null, state: PriceAlert["state"] = "active"): PriceAlert {
  const { symbol, condition, note, at } = eventOf(0);
  return {
    ...{
      id: String(lastEvent?.id ?? 0),
      symbol,
      condition,
      note,
      again: 1,
      expiresAt: null,
      destinationId: null,
      state,
    },
    ...{ problem: null, fires: 1, lastEvent, armedAt: at, createdAt: at },
  };
}

/** A book of a server that has these alerts. */
function opened(isHidden = false) {
  const server = { alerts: [] as PriceAlert[], lists: 0, fault: undefined as string | undefined, known: 0 };
  const told: Announcement[] = [];
  const clock = new ManualClock(AT);
  const answer = async <T>(value: T): Promise<T> => {
    if (server.fault !== undefined) throw new ClientError("invalid_parameter", server.fault);
    return value;
  };
  const book = new AlertBook({
    alerts: {
      list: () => {
        server.lists += 1;
        return answer({ count: server.alerts.length, alerts: [...server.alerts] });
      },
      create: () => answer(alertOf(null)),
      update: () => answer(alertOf(null)),
      delete: () => answer(undefined),
    },
    destinations: { list: () => answer({ count: 0, destinations: [] }) },
    ...{ clock, isHidden: () => isHidden, announce: (one) => told.push(one), onKnown: () => (server.known += 1) },
  });
  return { book, server, told, clock };
}

test("what fires while the page is open is shown and announced once; what fired before isn't", async () => {
  const { book, server, told } = opened();
  server.alerts = [alertOf(eventOf(1))];
  await book.read();
  expect([book.fired.value, told]).toEqual([[], []]);
  server.alerts = [alertOf(eventOf(3)), alertOf(eventOf(2))];
  await book.read();
  await book.read();
  expect(book.fired.value.map(({ id }) => id)).toEqual([3, 2]);
  expect(told).toHaveLength(2);
  expect(told[0]).toEqual({
    title: "BTCUSDT crossed 100 upwards",
    body: "101 at 2026-02-10 00:00:05 UTC, within the open 1m candle\nsell",
    ...{ hash: `#/chart/BTCUSDT/1m?at=${AT - 5_000}`, tag: "vyx-alert" },
  });
  server.alerts = [4, 5, 6].map((id) => alertOf(eventOf(id)));
  await book.read();
  expect(book.fired.value.map(({ id }) => id)).toEqual([6, 5, 4]);
  book.close(5);
  expect(book.fired.value.map(({ id }) => id)).toEqual([6, 4]);
  expect(server.known).toBe(4);
});

test("the list is read every 5 s while an alert is active and somebody looks, else every 30 s", async () => {
  const readsIn = async (alerts: readonly PriceAlert[], isHidden: boolean): Promise<number> => {
    const { book, server, clock } = opened(isHidden);
    server.alerts = [...alerts];
    const leaving = new AbortController();
    void book.follow(leaving.signal);
    await clock.turn(0);
    for (let second = 0; second < 60; second += 1) await clock.turn(1_000);
    leaving.abort();
    return server.lists;
  };
  expect(await readsIn([alertOf(null)], false)).toBe(13);
  expect(await readsIn([alertOf(null)], true)).toBe(3);
  expect(await readsIn([alertOf(null, "fired")], false)).toBe(3);
});

test("says why something wasn't done, or the list couldn't be read, until it is", async () => {
  const { book, server } = opened();
  server.fault = "GET /x: condition.level: expected a price above 0";
  expect(await book.create({ symbol: "X", condition: { kind: "level", direction: "up", level: 0 } })).toBe(false);
  await book.read();
  expect([book.failure.value, book.unread.value]).toEqual([
    "condition.level: expected a price above 0",
    "condition.level: expected a price above 0",
  ]);
  server.fault = undefined;
  expect(await book.change("1", { active: true })).toBe(true);
  expect([book.failure.value, book.unread.value, book.alerts.value]).toEqual(["", "", []]);
});
