import { type ChosenStudy, isParameter, parametersOf, STUDIES } from "./studies.ts";

/** "sma-20_macd-12-26-9": names and numbers that an address needn't encode. */
export function studiesText(chosen: readonly ChosenStudy[]): string {
  return chosen.map(({ study, parameters }) => [study.name, ...parameters].join("-")).join("_");
}

/** Reads what {@link studiesText} writes; undefined where an entry means nothing. */
export function readStudies(text: string): readonly ChosenStudy[] | undefined {
  const entries = text === "" ? [] : text.split("_").map(readStudy);
  return entries.every((entry) => entry !== undefined) ? entries : undefined;
}

/** Reads what this browser kept, also as earlier versions wrote it: "sma 20,macd 12 26 9". Entries that mean nothing are left out. */
export function readKeptStudies(text: string): readonly ChosenStudy[] {
  const entries = text.replaceAll(" ", "-").split(/[,_]/);
  return entries.map(readStudy).filter((entry) => entry !== undefined);
}

function readStudy(text: string): ChosenStudy | undefined {
  const [name, ...numbers] = text.split("-");
  const study = STUDIES.find((one) => one.name === name);
  const parameters = numbers.map(Number);
  const isGood =
    study !== undefined &&
    parameters.length === parametersOf(study).length &&
    parameters.every((value, at) => isParameter(study, at, value));
  return isGood ? { study, parameters } : undefined;
}
