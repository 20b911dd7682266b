import type { Interval } from "../../src/core/mod.ts";
import { filterContract, WORKED_FILTERS } from "../../src/strategy/mod.ts";

/** The longest wish, in characters. */
export const MAX_WISH = 2_000;

/** Worked filters that a prompt shows. */
const EXAMPLES = 3;

/**
 * What a chat model needs to write a filter for this server, as one text: the contract with the intervals that are served, some worked
 * filters, and what the filter is to find.
 */
export function promptFor(wish: string, served: readonly Interval[]): string {
  const examples = WORKED_FILTERS.filter(({ timeframes }) => timeframes.every((one) => served.includes(one)))
    .slice(0, EXAMPLES)
    .map(({ title, code }) => `${title}:\n\n${code.trim()}`);
  const asked = wish.trim().slice(0, MAX_WISH);
  return [
    "Write a filter for a screener of crypto pairs, by the rules below. Answer with its code alone, in one block, without a function around it.",
    filterContract(served).trim(),
    ...(examples.length === 0 ? [] : [`# Examples\n\n${examples.join("\n\n")}`]),
    `# What the filter is to find\n\n${asked === "" ? "Ask me what it is to find, and write it then." : asked}`,
  ].join("\n\n");
}

/** The code of an answer that was pasted whole: without the fence around it, where there is one. */
export function withoutFence(text: string): string {
  const [, code] = /^\s*```[\w-]*[ \t]*\r?\n([\s\S]*?)\r?\n?```\s*$/.exec(text) ?? [];
  return code === undefined || code.includes("```") ? text : code;
}
