import { countOf } from "../core/mod.ts";
import type { ToolAnswer } from "./tool.ts";

/** The longest answer, in bytes: about 4,000 tokens. */
const MAX_ANSWER_BYTES = 16_000;

/**
 * An answer as text: its summary, and its data as JSON. What is too long loses rows, the oldest or the last of a ranking, and says so: an
 * agent that needs all of them asks for a part at a time.
 */
export function boundedText({ summary, data, keeps = "last" }: ToolAnswer): string {
  const { rows } = data as { readonly rows?: readonly unknown[] };
  const text = textOf(summary, data);
  if (Buffer.byteLength(text) <= MAX_ANSWER_BYTES) return text;
  if (rows === undefined) return `${cutText(text)}\n(cut: ${Buffer.byteLength(text)} bytes in all)`;
  const cut = (kept: number): string => {
    const words = `${summary} Only the ${keeps} ${kept} of ${countOf(rows.length, "row")} are here: ask for fewer, or for a part of the range.`;
    return textOf(words, { ...data, rows: keeps === "first" ? rows.slice(0, kept) : rows.slice(rows.length - kept) });
  };
  let [fits, tooMany] = [0, rows.length];
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (Buffer.byteLength(cut(middle)) <= MAX_ANSWER_BYTES) fits = middle;
    else tooMany = middle;
  }
  return cut(fits);
}

/** As much of a text as an answer may have, besides the words that it was cut. */
function cutText(text: string): string {
  const bytes = Buffer.from(text).subarray(0, MAX_ANSWER_BYTES - 100);
  return bytes.toString("utf8").replace(/\uFFFD+$/, "");
}

function textOf(summary: string, data: object): string {
  return `${summary}\n${JSON.stringify(data)}`;
}
