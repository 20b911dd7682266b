import { assert } from "../../core/mod.ts";
import type { Screener } from "../ports.ts";
import { createFunctions, type FunctionParts, type Functions } from "./functions.ts";

/**
 * What can be answered without a database: what is wrong with a filter, and the lists of whoever has no traders yet. Only
 * for `GET`, and for `POST traders/validate`.
 */
export function functionsWithoutDatabase(screener: Screener): Functions {
  const parts: Pick<FunctionParts, "traders" | "signals" | "screener" | "origins" | "authorize" | "onError"> = {
    traders: { ...NOTHING_CHANGES, list: async () => ({ traders: [], cursor: null }), read: async () => undefined },
    signals: { list: async () => ({ signals: [], cursor: null }) },
    screener,
    origins: [],
    authorize: async () => unasked(),
    onError: (_, cause) => {
      throw cause;
    },
  };
  // These calls ask for nothing else.
  return createFunctions(parts as FunctionParts);
}

const NOTHING_CHANGES = { create: unasked, update: unasked, delete: unasked };

function unasked(): never {
  assert(false, "this needs a database, or a caller that isn't known");
}
