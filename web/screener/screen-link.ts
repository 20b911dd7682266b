import { type Interval, isInterval, isMarketId } from "../../src/core/mod.ts";
import { routeHash } from "../shell/route.ts";
import { columnOf } from "./columns.ts";
import { type Condition, conditionFault, OPERATORS, type Operand, type Operator } from "./conditions.ts";
import type { Screen, ScreenOrder } from "./screen.ts";

/** What an address says of a screen. */
export type ScreenQuery = Readonly<Record<string, string>>;

/** A screen that was read from an address, and what in the address can't be meant, in words. */
export interface ReadScreen {
  readonly screen: Screen;
  readonly faults: readonly string[];
}

/** The address of a screen. All of it is in there, so that the address can be copied. */
export function screenHash(screen: Screen): string {
  return routeHash("screener", [], screenQuery(screen));
}

/**
 * A screen as the parameters of an address: `where=change1h.above.2*rsi14.between.20_30*emaDistance20.crossesAbove.emaDistance50`. The
 * signs that part things are those that an address leaves as they are.
 */
export function screenQuery({ name, market, interval, isAll, conditions, columns, order, code }: Screen): ScreenQuery {
  return {
    ...(name === "" ? {} : { name }),
    ...(market === undefined ? {} : { market }),
    candles: interval,
    ...(isAll ? {} : { match: "any" }),
    ...(conditions.length === 0 ? {} : { where: conditions.map(conditionText).join("*") }),
    ...(columns.length === 0 ? {} : { columns: columns.join("*") }),
    sort: `${order.descending ? "-" : ""}${order.column}`,
    ...(code === undefined ? {} : { code }),
  };
}

/** Reads the parameters of an address. What is missing has its usual value; what is wrong is left out, and said. */
export function readScreen(query: ScreenQuery): ReadScreen {
  const faults: string[] = [];
  const { name = "", market, candles = "1h", match, where = "", columns = "", sort = "symbol", code } = query;
  if (!isInterval(candles)) faults.push(`"${shortened(candles)}" is not an interval.`);
  if (market !== undefined && !isMarketId(market)) faults.push(`"${shortened(market)}" is not a market.`);
  const conditions = parts(where).flatMap((text) => {
    const read = readCondition(text);
    if (typeof read !== "string") return [read];
    faults.push(read);
    return [];
  });
  const keys = parts(columns).filter((key) => {
    if (columnOf(key) !== undefined) return true;
    faults.push(`There is no column ${shortened(key)}.`);
    return false;
  });
  const screen: Screen = {
    name: name.slice(0, 80),
    market: market !== undefined && isMarketId(market) ? market : undefined,
    interval: isInterval(candles) ? candles : ("1h" satisfies Interval),
    isAll: match !== "any",
    conditions,
    columns: [...new Set(keys)],
    order: readOrder(sort),
    code,
  };
  return { screen, faults };
}

function conditionText({ column, operator, operand }: Condition): string {
  const text = [column, operator].join(".");
  if (operand === undefined) return text;
  if (typeof operand === "number") return `${text}.${operand}`;
  return `${text}.${"column" in operand ? operand.column : operand.join("_")}`;
}

/** The condition, or what is wrong with it. */
function readCondition(text: string): Condition | string {
  const [, column = "", operator = "", rest] = /^(\w+)\.(\w+)(?:\.(.+))?$/.exec(text) ?? [];
  if (!OPERATORS.includes(operator as Operator)) return `"${shortened(text)}" is not a condition.`;
  const operand = rest === undefined ? {} : { operand: readOperand(rest) };
  const condition = { column, operator: operator as Operator, ...operand };
  return conditionFault(condition) ?? condition;
}

function readOperand(text: string): Operand {
  if (columnOf(text) !== undefined) return { column: text };
  const [from = "", to] = text.split("_");
  return to === undefined ? numberOf(from) : [numberOf(from), numberOf(to)];
}

function numberOf(text: string): number {
  return text === "" ? Number.NaN : Number(text);
}

function readOrder(text: string): ScreenOrder {
  return { column: text.replace(/^-/, ""), descending: text.startsWith("-") };
}

function parts(text: string): readonly string[] {
  return text.split("*").filter((part) => part !== "");
}

function shortened(text: string): string {
  return text.slice(0, 40);
}
