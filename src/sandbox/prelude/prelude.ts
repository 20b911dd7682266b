import type { BOARD, RESULT } from "../board.ts";
import type { COLUMNS, SHORT } from "../short-questions.ts";
import { boundedArrays } from "./bounded-arrays.ts";
import { boundedTexts } from "./bounded-texts.ts";
import { boundedWorld } from "./bounded-world.ts";
import { contract } from "./contract.ts";
import { type Short, talk } from "./talk.ts";
import { watch } from "./watch.ts";

/** Asks the host, outside of the machine; see HostDoor for what there is to ask. Numbers, texts and buffers go in and out. */
export type Host = (operation: string, ...values: (string | number | ArrayBuffer)[]) => unknown;

/** What the host tells the machine about the contract. */
export interface PreludeFacts {
  readonly columns: readonly string[];
  readonly indicators: readonly { readonly name: string; readonly outputs: readonly string[] }[];
  readonly helpers: readonly { readonly name: string; readonly reads: "close" | "volume" }[];
  readonly board: typeof BOARD;
  readonly result: typeof RESULT;
  readonly lookAhead: number;
  readonly short: typeof SHORT;
  readonly numbers: typeof COLUMNS;
  /** The longest text, the longest pattern of a regular expression, and what none may have in it. */
  readonly bounds: { readonly text: number; readonly pattern: number; readonly backReference: string };
  /** The longest text that is noted of a watched value. */
  readonly maxValueText: number;
}

/** A machine that is ready for filters. */
export interface PreludeResult {
  /** Takes the timeframes of the filter to come, as JSON. Called once. */
  readonly begin: (timeframesText: string) => void;
  /** Runs a filter for the symbol that the host has at hand. Puts on the board what came of it; gives back a match's facts as JSON. */
  readonly run: (filter: unknown, symbol: string, ticker: string) => string | undefined;
  /** What was noted in the last run of the values that are watched, as JSON. */
  readonly seen: () => string;
}

/** The functions that it is made of; they are one text in the machine, and can't import each other there. */
interface Parts {
  readonly talk: typeof talk;
  readonly watch: typeof watch;
  readonly boundedWorld: typeof boundedWorld;
  readonly boundedArrays: typeof boundedArrays;
  readonly boundedTexts: typeof boundedTexts;
  readonly contract: typeof contract;
}

/**
 * The first code in each machine, before any filter, as text: takes away what a filter has no use for, makes what is left
 * immutable, and puts the contract's names there. It is a function of `host`, `short`, the board's memory and the facts as JSON.
 */
export const PRELUDE: string = `(...values) => (${prelude})({ ${[
  talk,
  watch,
  boundedWorld,
  boundedArrays,
  boundedTexts,
  contract,
]
  .map((part) => `${part.name}: ${part}`)
  .join(", ")} }, ...values)`;

/** It is never called here, but sent in as text: it must not use a thing from outside of itself. */
function prelude(parts: Parts, host: Host, short: Short, memory: ArrayBuffer, factsText: string): PreludeResult {
  const KEPT = [
    ..."Object Array String Number Boolean Symbol Math JSON Map Set RegExp".split(" "),
    ..."Error EvalError RangeError ReferenceError SyntaxError TypeError URIError".split(" "),
    ..."parseInt parseFloat isNaN isFinite NaN Infinity undefined".split(" "),
  ];
  const facts = JSON.parse(factsText) as PreludeFacts;
  const world = globalThis as unknown as Record<PropertyKey, unknown>;
  type AnyFunction = (...values: unknown[]) => unknown;
  const { isArray } = Array;
  const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, freeze } = Object;
  const { ownKeys, deleteProperty } = Reflect;
  const { stringify, parse } = JSON;
  const { board: places, result: results } = facts;

  const talked = parts.talk(short, memory, facts);
  const { board, look, tooLong } = talked;
  const watched = parts.watch(facts.maxValueText);
  const seen = new WeakSet<object>();
  // The contract is made with the language's own functions, before they are bounded for filters.
  const own = parts.contract(host, talked, facts);
  const bounded = parts.boundedWorld(talked, facts, seen, own.numbersOf);
  const { plain, spread, key, nameless } = bounded;
  parts.boundedArrays(talked, bounded.kit);
  parts.boundedTexts(talked, facts, bounded.kit);
  const { names, timeframes } = own;

  // What a filter has no use for goes; what stays can't be changed, so that no run leaves anything to the next one.
  for (const name of ownKeys(world)) if (!KEPT.includes(name as string)) deleteProperty(world, name);
  for (const name of ownKeys(names)) defineProperty(world, name, { value: names[name as string], enumerable: true });
  function harden(value: unknown): void {
    if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) return;
    seen.add(value);
    freeze(value);
    harden(getPrototypeOf(value));
    for (const name of ownKeys(value)) {
      const descriptor = getOwnPropertyDescriptor(value, name);
      harden(descriptor?.value);
      harden(descriptor?.get);
      harden(descriptor?.set);
    }
  }
  for (const name of ownKeys(world)) harden(world[name]);
  for (const one of [look, spread, key, tooLong, watched.saw]) harden(one);
  for (const one of [...nameless, ...own.nameless, (function* () {})(), ""[Symbol.iterator]()]) harden(one);
  for (const one of [new Map().entries(), new Set().values(), "".matchAll(/a/g)]) harden(getPrototypeOf(one));
  freeze(world);

  return {
    begin: (text) => {
      own.begin(parse(text) as string[]);
      harden(timeframes);
    },
    run: (filter, symbol, ticker) => {
      own.reset();
      talked.reset();
      watched.reset();
      const day = ticker === "" ? undefined : (parse(ticker) as { quoteVolume: number | null });
      // JSON has no NaN: an unknown figure must compare as in compiled code, and null >= 0 is true.
      if (day?.quoteVolume === null) day.quoteVolume = Number.NaN;
      const answer = (filter as AnyFunction)(
        symbol,
        board[places.closeTime],
        day,
        timeframes,
        look,
        spread,
        key,
        tooLong,
        watched.saw,
      );
      const facts = factsOf(answer);
      board[places.result] = facts === false ? results.noMatch : facts === true ? results.match : results.facts;
      return facts === false || facts === true ? undefined : facts;
    },
    seen: watched.seen,
  };

  /** Whether the answer is a match, or the facts of one as JSON. */
  function factsOf(answer: unknown): boolean | string {
    if (typeof answer !== "object" || answer === null) return Boolean(answer);
    const { match, facts: told } = answer as { match?: unknown; facts?: unknown };
    if (isArray(answer) || match === undefined) {
      throw new TypeError("the filter gave back an object: expected true or false, or {match, facts}");
    }
    for (const name of ownKeys(answer)) {
      if (name === "match" || name === "facts") continue;
      const shown = typeof name === "string" ? name.slice(0, 40) : "symbol";
      throw new TypeError(`the result has an unknown member ${shown}: expected {match, facts}`);
    }
    if (!match) return false;
    if (told === undefined || told === null) return true;
    if (typeof told !== "object" || isArray(told)) {
      throw new TypeError("facts are not an object: expected one such as {rsi: 28.4}");
    }
    return stringify(plain(told)) as string;
  }
}
