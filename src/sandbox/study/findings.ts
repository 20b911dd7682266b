import type { AnyNode } from "acorn";
import { INTERVALS, type Interval, isInterval, OPTIONAL_COLUMNS, type OptionalColumn } from "../../core/mod.ts";
import {
  type CodeFault,
  type Column,
  type ColumnRead,
  ColumnSource,
  type FilterStudy,
  type IntervalRead,
  WINDOW_KLINES,
  windowFor,
} from "../../strategy/mod.ts";
import { endOf, placeOf } from "../parse.ts";
import { NO_KLINES } from "./no-klines.ts";
import type { StudySteps } from "./steps.ts";
import { meantBy } from "./suggestion.ts";

/** The most mistakes that are reported of one filter. */
const MAX_FAULTS = 20;

/** The longest part of a filter's code that a message repeats. */
const MAX_SHOWN = 60;

/** So much of a part is read for that: spaces in a row are shown as one. */
const MAX_READ_TO_SHOW = 1_000;

/** A sentence, or what makes it: one that takes work is made only if it is noted. */
export type Message = string | (() => string);

/** What was found in a filter's code so far. */
export class Findings {
  readonly #text: string;
  readonly #faults: CodeFault[] = [];
  readonly #reads: Map<Interval, IntervalRead> = new Map();
  readonly #columns: Map<OptionalColumn, ColumnRead> = new Map();
  readonly #sources: Map<Interval, ColumnSource> = new Map();
  readonly #longest: Map<Interval, Column> = new Map();
  /** How many guards are around what is read. */
  #guards = 0;
  mayReadOthers = false;
  mayLookFurther = false;
  /** Whether it reads how many klines there are: then it may be ready for fewer than it asks for. */
  readsLengths = false;
  readonly #lookBacks: { readonly node: AnyNode; readonly interval: Interval; readonly klines: number }[] = [];

  /** How much work reading the code takes. */
  readonly steps: StudySteps;

  /** `text`: what was parsed. */
  constructor(text: string, steps: StudySteps) {
    this.#text = text;
    this.steps = steps;
  }

  fault(node: AnyNode, what: Message): void {
    if (this.#faults.length >= MAX_FAULTS) return;
    this.#faults.push({ what: typeof what === "string" ? what : what(), place: placeOf(node), end: endOf(node) });
  }

  /** A mistake that has no effect where the filter guards against it. */
  faultUnlessGuarded(node: AnyNode, what: Message): void {
    if (this.#guards === 0) this.fault(node, what);
  }

  /** Reads a part of the code in which the filter guards against what is missing. */
  guarded<T>(isGuarded: boolean, work: () => T): T {
    if (!isGuarded) return work();
    this.#guards += 1;
    try {
      return work();
    } finally {
      this.#guards -= 1;
    }
  }

  /** The filter's own text of a node, for messages. */
  shown(node: AnyNode): string {
    const end = Math.min(node.end, node.start + MAX_READ_TO_SHOW);
    const text = this.#text.slice(node.start, end).replace(/\s+/g, " ");
    return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  }

  /** Notes that an interval is read. Undefined, and a mistake, where there is none of that name. */
  read(node: AnyNode, name: string): ColumnSource | undefined {
    if (!isInterval(name)) {
      this.faultUnlessGuarded(node, () => {
        const meant = meantInterval(name.slice(0, 40));
        const hint = meant === undefined ? `expected one of ${INTERVALS.join(", ")}` : `did you mean "${meant}"?`;
        return `"${name.slice(0, 20)}" is not an interval: ${hint}`;
      });
      return undefined;
    }
    const isNeeded = this.#guards === 0;
    const before = this.#reads.get(name);
    if (before === undefined || (isNeeded && !before.isNeeded)) {
      this.#reads.set(name, { interval: name, place: placeOf(node), isNeeded });
    }
    let source = this.#sources.get(name);
    if (source === undefined) {
      source = new ColumnSource(name, NO_KLINES);
      this.#sources.set(name, source);
    }
    return source;
  }

  /** Notes that a column of klines is read. Which markets send it is nothing that the code shows. */
  readColumn(node: AnyNode, name: string): void {
    const column = OPTIONAL_COLUMNS.find((one) => one === name);
    if (column === undefined || this.#guards > 0 || this.#columns.has(column)) return;
    this.#columns.set(column, { column, place: placeOf(node) });
  }

  /** Notes that these columns are computed by a call. */
  compute(node: AnyNode, columns: readonly Column[]): void {
    for (const column of columns) {
      if (column.source === undefined) continue;
      this.steps.take(column.klinesWantedSteps, node);
      const { interval } = column.source;
      const longest = this.#longest.get(interval);
      if (longest === undefined || column.klinesWanted > longest.klinesWanted) this.#longest.set(interval, column);
    }
  }

  /** Notes that the kline so many before the end of a window is read, 1 for the newest. */
  lookBack(node: AnyNode, interval: Interval, klines: number): void {
    if (this.#guards === 0 && klines > WINDOW_KLINES) this.#lookBacks.push({ node, interval, klines });
  }

  /** What is further back than any window reaches is never there. */
  #faultLookBacks(): void {
    if (this.mayLookFurther || this.readsLengths) return;
    for (const { node, interval, klines } of this.#lookBacks) {
      const window = windowFor(Math.max(this.#longest.get(interval)?.klinesWanted ?? 0, WINDOW_KLINES), undefined);
      if (klines <= window) continue;
      this.fault(
        node,
        `${this.shown(node)} is always undefined: the filter sees the newest ${window} klines of ${interval}`,
      );
    }
  }

  study(): FilterStudy {
    this.#faultLookBacks();
    const reads = INTERVALS.flatMap((interval) => this.#reads.get(interval) ?? []);
    const facts = [...this.#longest].map(([interval, { expression, klinesWanted, memory, warmUp }]) => {
      return [interval, { expression, klinesWanted, memory, warmUp }] as const;
    });
    const { mayReadOthers, mayLookFurther } = this;
    const columns = [...this.#columns.values()];
    return { faults: this.#faults, reads, mayReadOthers, columns, longest: new Map(facts), mayLookFurther };
  }
}

/** Units as people write them. */
const UNITS: readonly (readonly [words: RegExp, unit: string])[] = [
  [/^(s|sec|secs|seconds?)$/i, "s"],
  [/^(m|min|mins|minutes?|t)$/, "m"],
  [/^(h|hr|hrs|hours?)$/i, "h"],
  [/^(d|days?)$/i, "d"],
  [/^(w|wk|weeks?)$/i, "w"],
  [/^(mo|mon|months?)$/i, "M"],
];

/** The interval that was probably meant: "15min" is 15m, "60m" is 1h, "H4" is 4h. */
function meantInterval(name: string): Interval | undefined {
  const [, count = "", unit = ""] = /^(\d+)\s*([a-z]*)$/i.exec(name) ?? [];
  const [, turnedUnit = "", turnedCount = ""] = /^([a-z]+)\s*(\d+)$/i.exec(name) ?? [];
  const [number, word] = count === "" ? [Number(turnedCount), turnedUnit] : [Number(count), unit];
  const found = UNITS.find(([words]) => words.test(word === "" ? "m" : word) || words.test(word.toLowerCase()));
  if (found !== undefined && number > 0) {
    const minutes = { m: number, h: number * 60, d: number * 1_440 }[found[1]];
    const asHours = minutes !== undefined && minutes % 60 === 0 ? `${minutes / 60}h` : "";
    const asDays = minutes !== undefined && minutes % 1_440 === 0 ? `${minutes / 1_440}d` : "";
    const meant = [`${number}${found[1]}`, asDays, asHours].find((one) => isInterval(one));
    if (meant !== undefined) return meant as Interval;
  }
  return meantBy(name, INTERVALS) as Interval | undefined;
}
