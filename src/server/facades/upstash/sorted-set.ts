import { CommandFault } from "./fault.ts";

/** Positions of a sorted set: from `first` to before `end`, by open time. */
export interface Positions {
  readonly first: number;
  readonly end: number;
}

/** What a range command asks for. Bounds are positions or scores, as text. */
export interface RangeAsked {
  readonly from: string;
  readonly to: string;
  readonly isByScore: boolean;
  readonly isReversed: boolean;
  readonly offset: number;
  /** Infinity for all. */
  readonly count: number;
  readonly hasScores: boolean;
}

/** Reads what stands behind the key: `start stop [BYSCORE] [REV] [LIMIT offset count] [WITHSCORES]`. Throws {@link CommandFault}. */
export function readRange(
  args: readonly string[],
  ways: { isByScore?: boolean; isReversed?: boolean } = {},
): RangeAsked {
  const [from, to, ...options] = args;
  if (from === undefined || to === undefined) throw wrongNumber();
  const asked = {
    from,
    to,
    isByScore: false,
    isReversed: false,
    offset: 0,
    count: Infinity,
    hasScores: false,
    ...ways,
  };
  for (let at = 0; at < options.length; at += 1) {
    const option = options[at]?.toUpperCase();
    if (option === "BYSCORE" && ways.isByScore === undefined) asked.isByScore = true;
    else if (option === "REV" && ways.isReversed === undefined) asked.isReversed = true;
    else if (option === "WITHSCORES") asked.hasScores = true;
    else if (option === "LIMIT") {
      asked.offset = wholeNumber(options[at + 1]);
      const count = wholeNumber(options[at + 2]);
      asked.count = count < 0 ? Infinity : count;
      at += 2;
    } else throw new CommandFault("ERR syntax error");
  }
  if ((asked.offset !== 0 || asked.count !== Infinity) && !asked.isByScore) {
    throw new CommandFault("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
  }
  return asked;
}

/** A score of a bound: a number, `-inf`, `+inf`, or `(` before a number that isn't included. Throws {@link CommandFault}. */
export function readScore(text: string): { readonly score: number; readonly isOpen: boolean } {
  const isOpen = text.startsWith("(");
  const number = (isOpen ? text.slice(1) : text).toLowerCase();
  if (/^[+-]?inf$/.test(number)) return { score: number.startsWith("-") ? -Infinity : Infinity, isOpen };
  const score = number.trim() === "" ? Number.NaN : Number(number);
  if (Number.isNaN(score)) throw new CommandFault("ERR min or max is not a float");
  return { score, isOpen };
}

/** The positions that a range means, in a set of so many, with `position` the first of those from a score on. */
export function positionsOf(asked: RangeAsked, length: number, position: (score: number) => number): Positions {
  const [low, high] = asked.isReversed ? [asked.to, asked.from] : [asked.from, asked.to];
  if (asked.isByScore) {
    const [min, max] = [readScore(low), readScore(high)];
    const first = position(min.isOpen ? min.score + 1 : min.score);
    const end = Math.max(first, position(max.isOpen ? max.score : max.score + 1));
    // Scores are whole milliseconds. What LIMIT passes over lies at the end where the order is reversed.
    if (asked.offset < 0) return { first, end: first };
    if (!asked.isReversed) {
      const from = Math.min(end, first + asked.offset);
      return { first: from, end: Math.min(end, from + asked.count) };
    }
    const to = Math.max(first, end - asked.offset);
    return { first: Math.max(first, to - asked.count), end: to };
  }
  const at = (text: string): number => {
    const index = wholeNumber(text);
    return index < 0 ? length + index : index;
  };
  const [start, stop] = [Math.max(0, at(asked.from)), Math.min(length - 1, at(asked.to))];
  if (start > stop) return { first: 0, end: 0 };
  return asked.isReversed ? { first: length - 1 - stop, end: length - start } : { first: start, end: stop + 1 };
}

/** A whole number. Throws {@link CommandFault}. */
export function wholeNumber(text: string | undefined): number {
  if (text === undefined) throw new CommandFault("ERR syntax error");
  if (!/^[+-]?\d{1,15}$/.test(text)) throw new CommandFault("ERR value is not an integer or out of range");
  return Number(text);
}

/** A command with more or fewer arguments than it takes. */
export function wrongNumber(): CommandFault {
  return new CommandFault("ERR wrong number of arguments");
}
