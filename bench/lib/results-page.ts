import { BUDGETS, budgetInWords, type Figure, figureInWords, type Row, verdictOf } from "./budgets.ts";

const TITLE = `# What was measured

Written by \`npm run bench\`. Figures count beside their rival of the same run, on the same machine, and nowhere else.
`;

const HEAD = "| row | budget | figure | rival | met |\n| --- | --- | --- | --- | --- |";

/** What one benchmark wrote: text, and the figures that have a budget. */
export interface Section {
  readonly name: string;
  readonly body: string;
  readonly figures: readonly Figure[];
}

/** The whole of RESULTS.md: the figures of all sections in one table, then the sections. Verdicts are those of today's budgets. */
export function pageOf(sections: readonly Section[]): string {
  const sorted = [...sections].sort((a, b) => (a.name < b.name ? -1 : 1));
  const figures = new Map(sorted.flatMap((section) => section.figures.map((figure) => [figure.row, figure] as const)));
  const rows = (Object.keys(BUDGETS) as Row[]).map((row) => {
    const figure = figures.get(row);
    return figure === undefined
      ? `| ${row} | ${budgetInWords(row)} | not measured | | |`
      : line(figure, `[${figureInWords(figure)}](#${BUDGETS[row].bench})`);
  });
  return [TITLE, `${HEAD}\n${rows.join("\n")}\n`, ...sorted.map(sectionText)].join("\n");
}

/** The sections of a page that {@link pageOf} wrote. */
export function sectionsOf(page: string): Section[] {
  return page
    .split(/^## /m)
    .slice(1)
    .map((text) => {
      const end = text.indexOf("\n");
      const [body = "", table = ""] = text.slice(end + 1).split(HEAD);
      return { name: text.slice(0, end).trim(), body: body.trim(), figures: table.split("\n").flatMap(figureIn) };
    });
}

/** A section as the page has it: its figures with a budget come last. */
export function sectionText({ name, body, figures }: Section): string {
  const table = figures.map((figure) => line(figure, figureInWords(figure))).join("\n");
  return `## ${name}\n\n${body.trim()}\n${figures.length === 0 ? "" : `\n${HEAD}\n${table}\n`}`;
}

function line(figure: Figure, shown: string): string {
  const { row, rival } = figure;
  return `| ${row} | ${budgetInWords(row)} | ${shown} | ${rival}${rival === "" ? "" : " "}| ${verdictOf(figure)} |`;
}

/** The figure in a line of a section's table; none in other lines, and in those of rows that there are no more. */
function figureIn(text: string): Figure[] {
  const [, row = "", , figure = "", rival = ""] = text.split("|").map((cell) => cell.trim());
  return row in BUDGETS ? [{ row: row as Row, figure: Number.parseFloat(figure), rival }] : [];
}
