import { assert, type Clock } from "../../core/mod.ts";
import type { Screener } from "../ports.ts";
import type { FunctionTables } from "./call-tables.ts";
import { createFunctions, type FunctionParts, type Functions } from "./functions.ts";

/**
 * What can be answered without a database: what is wrong with a filter, and the lists of whoever has no traders yet. Only
 * for `GET`, and for `POST traders/validate`.
 */
export function functionsWithoutDatabase(screener: Screener, clock: Clock): Functions {
  const parts: Pick<
    FunctionParts,
    "tables" | "offer" | "markets" | "screener" | "clock" | "origins" | "authorize" | "onError"
  > = {
    tables: () => NOTHING,
    offer: async () => undefined,
    markets: async () => undefined,
    screener,
    clock,
    origins: [],
    authorize: async () => unasked(),
    onError: (_, cause) => {
      throw cause;
    },
  };
  // These calls ask for nothing else.
  return createFunctions(parts as FunctionParts);
}

/** A database in which there is nothing yet. */
const NOTHING: FunctionTables = {
  traders: {
    ...{ create: unasked, update: unasked, delete: unasked },
    list: async () => ({ traders: [], cursor: null }),
    read: async () => undefined,
  },
  versions: { list: async () => undefined, read: async () => undefined },
  executions: { list: async () => undefined },
  outcomes: { closesOf: async () => [], signalsOf: async () => ({ signals: [], before: undefined }) },
  signals: { list: async () => ({ signals: [], cursor: null }) },
  destinations: {
    ...{
      create: unasked,
      update: unasked,
      delete: unasked,
      address: unasked,
      deliveries: unasked,
      again: unasked,
      failed: unasked,
    },
    list: async () => [],
    read: async () => undefined,
  },
  mailCodes: { issue: unasked, enter: unasked, isConfirmed: unasked },
  mailLinks: { tokenOf: unasked },
  mails: { take: unasked },
  priceAlerts: {
    ...{ create: unasked, update: unasked, delete: unasked },
    list: async () => [],
    read: async () => undefined,
    events: async () => ({ events: [], cursor: null }),
  },
  looks: { lastLook: async () => null },
};

function unasked(): never {
  assert(false, "this needs a database, or a caller that isn't known");
}
