import {
  type ChosenStudy,
  indicatorNamed,
  isParameter,
  type StudyColumn,
  type StudyWidth,
  shownParameters,
} from "./studies.ts";
import { comparableColumns, nextColor, USUAL_WIDTH } from "./study-defaults.ts";
import { STUDY_COLORS, STUDY_WIDTHS } from "./study-palette.ts";

/** Studies that an address or this browser may hold, at most. */
const MOST_STUDIES = 50;

/**
 * Studies in characters that an address needn't encode: "ema-20-c1_bollinger-20-2.5-c2-w3-h". `c` is the colour, `w` the width where it isn't
 * the usual one, `h` says that the study is hidden. A crossing names its columns: "crossOver-close-1.value-c3" is about the first study's value.
 */
export function studiesText(chosen: readonly ChosenStudy[]): string {
  const places = new Map(chosen.map(({ id }, at) => [id, at + 1]));
  return chosen.map((study) => studyEntry(study, places)).join("_");
}

/** Reads what {@link studiesText} writes; undefined where an entry means nothing. */
export function readStudies(text: string): readonly ChosenStudy[] | undefined {
  const entries = text === "" ? [] : text.split("_");
  const studies = entries.length > MOST_STUDIES ? [] : readEntries(entries);
  return studies.length === entries.length ? studies : undefined;
}

/** Reads what this browser kept, also as earlier versions wrote it: "sma 20,macd 12 26 9". Entries that mean nothing are left out. */
export function readKeptStudies(text: string): readonly ChosenStudy[] {
  return readEntries(text.replaceAll(" ", "-").split(/[,_]/).slice(0, MOST_STUDIES));
}

function studyEntry(study: ChosenStudy, places: ReadonlyMap<number, number>): string {
  const { indicator, columns, color, width, isHidden } = study;
  return [
    indicator.name,
    ...columns.map((column) => (column === "close" ? column : `${places.get(column.id)}.${column.output}`)),
    ...shownParameters(study),
    `c${color}`,
    ...(width === USUAL_WIDTH ? [] : [`w${width}`]),
    ...(isHidden ? ["h"] : []),
  ].join("-");
}

/** The studies of the entries that mean something. Their ids are the entries' places, so that crossings find their columns. */
function readEntries(entries: readonly string[]): readonly ChosenStudy[] {
  const studies: ChosenStudy[] = [];
  for (const [at, entry] of entries.entries()) {
    const study = readEntry(entry, at + 1, studies);
    if (study !== undefined) studies.push(study);
  }
  const columns = comparableColumns(studies).map(columnKey);
  return studies.filter((study) => study.columns.every((column) => columns.includes(columnKey(column))));
}

function readEntry(entry: string, id: number, before: readonly ChosenStudy[]): ChosenStudy | undefined {
  const [name = "", ...parts] = entry.split("-");
  const indicator = indicatorNamed(name);
  if (indicator === undefined) return undefined;
  const columns = indicator.reads === "pair" ? parts.splice(0, 2).map(readColumn) : [];
  const isHidden = parts.at(-1) === "h" && parts.pop() !== undefined;
  const width = parts.at(-1)?.startsWith("w") === true ? choiceOf(parts.pop(), STUDY_WIDTHS.length) : USUAL_WIDTH;
  const color = parts.at(-1)?.startsWith("c") === true ? choiceOf(parts.pop(), STUDY_COLORS.length) : nextColor(before);
  const given = parts.map((part) => (part === "" ? Number.NaN : Number(part)));
  // Only a default that isn't a number may be left out.
  const parameters = indicator.parameters.map(({ fallback, fallbackText }, at) =>
    fallbackText === undefined ? given[at] : (given[at] ?? fallback),
  );
  const isGood =
    given.length <= parameters.length &&
    parameters.every((value, at) => value !== undefined && isParameter(indicator, at, value)) &&
    columns.every((column) => column !== undefined) &&
    columns.length === (indicator.reads === "pair" ? 2 : 0);
  if (!isGood || color === undefined || width === undefined) return undefined;
  return {
    id,
    indicator,
    parameters: parameters as number[],
    columns: columns as StudyColumn[],
    color,
    width: width as StudyWidth,
    isHidden,
  };
}

/** The number behind a letter, from 1 to `most`. */
function choiceOf(text: string | undefined, most: number): number | undefined {
  const [, digit] = /^[cw](\d)$/.exec(text ?? "") ?? [];
  const choice = Number(digit);
  return choice >= 1 && choice <= most ? choice : undefined;
}

function readColumn(text: string): StudyColumn | undefined {
  if (text === "close") return "close";
  const [, id, output] = /^(\d{1,2})\.(\w+)$/.exec(text) ?? [];
  return id === undefined || output === undefined ? undefined : { id: Number(id), output };
}

/** Names a column. */
export function columnKey(column: StudyColumn): string {
  return column === "close" ? column : `${column.id}.${column.output}`;
}
