import { type Signal, signal } from "@preact/signals";
import type { Indicator } from "../../src/strategy/mod.ts";
import { keepText, type PageStorage } from "../shell/storage.ts";
import { type ChosenStudy, isParameter } from "./studies.ts";
import { nextStudy } from "./study-defaults.ts";
import { readKeptStudies, studiesText } from "./study-text.ts";

const KEPT_AS = "vyx.studies";

/** The studies that the charts show, in order; kept in this browser. */
export class StudyChoice {
  readonly chosen: Signal<readonly ChosenStudy[]>;
  readonly #storage: PageStorage;

  constructor(storage: PageStorage) {
    this.#storage = storage;
    this.chosen = signal(readKeptStudies(storage.getItem(KEPT_AS) ?? ""));
  }

  /** Adds another study of an indicator, unlike those that there are. False for a crossing while there are no two lines to cross. */
  add(indicator: Indicator): boolean {
    const study = nextStudy(indicator, this.chosen.peek());
    if (study === undefined) return false;
    this.#set([...this.chosen.peek(), study]);
    return true;
  }

  /** Changes how a study is drawn, or what a crossing compares. */
  change(id: number, change: Partial<Pick<ChosenStudy, "color" | "width" | "isHidden" | "columns">>): void {
    this.#set(this.chosen.peek().map((one) => (one.id === id ? { ...one, ...change } : one)));
  }

  /** Changes a parameter; false, and nothing has changed, for a number that it can't be. */
  setParameter(id: number, at: number, value: number): boolean {
    const study = this.chosen.peek().find((one) => one.id === id);
    if (study === undefined || !isParameter(study.indicator, at, value)) return false;
    const parameters = study.parameters.with(at, value);
    this.#set(this.chosen.peek().map((one) => (one === study ? { ...one, parameters } : one)));
    return true;
  }

  /** Removes a study, and the crossings that are about it. */
  remove(id: number): void {
    const isAbout = ({ columns }: ChosenStudy): boolean =>
      columns.some((column) => column !== "close" && column.id === id);
    this.#set(this.chosen.peek().filter((one) => one.id !== id && !isAbout(one)));
  }

  /** Moves a study by one place, to the front or to the back. */
  move(id: number, by: -1 | 1): void {
    const chosen = this.chosen.peek();
    const at = chosen.findIndex((one) => one.id === id);
    const [study, other] = [chosen[at], chosen[at + by]];
    if (study !== undefined && other !== undefined) this.#set(chosen.with(at, other).with(at + by, study));
  }

  /** Shows what an address states. This browser keeps what it had until the person changes something. */
  take(chosen: readonly ChosenStudy[]): void {
    if (studiesText(chosen) !== studiesText(this.chosen.peek())) this.chosen.value = chosen;
  }

  #set(chosen: readonly ChosenStudy[]): void {
    this.chosen.value = chosen;
    keepText(this.#storage, KEPT_AS, studiesText(chosen));
  }
}
