import { diffLines } from "diff";

/** Lines around a change that are shown; more of the same are left out. */
const CONTEXT_LINES = 3;

/** A line of two codes, or lines that both have and that are left out. */
export type DiffRow =
  | { readonly kind: "same" | "added" | "removed"; readonly line: number; readonly text: string }
  | { readonly kind: "left out"; readonly lines: number };

/** What became of a code, line by line. `line`: in the code before for a removed one, in the code after for all others. */
export function codeDiff(before: string, after: string): readonly DiffRow[] {
  let [removedAt, addedAt] = [0, 0];
  const all = diffLines(ended(before), ended(after)).flatMap(({ value, added, removed }) =>
    value
      .split("\n")
      .slice(0, -1)
      .map((text): LineRow => {
        if (!added) removedAt += 1;
        if (!removed) addedAt += 1;
        if (removed) return { kind: "removed", line: removedAt, text };
        return { kind: added ? "added" : "same", line: addedAt, text };
      }),
  );
  return withoutFarLines(all);
}

type LineRow = Extract<DiffRow, { readonly text: string }>;

/** Whether a code ends with the end of a line is no difference. */
function ended(code: string): string {
  return code.endsWith("\n") ? code : `${code}\n`;
}

function withoutFarLines(rows: readonly LineRow[]): readonly DiffRow[] {
  const isNear = (at: number): boolean =>
    rows.slice(Math.max(0, at - CONTEXT_LINES), at + CONTEXT_LINES + 1).some(({ kind }) => kind !== "same");
  const shown: DiffRow[] = [];
  for (const [at, row] of rows.entries()) {
    const last = shown.at(-1);
    if (isNear(at)) shown.push(row);
    else if (last?.kind === "left out") shown[shown.length - 1] = { kind: "left out", lines: last.lines + 1 };
    else shown.push({ kind: "left out", lines: 1 });
  }
  return shown;
}
