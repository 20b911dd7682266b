import type { Indicator } from "../../src/strategy/mod.ts";
import type { ChosenStudy, StudyColumn, StudyWidth } from "./studies.ts";
import { STUDY_COLORS } from "./study-palette.ts";

/** Periods that people use, for another study of the same indicator. */
const PERIODS = [20, 50, 100, 200, 9, 14, 30, 7, 150, 300];

/** How often the periods of an indicator that has several are multiplied, at most. */
const MOST_TIMES = 5;

/** Thin lines leave the candles visible; thick ones are for people to choose. */
export const USUAL_WIDTH: StudyWidth = 2;

/** A new study of an indicator, unlike those that there are. Undefined for a crossing while no two lines are there to cross. */
export function nextStudy(indicator: Indicator, all: readonly ChosenStudy[]): ChosenStudy | undefined {
  const columns = indicator.reads === "pair" ? crossedColumns(all) : [];
  if (columns === undefined) return undefined;
  return {
    id: Math.max(0, ...all.map(({ id }) => id)) + 1,
    indicator,
    parameters: nextParameters(indicator, all),
    columns,
    color: nextColor(all),
    width: USUAL_WIDTH,
    isHidden: false,
  };
}

/** The first colour that none has, or else that the fewest have. */
export function nextColor(all: readonly Pick<ChosenStudy, "color">[]): number {
  const counts = STUDY_COLORS.map((_, at) => all.filter(({ color }) => color === at + 1).length);
  return counts.indexOf(Math.min(...counts)) + 1;
}

/** The columns that a crossing can compare. */
export function comparableColumns(all: readonly ChosenStudy[]): readonly StudyColumn[] {
  const outputs = all.flatMap(({ id, indicator }) =>
    indicator.reads === "pair" ? [] : indicator.drawn.lines.map(({ output }) => ({ id, output })),
  );
  return ["close", ...outputs];
}

function nextParameters(indicator: Indicator, all: readonly ChosenStudy[]): readonly number[] {
  const usual = indicator.parameters.map(({ fallback }) => fallback);
  const same = all.filter((one) => one.indicator === indicator).map(({ parameters }) => parameters.join());
  return candidates(indicator, usual).find((parameters) => !same.includes(parameters.join())) ?? usual;
}

function candidates({ parameters }: Indicator, usual: readonly number[]): (readonly number[])[] {
  const periods = parameters.filter(({ kind }) => kind === "period").length;
  if (periods === 0) return [usual];
  if (periods === 1) return [usual, ...PERIODS.map((period) => scaled(parameters, usual, () => period))];
  const times = Array.from({ length: MOST_TIMES }, (_, at) => at + 1);
  return times.map((factor) => scaled(parameters, usual, (period) => factor * period));
}

function scaled(
  parameters: Indicator["parameters"],
  usual: readonly number[],
  change: (period: number) => number,
): readonly number[] {
  return usual.map((value, at) => (parameters[at]?.kind === "period" ? change(value) : value));
}

/** Two lines over the candles; the close and one of them; or two lines of one study, such as MACD and its signal. */
function crossedColumns(all: readonly ChosenStudy[]): readonly StudyColumn[] | undefined {
  const single = all.filter(({ indicator: { drawn } }) => drawn.place === "candles" && drawn.lines.length === 1);
  const [first, second] = single.map(({ id, indicator }) => ({ id, output: indicator.drawn.lines[0]?.output ?? "" }));
  if (first !== undefined) return second === undefined ? ["close", first] : [first, second];
  for (const { id, indicator } of all) {
    const [one, two] = indicator.drawn.lines.filter(({ shape }) => shape.endsWith("line"));
    if (one !== undefined && two !== undefined && indicator.drawn.place === "pane")
      return [one, two].map(({ output }) => ({ id, output }));
  }
  return undefined;
}
