import { assert } from "../../core/mod.ts";
import { createFunctions, type FunctionParts, type Functions } from "./functions.ts";

/**
 * The functions on a database without a row, and without that database: what a server that has no traders yet answers to
 * who only reads. Only for `GET`.
 */
export function emptyReads(): Functions {
  const parts: Pick<FunctionParts, "traders" | "signals" | "origins" | "authorize" | "onError"> = {
    traders: { ...NOTHING_CHANGES, list: async () => ({ traders: [], cursor: null }), read: async () => undefined },
    signals: { list: async () => ({ signals: [], cursor: null }) },
    origins: [],
    authorize: async () => notRead(),
    onError: (_, cause) => {
      throw cause;
    },
  };
  // What reads the lists asks for nothing else.
  const functions = createFunctions(parts as FunctionParts);
  return async (name, request, caller) => {
    assert(request.method === "GET" && caller !== undefined, "only reads of a known caller are answered here");
    return await functions(name, request, caller);
  };
}

const NOTHING_CHANGES = { create: notRead, update: notRead, delete: notRead };

function notRead(): never {
  assert(false, "a read changes nothing");
}
