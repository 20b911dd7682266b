import type { ToolAnswer } from "./tool.ts";

/** The longest answer, in bytes: about 4,000 tokens. */
const MAX_ANSWER_BYTES = 16_000;

/**
 * An answer as text: its summary, and its data as JSON. What is too long loses the oldest of its rows, and says so: an agent that needs all
 * of them asks for a part at a time.
 */
export function boundedText({ summary, data }: ToolAnswer): string {
  const { rows } = data as { readonly rows?: readonly unknown[] };
  const text = textOf(summary, data);
  if (Buffer.byteLength(text) <= MAX_ANSWER_BYTES) return text;
  if (rows === undefined)
    return Buffer.from(text)
      .subarray(0, MAX_ANSWER_BYTES)
      .toString("utf8")
      .replace(/\uFFFD$/, "");
  let [fits, tooMany] = [0, rows.length];
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    const isShort = Buffer.byteLength(cut(summary, data, rows, middle)) <= MAX_ANSWER_BYTES;
    if (isShort) fits = middle;
    else tooMany = middle;
  }
  return cut(summary, data, rows, fits);
}

function cut(summary: string, data: object, rows: readonly unknown[], kept: number): string {
  const words = `${summary} Only the last ${kept} of ${rows.length} rows are here: ask for fewer, or for a part of the range.`;
  return textOf(words, { ...data, rows: rows.slice(rows.length - kept) });
}

function textOf(summary: string, data: object): string {
  return `${summary}\n${JSON.stringify(data)}`;
}
