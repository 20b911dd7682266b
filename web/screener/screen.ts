import type { Interval, MarketId } from "../../src/core/mod.ts";
import type { RowOrder } from "../markets/order.ts";
import type { Condition } from "./conditions.ts";

/** What a user looks for: conditions and columns that were clicked, or a filter's code in their place. */
export interface Screen {
  readonly name: string;
  /** The server's first market unless given. */
  readonly market: MarketId | undefined;
  /** The candles of those columns that don't say by themselves which. */
  readonly interval: Interval;
  /** Whether all conditions are to hold, or any of them. */
  readonly isAll: boolean;
  readonly conditions: readonly Condition[];
  /** The keys of the columns that are shown, besides those of the conditions. */
  readonly columns: readonly string[];
  /** How the matches are sorted, by "symbol", by the price of the close as "closePrice", or by the name of a fact. */
  readonly order: RowOrder;
  /** The user's own code; undefined while it comes from the clicks. */
  readonly code: string | undefined;
}

/** The keys of all columns that a screen shows, in their order: those that are chosen, then those that its conditions need besides. */
export function shownColumns({ columns, conditions }: Pick<Screen, "columns" | "conditions">): readonly string[] {
  return [...new Set([...columns, ...comparedColumns(conditions)])];
}

/** The columns that conditions are about. */
export function comparedColumns(conditions: Screen["conditions"]): readonly string[] {
  return conditions.flatMap(({ column, operand }) =>
    typeof operand === "object" && "column" in operand ? [column, operand.column] : [column],
  );
}
