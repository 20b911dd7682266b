/** What is wrong in a filter, with its place, counted from 1, where it is known. */
export interface FilterFault {
  readonly message: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  /** Behind its last character, where that is known. */
  readonly endLine?: number | undefined;
  readonly endColumn?: number | undefined;
  /** A warning doesn't keep the filter from being saved. Default: error. */
  readonly kind?: "error" | "warning" | undefined;
}

/** A part of the code that is underlined, by positions in it. */
export interface CodeMark {
  readonly from: number;
  readonly to: number;
  readonly kind: "error" | "warning";
  readonly message: string;
}

/** The parts of the code to underline: at least one character for each fault, unless there is no code at all. */
export function codeMarks(code: string, faults: readonly FilterFault[]): readonly CodeMark[] {
  const starts = lineStarts(code);
  return faults.map((fault) => {
    const { message, kind = "error" } = fault;
    const [from, to] = fault.line === undefined ? firstLine(code) : partOf(code, starts, fault, fault.line);
    // Of what is missing at the end there is nothing to underline but the character before.
    return { from: from === to ? Math.max(0, from - 1) : from, to, kind, message };
  });
}

/** The first line that has something in it: for a fault of the whole code. */
function firstLine(code: string): readonly [from: number, to: number] {
  const from = Math.max(0, code.search(/\S/));
  return [from, from + (/^.*/.exec(code.slice(from))?.[0].length ?? 0)];
}

function partOf(
  code: string,
  starts: readonly number[],
  { column = 1, endLine, endColumn = 1 }: FilterFault,
  line: number,
): readonly [from: number, to: number] {
  const from = positionOf(code, starts, line, column);
  const to = endLine === undefined ? from : positionOf(code, starts, endLine, endColumn);
  return to > from ? [from, to] : [from, from + wordLength(code.slice(from))];
}

/** How long the word, member, number or text is that the code begins with; 1 for a sign. */
function wordLength(code: string): number {
  return /^(?:\.?[\w$]+|"[^"\n]*"|'[^'\n]*'|`[^`\n]*`|\S)/.exec(code)?.[0].length ?? 0;
}

/** A place behind the end of its line, or of the code, is taken for the end. */
function positionOf(code: string, starts: readonly number[], line: number, column: number): number {
  const start = starts[Math.min(Math.max(1, line), starts.length) - 1] ?? 0;
  const end = (starts[Math.min(line, starts.length)] ?? code.length + 1) - 1;
  return Math.max(start, Math.min(start + column - 1, end, code.length));
}

/** Where lines begin, as the language counts them. */
function lineStarts(code: string): readonly number[] {
  return [0, ...[...code.matchAll(/\r\n|[\n\r\u2028\u2029]/g)].map(({ index, 0: end }) => index + end.length)];
}
