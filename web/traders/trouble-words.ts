import { countOf } from "../../src/core/mod.ts";
import type { ListedTrader } from "../../src/wire/mod.ts";
import { type CodePlace, placeIn, withoutPlace } from "../text/code-place.ts";

/** What is wrong with a trader, in a sentence or two. */
export interface TraderTrouble {
  readonly text: string;
  /** Whether something failed; otherwise symbols were left out only. */
  readonly isFailure: boolean;
  /** Where in its code it is. */
  readonly place: CodePlace | undefined;
}

/** Why a trader can't run, or why its last run failed or left symbols out; undefined where all went well. */
export function troubleOf({ problem, lastExecution: last }: ListedTrader): TraderTrouble | undefined {
  if (problem !== null) return { text: said("Can't run", problem), isFailure: true, place: undefined };
  if (last === null || last.error === null) return undefined;
  const { status, errors, skipped, error } = last;
  const place = placeIn(error);
  if (status === "failed") return { text: said("The last run failed", error), isFailure: true, place };
  if (errors > 0) return { text: said(`Failed for ${countOf(errors, "symbol")}`, error), isFailure: true, place };
  return skipped === 0
    ? undefined
    : { text: said(`Skipped ${countOf(skipped, "symbol")}`, error), isFailure: false, place };
}

/** The server's words, which name members of a request, in those of somebody who looks at a list of traders. */
const PLAIN: readonly (readonly [words: RegExp, plain: string])[] = [
  [
    /^triggerInterval is (\w+), which is not served here: expected one of (.*)$/,
    "it runs at each $1 close, and this server has no $1 candles. It has $2.",
  ],
  [
    /^(?:timeframes has|interval is) (\w+), which is not served here: expected one of (.*)$/,
    "it reads $1 candles, which this server doesn't have. It has $2.",
  ],
  [/^symbols has (.+), which (?:is|are) not followed here: .*$/, "this server doesn't follow $1."],
  [/^(.+) is not served here: expected one of the markets (.*)$/, "this server doesn't follow $1. It follows $2."],
  [/^(\S+) wants ([\d,]+) closed klines of (\w+), there are ([\d,]+)$/, "$1 needs $2 closed $3 candles. There are $4."],
];

/** What happened, and why in plain words where they are known, with the symbol that it was met at first. */
export function said(what: string, why: string): string {
  const [, symbol, rest = ""] = /^(?:([A-Z0-9:_.-]+): )?([\s\S]*)$/.exec(why) ?? [];
  const reason = withoutPlace(rest);
  const known = PLAIN.find(([words]) => words.test(reason));
  const sentence = known === undefined ? reason : reason.replace(...known);
  const first = symbol === undefined ? "" : `, first for ${symbol}`;
  return `${what}${first}: ${sentence}${/[.!?…]$/.test(sentence) ? "" : "."}`;
}
