import { describe, expect, test } from "bun:test";
import { BUDGETS } from "../../bench/lib/budgets.ts";
import { pageOf, sectionsOf, withFigures } from "../../bench/lib/results-page.ts";
import { documents } from "../repository/documents.ts";
import { isThere, read } from "../repository/project.ts";

const RESULTS = read("bench/RESULTS.md");
const PAGE = "docs/performance.md";

/** A link to a section of RESULTS.md, and the figures in its words. */
const LINK = /\[([^\]]*)\]\(\.\.\/bench\/RESULTS\.md#([\w-]+)\)/g;
const NUMBER = /\d[\d,]*(?:\.\d+)?/g;

describe("bench/RESULTS.md", () => {
  test("opens with the figures of its sections and the verdicts of today's budgets: npm run bench -- NAME writes it anew", () => {
    expect(pageOf(sectionsOf(RESULTS))).toBe(RESULTS);
  });

  test("has sections of benchmarks only, and each figure is in the section of the benchmark that its budget names", () => {
    const sections = sectionsOf(RESULTS);
    expect(sections.filter(({ name }) => !isThere(`bench/${name}.ts`))).toEqual([]);
    const strangers = sections.flatMap(({ name, figures }) => figures.filter(({ row }) => BUDGETS[row].bench !== name));
    expect(strangers).toEqual([]);
    expect(sections.flatMap(({ figures }) => figures.filter(({ figure }) => !Number.isFinite(figure)))).toEqual([]);
  });
});

describe(PAGE, () => {
  test("has the table of figures that bench/RESULTS.md gives: npm run bench -- NAME writes it anew", () => {
    expect(withFigures(read(PAGE), sectionsOf(RESULTS))).toBe(read(PAGE));
  });
});

describe("figures in docs that link to bench/RESULTS.md", () => {
  test("are in the section that they lead to, rounded to the digits that they show", () => {
    const links = documents()
      .filter(({ path }) => path.startsWith("docs/"))
      .flatMap(({ path, text }) =>
        [...text.matchAll(LINK)].map(([, words = "", name = ""]) => ({ path, words, name })),
      );
    expect(links.flatMap(({ words }) => numbersIn(words)).length).toBeGreaterThan(5);
    const sections = new Map(sectionsOf(RESULTS).map((section) => [section.name, section]));
    const wrong = links.flatMap(({ path, words, name }) => {
      const section = sections.get(name);
      const measured = numbersIn(
        `${section?.body} ${section?.figures.map(({ figure, rival }) => `${figure} ${rival}`)}`,
      );
      return numbersIn(words)
        .filter((shown) => !measured.some((figure) => isRounded(shown.value, figure.value, shown.unit)))
        .map(({ value }) => `${path}: ${value} isn't in the section ${name} of bench/RESULTS.md`);
    });
    expect(wrong).toEqual([]);
  });

  test("may round, and no more", () => {
    const [thousands, tenths, plain] = numbersIn("29,000 of 0.9 and 114") as [Shown, Shown, Shown];
    expect([thousands.value, tenths.value, plain.value]).toEqual([29_000, 0.9, 114]);
    expect([28_500, 29_059, 29_600].map((figure) => isRounded(29_000, figure, thousands.unit))).toEqual([
      true,
      true,
      false,
    ]);
    expect([0.86, 0.94, 0.96].map((figure) => isRounded(0.9, figure, tenths.unit))).toEqual([true, true, false]);
    expect([114.4, 115].map((figure) => isRounded(114, figure, plain.unit))).toEqual([true, false]);
  });
});

interface Shown {
  readonly value: number;
  /** What its last digit counts that isn't a zero at the end of a whole number. */
  readonly unit: number;
}

function numbersIn(text: string): Shown[] {
  return [...text.matchAll(NUMBER)].map(([word]) => {
    const digits = word.replaceAll(",", "");
    const decimals = digits.split(".")[1]?.length ?? 0;
    const zeros = decimals > 0 ? 0 : (/[1-9](0*)$/.exec(digits)?.[1]?.length ?? 0);
    return { value: Number(digits), unit: 10 ** (zeros - decimals) };
  });
}

function isRounded(shown: number, figure: number, unit: number): boolean {
  return Math.abs(shown - figure) <= unit / 2 + 1e-9;
}
