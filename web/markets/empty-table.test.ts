import { expect, test } from "bun:test";
import { type EmptyTableFacts, emptyTable } from "./empty-table.ts";

const FACTS: EmptyTableFacts = {
  connection: { kind: "connected" },
  now: 0,
  feedFault: undefined,
  hasPrices: false,
  list: undefined,
};

test("without prices, the table says how far the connection is", () => {
  const waiting = { kind: "waiting", reason: "connection refused" } as const;
  const all: readonly Partial<EmptyTableFacts>[] = [
    { connection: { kind: "connecting" } },
    {},
    { feedFault: "Binance hasn't been reached yet" },
    { connection: { kind: "silent" } },
    { connection: { ...waiting, until: 2_400 } },
    { connection: { ...waiting, until: 0 } },
    { connection: { kind: "lost", reason: "too many channels", isAccess: false } },
  ];
  expect(all.map((facts) => emptyTable({ ...FACTS, ...facts }))).toEqual([
    { says: "Connecting to the server …" },
    { says: "Connected. Waiting for the first prices …" },
    {
      says: "The server has no prices yet: Binance hasn't been reached yet. They appear here as soon as they arrive.",
    },
    { says: "The server doesn't answer. The page keeps trying." },
    { says: "The server can't be reached: connection refused. The page tries again in 3 s.", remedy: "retry" },
    { says: "The server can't be reached: connection refused. The page is trying again …", remedy: "retry" },
    { says: "The page is disconnected: too many channels. Reload the page to try again." },
  ]);
});

test("with prices, the table says what leaves it empty", () => {
  const facts = { ...FACTS, hasPrices: true };
  expect([
    emptyTable({ ...facts, list: { name: "Majors", size: 0 } }).says,
    emptyTable({ ...facts, list: { name: "Majors", size: 3 } }).says,
    emptyTable(facts).says,
  ]).toEqual([
    'The list "Majors" is empty. Show all symbols, then add some with the stars next to them.',
    'No symbol on the list "Majors" matches. Press Escape in the search to show all symbols.',
    "No symbol matches. Press Escape in the search to show all symbols.",
  ]);
});
