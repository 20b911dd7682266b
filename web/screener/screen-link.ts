import { type Interval, isInterval, isMarketId } from "../../src/core/mod.ts";
import { MAX_CODE_LENGTH } from "../../src/strategy/mod.ts";
import type { RowOrder } from "../markets/order.ts";
import { routeHash } from "../shell/route.ts";
import { columnOf } from "./columns.ts";
import {
  type Condition,
  conditionFault,
  MOST_CONDITIONS,
  OPERATORS,
  type Operand,
  type Operator,
} from "./conditions.ts";
import type { Screen } from "./screen.ts";

/** Columns that an address may name, and characters of a screen's name and of the column that sorts it. */
const MOST_COLUMNS = 100;
const MOST_CHARACTERS = 80;

/** Faults of an address that are said, each in a sentence. */
const MOST_FAULTS = 10;

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
  const asked = parts(where, MOST_CONDITIONS);
  if (asked.length > MOST_CONDITIONS) faults.push(`A screen has ${MOST_CONDITIONS} conditions at most.`);
  const conditions = asked.slice(0, MOST_CONDITIONS).flatMap((text) => {
    const read = readCondition(text);
    if (typeof read !== "string") return [read];
    faults.push(read);
    return [];
  });
  const named = parts(columns, MOST_COLUMNS);
  if (named.length > MOST_COLUMNS) faults.push(`A screen has ${MOST_COLUMNS} columns at most.`);
  const keys = named.slice(0, MOST_COLUMNS).filter((key) => {
    if (columnOf(key) !== undefined) return true;
    faults.push(`There is no column ${shortened(key)}.`);
    return false;
  });
  const isLong = code !== undefined && code.length > MAX_CODE_LENGTH;
  if (isLong) faults.push(`The code has ${code.length} characters: expected ${MAX_CODE_LENGTH} at most.`);
  const screen: Screen = {
    name: shortened(name, MOST_CHARACTERS),
    market: market !== undefined && isMarketId(market) ? market : undefined,
    interval: isInterval(candles) ? candles : ("1h" satisfies Interval),
    isAll: match !== "any",
    conditions,
    columns: [...new Set(keys)],
    order: readOrder(sort),
    code: isLong ? undefined : code,
  };
  const more = faults.length - MOST_FAULTS;
  return { screen, faults: more > 0 ? [...faults.slice(0, MOST_FAULTS), `And ${more} more.`] : faults };
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

function readOrder(text: string): RowOrder {
  return { column: shortened(text.replace(/^-/, ""), MOST_CHARACTERS), descending: text.startsWith("-") };
}

/** The parts of a list; one more than `most` where there are too many. */
function parts(text: string, most: number): readonly string[] {
  return text.split("*", most + 1).filter((part) => part !== "");
}

/** A character isn't cut in half: an address can't hold half of one. */
function shortened(text: string, most: number = 40): string {
  return text.slice(0, most).toWellFormed();
}
