import { type Signal, signal } from "@preact/signals";
import type { PageStorage } from "../shell/storage.ts";
import { type ChosenStudy, isParameter, type Study, usualStudy } from "./studies.ts";
import { readKeptStudies, studiesText } from "./study-text.ts";

const KEPT_AS = "vyx.studies";

/** Which studies the chart shows, and with which parameters; kept in this browser. */
export class StudyChoice {
  readonly chosen: Signal<readonly ChosenStudy[]>;
  readonly #storage: PageStorage;
  /** Parameters of studies that are switched off, for when they are switched on again. */
  readonly #former: Map<string, readonly number[]> = new Map();

  constructor(storage: PageStorage) {
    this.#storage = storage;
    this.chosen = signal(readKeptStudies(storage.getItem(KEPT_AS) ?? ""));
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

  /** Shows what an address states. This browser keeps what it had until the person changes something. */
  take(chosen: readonly ChosenStudy[]): void {
    if (studiesText(chosen) !== studiesText(this.chosen.peek())) this.chosen.value = chosen;
  }

  #set(chosen: readonly ChosenStudy[]): void {
    this.chosen.value = chosen;
    this.#storage.setItem(KEPT_AS, studiesText(chosen));
  }
}
