import { type Signal, signal } from "@preact/signals";
import type { PageStorage } from "../shell/storage.ts";
import { type ChosenStudy, parametersOf, STUDIES, type Study, usualStudy } from "./studies.ts";

const KEPT_AS = "vyx.studies";

/** The longest period and the largest factor that a person can choose; filters may go no further either. */
const LARGEST_PERIOD = 1_000;
const LARGEST_FACTOR = 100;

/** Which studies the chart shows, and with which parameters; kept in this browser. */
export class StudyChoice {
  readonly chosen: Signal<readonly ChosenStudy[]>;
  readonly #storage: PageStorage;
  /** Parameters of studies that are switched off, for when they are switched on again. */
  readonly #former: Map<string, readonly number[]> = new Map();

  constructor(storage: PageStorage) {
    this.#storage = storage;
    this.chosen = signal(readChoice(storage.getItem(KEPT_AS)));
  }

  /** The study as it is, or as it would be switched on. */
  of(study: Study): ChosenStudy {
    const chosen = this.chosen.value.find((one) => one.study === study);
    return chosen ?? { study, parameters: this.#former.get(study.name) ?? usualStudy(study).parameters };
  }

  toggle(study: Study): void {
    const chosen = this.chosen.peek();
    const present = chosen.find((one) => one.study === study);
    if (present === undefined) this.#set([...chosen, this.of(study)]);
    else {
      this.#former.set(study.name, present.parameters);
      this.#set(chosen.filter((one) => one !== present));
    }
  }

  /** Changes a parameter, if the number can be meant: whole periods from 1 on, factors above 0. */
  change(study: Study, at: number, value: number): void {
    if (!isParameter(study, at, value)) return;
    const { parameters } = this.of(study);
    const changed = { study, parameters: parameters.with(at, value) };
    this.#former.set(study.name, changed.parameters);
    this.#set(this.chosen.peek().map((one) => (one.study === study ? changed : one)));
  }

  #set(chosen: readonly ChosenStudy[]): void {
    this.chosen.value = chosen;
    const kept = chosen.map(({ study, parameters }) => [study.name, ...parameters].join(" "));
    this.#storage.setItem(KEPT_AS, kept.join(","));
  }
}

/** Reads "sma 20,macd 12 26 9"; what can't be meant is left out. */
function readChoice(text: string | null): ChosenStudy[] {
  return (text ?? "").split(",").flatMap((entry) => {
    const [name, ...numbers] = entry.split(" ");
    const study = STUDIES.find((one) => one.name === name);
    const parameters = numbers.map(Number);
    const isGood =
      study !== undefined &&
      parameters.length === parametersOf(study).length &&
      parameters.every((value, at) => isParameter(study, at, value));
    return isGood ? [{ study, parameters }] : [];
  });
}

function isParameter(study: Study, at: number, value: number): boolean {
  const { isWhole = false } = parametersOf(study)[at] ?? {};
  if (isWhole) return Number.isInteger(value) && value >= 1 && value <= LARGEST_PERIOD;
  return value > 0 && value <= LARGEST_FACTOR;
}
