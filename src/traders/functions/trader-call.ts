import { readTraderId } from "../../wire/mod.ts";
import { EVERYONE, type Owner } from "../traders-table.ts";
import { FunctionProblem } from "./caller.ts";
import type { FunctionCall } from "./functions.ts";

/** Whose rows a call may mean. */
export function ownerOf({ caller }: FunctionCall): Owner {
  return caller.isService ? EVERYONE : caller.owner;
}

/** The trader's id in the path of `traders/{id}…`. Throws InvalidInput. */
export function idOf({ rest }: FunctionCall): string {
  return readTraderId(rest[0] ?? "");
}

/** What was found of the thing in the path, a trader unless said. Throws {@link FunctionProblem} `not_found`. */
export function foundOf<T>(
  found: T | undefined,
  { rest }: FunctionCall,
  thing: "trader" | "destination" | "price alert" = "trader",
): T {
  if (found !== undefined) return found;
  throw new FunctionProblem(
    "not_found",
    `there is no ${thing} ${rest[0]} of yours: GET ${thing.replace(" ", "-")}s lists those that are`,
  );
}
