import { readTraderId } from "../../wire/mod.ts";
import { EVERYONE, type Owner } from "../traders-table.ts";
import { FunctionProblem } from "./caller.ts";
import type { FunctionCall } from "./functions.ts";

/** Whose traders a call may mean. */
export function ownerOf({ caller }: FunctionCall): Owner {
  return caller.isService ? EVERYONE : caller.owner;
}

/** The trader's id in the path of `traders/{id}…`. Throws InvalidInput. */
export function idOf({ rest }: FunctionCall): string {
  return readTraderId(rest[0] ?? "");
}

/** What was found of the trader in the path. Throws {@link FunctionProblem} `not_found`. */
export function foundOf<T>(found: T | undefined, { rest }: FunctionCall): T {
  if (found !== undefined) return found;
  throw new FunctionProblem("not_found", `there is no trader ${rest[0]} of yours: GET traders lists those that are`);
}
