import { BUDGETS, budgetInWords, type Figure, figureInWords, type Row, verdictOf } from "./budgets.ts";

const TITLE = `# What was measured

Written by \`npm run bench\`. Figures count beside their rival of the same run, on the same machine, and nowhere else.
`;

const HEAD = "| row | budget | figure | rival | met |\n| --- | --- | --- | --- | --- |";

/** What users are told in docs/performance.md. */
const FOR_USERS: readonly Row[] = [
  "one hot series of 500 klines, its open kline moving",
  "series drawn at random, 100 klines",
  "p99 of 100 klines at half of the highest rate",
  "whole market as JSON, second answer",
  "whole market as gzip or brotli, the slower second answer",
  "whole market as Arrow, 500 klines, second answer",
  "fan-out to 1,000 clients, single frames",
  "fan-out at 500,000 messages/s, frame to last client, p99",
  "ingest, frames a second",
  "one filter over 500 symbols × 2 intervals",
  "last close to last signal, 100 traders, p99",
  "warm restart, first answer",
  "event loop with everything at once, lag p99",
  "memory, 500 symbols, all series read",
  "ingest of all symbols grows with their number to the power",
  "memory above an empty server grows with symbols to the power",
  "reads a second change with symbols to the power",
];
const [BEGIN, END] = ["<!-- figures: written by npm run bench -->", "<!-- end of figures -->"] as const;

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

/** docs/performance.md with the figures that these sections have. */
export function withFigures(page: string, sections: readonly Section[]): string {
  const figures = new Map(
    sections.flatMap((section) => section.figures.map((figure) => [figure.row, figure] as const)),
  );
  const rows = FOR_USERS.map((row) => {
    const figure = figures.get(row);
    if (figure === undefined) return `| ${row} | not measured yet | |`;
    return `| ${row} | [${figureInWords(figure)}](../bench/RESULTS.md#${BUDGETS[row].bench}) | ${figure.rival} |`;
  });
  const table = `| | Vyx | beside it |\n| --- | --- | --- |\n${rows.join("\n")}`;
  const [before = "", rest = ""] = page.split(BEGIN);
  return `${before}${BEGIN}\n\n${table}\n\n${END}${rest.split(END)[1] ?? ""}`;
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

/** A line of a table of figures. */
function line(figure: Figure, shown: string): string {
  const { row, rival } = figure;
  return `| ${row} | ${budgetInWords(row)} | ${shown} | ${rival}${rival === "" ? "" : " "}| ${verdictOf(figure)} |`;
}

/** The figure in a line of a section's table; none in other lines, and in those of rows that there are no more. */
function figureIn(text: string): Figure[] {
  const [, row = "", , figure = "", rival = ""] = text.split("|").map((cell) => cell.trim());
  return row in BUDGETS ? [{ row: row as Row, figure: Number.parseFloat(figure), rival }] : [];
}
