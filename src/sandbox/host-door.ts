import { type Interval, KLINE_COLUMNS } from "../core/mod.ts";
import {
  type Argument,
  type Column,
  type ColumnSource,
  type FilterInput,
  FilterMistake,
  HELPERS,
  helperAnswer,
  INDICATORS,
  type KlinesWanted,
  MAX_OWN_NUMBERS,
  ownColumn,
} from "../strategy/mod.ts";
import { COLUMNS, SHORT } from "./short-questions.ts";

/** The most columns that a filter may have at once at one symbol; each is at most {@link MAX_OWN_NUMBERS} or a window long. */
export const MAX_COLUMNS = 2_000;

/** Computations that may be told in words once and are asked for by number from then on. */
export const MAX_TOLD = 64;

/** What separates told arguments. */
const SEPARATOR = "\u001f";

/** The room that a column's length takes in the number that names it and tells its length. */
const LENGTHS = 65_536;

/** A computation that was told in words. */
interface Told {
  readonly indicator: number;
  readonly values: string;
}

/**
 * What filter code in a machine may ask of the host, for the symbol at hand. Names, numbers and buffers come in, checked
 * here as foreign data; columns are told by number, so that no object of the host's gets into the machine.
 */
export class HostDoor {
  readonly #timeframes: readonly Interval[];
  readonly #observes: boolean;
  #input: FilterInput | undefined;
  #sources: (ColumnSource | undefined)[] = [];
  #planned: (Column | undefined)[] = [];
  #others: Column[] = [];
  readonly #told: Told[] = [];
  /** Whether the last short answer hung on a column that isn't the same one at each symbol. */
  #hungOnOthers = false;

  /** `observes`: whether each run records in its input how far back indicators look. */
  constructor(timeframes: readonly Interval[], observes = false) {
    this.#timeframes = timeframes;
    this.#observes = observes;
  }

  /** Opens the door for a symbol; the columns that were given out for the one before are forgotten. */
  open(input: FilterInput): void {
    this.#input = input;
    this.#sources.length = this.#planned.length = this.#others.length = 0;
  }

  /** Tells the input what an indicator lacked. */
  want({ interval, wanted }: KlinesWanted): void {
    this.#input?.want(interval, wanted);
  }

  get hungOnOthers(): boolean {
    return this.#hungOnOthers;
  }

  /** How many klines there are of one of the timeframes. */
  lengthOf(timeframe: number): number {
    return this.#source(timeframe).klines.length;
  }

  /**
   * Answers a short question, see {@link SHORT}; undefined for one that there isn't. `slot` is the place of the question in
   * the plan, which then names its columns, unless they come from others. Throws FilterMistake and KlinesWanted.
   */
  answer(question: number, slot?: number): number | undefined {
    this.#hungOnOthers = false;
    if (question >= SHORT.told) {
      const told = this.#told[question - SHORT.told];
      return told === undefined ? undefined : this.#compute(told.indicator, this.#arguments(told.values), slot);
    }
    if (question >= SHORT.compute) {
      const rest = question - SHORT.compute;
      const input = rest % SHORT.inputs;
      const call = Math.floor(rest / SHORT.inputs);
      const period = call % SHORT.periods;
      const given: Argument[] = [
        input >= SHORT.candles
          ? { kind: "klines", source: this.#source(input - SHORT.candles) }
          : { kind: "column", column: this.#column(input) },
      ];
      if (period > 0) given.push({ kind: "number", value: period });
      return this.#compute(Math.floor(call / SHORT.periods), given, slot);
    }
    if (question < SHORT.at) return undefined;
    const rest = question - SHORT.at;
    return this.#column(Math.floor(rest / SHORT.places)).values[rest % SHORT.places];
  }

  /** Answers a question in words. Throws FilterMistake and KlinesWanted. */
  ask(operation: string, values: readonly unknown[]): number | string | Float64Array | undefined {
    const input = this.#at();
    switch (operation) {
      case "source":
        return input.source(textOf(values[0])).klines.length;
      case "table":
        return this.#table(numberOf(values[0]));
      case "values":
        return this.#column(numberOf(values[0])).values;
      case "own":
        return this.#other([this.#own(values[0])]);
      case "tell":
        return this.#tell(numberOf(values[0]), textOf(values[1]));
      case "compute":
        return this.#compute(numberOf(values[0]), this.#arguments(textOf(values[1])));
      case "help": {
        const helper = HELPERS[numberOf(values[0])];
        if (helper === undefined) throw new FilterMistake("there is no such helper");
        const id = numberOf(values[1]);
        const numbers = id < 0 ? new Float64Array(0) : this.#column(id).values;
        const given = this.#arguments(textOf(values[2]));
        const answer = helperAnswer(helper, input.calculator, numbers, given);
        if (this.#observes) input.observeHelper(helper, numbers, given);
        return JSON.stringify(answer);
      }
      default:
        throw new FilterMistake("there is no such question");
    }
  }

  #at(): FilterInput {
    if (this.#input === undefined) throw new FilterMistake("there is no symbol at hand");
    return this.#input;
  }

  #source(timeframe: number): ColumnSource {
    let source = this.#sources[timeframe];
    if (source === undefined) {
      source = this.#at().source(this.#timeframes[timeframe] ?? "");
      this.#sources[timeframe] = source;
    }
    return source;
  }

  /** All columns of a timeframe, one behind the other. */
  #table(timeframe: number): Float64Array {
    const { klines } = this.#source(timeframe);
    const table = new Float64Array(KLINE_COLUMNS.length * klines.length);
    for (const [index, name] of KLINE_COLUMNS.entries()) table.set(klines[name], index * klines.length);
    return table;
  }

  /** The computation's number from now on; undefined when there are too many of them. */
  #tell(indicator: number, values: string): number | undefined {
    if (this.#told.length >= MAX_TOLD || values.length > 1_000) return undefined;
    this.#told.push({ indicator, values });
    return this.#told.length - 1;
  }

  #compute(index: number, given: readonly Argument[], slot?: number): number {
    const indicator = INDICATORS[index];
    if (indicator === undefined) throw new FilterMistake("there is no such indicator");
    const columns = this.#at().calculator.call(indicator, given);
    if (this.#observes) this.#at().observe(columns);
    if (slot === undefined || this.#hungOnOthers) return this.#other(columns);
    for (let at = 0; at < columns.length; at += 1) this.#planned[slot * COLUMNS.outputs + at] = columns[at];
    return (COLUMNS.planned + slot * COLUMNS.outputs) * LENGTHS + lengthOf(columns[0]);
  }

  /** Gives out columns that aren't the plan's. Their numbers follow on each other; what is told is the first. */
  #other(columns: readonly Column[]): number {
    const first = this.#others.length;
    if (first + columns.length > MAX_COLUMNS) throw new FilterMistake(`more than ${MAX_COLUMNS} columns at once`);
    this.#others.push(...columns);
    return (COLUMNS.others + first) * LENGTHS + lengthOf(columns[0]);
  }

  #column(id: number): Column {
    let column: Column | undefined;
    if (id >= COLUMNS.others) {
      column = this.#others[id - COLUMNS.others];
      this.#hungOnOthers = true;
    } else column = id >= COLUMNS.planned ? this.#planned[id - COLUMNS.planned] : this.#ofTimeframe(id);
    if (column === undefined) throw new FilterMistake("there is no such column");
    return column;
  }

  #ofTimeframe(id: number): Column | undefined {
    const name = KLINE_COLUMNS[id % COLUMNS.ofTimeframe];
    return name === undefined ? undefined : this.#source(Math.floor(id / COLUMNS.ofTimeframe)).column(name);
  }

  #own(buffer: unknown): Column {
    if (!(buffer instanceof Float64Array)) throw new FilterMistake("numbers come as doubles");
    if (buffer.length > MAX_OWN_NUMBERS) {
      throw new FilterMistake(`an array of ${buffer.length} numbers: expected ${MAX_OWN_NUMBERS} at most`);
    }
    return ownColumn(buffer);
  }

  #arguments(text: string): Argument[] {
    if (text === "") return [];
    return text.split(SEPARATOR).map((one): Argument => {
      const rest = one.slice(1);
      if (one[0] === "c") return { kind: "column", column: this.#column(Number(rest)) };
      if (one[0] === "k") return { kind: "klines", source: this.#at().source(rest) };
      if (one[0] === "n") return { kind: "number", value: Number(rest) };
      if (one[0] === "u") return { kind: "absent" };
      return { kind: "other", shown: rest };
    });
  }
}

function lengthOf(column: Column | undefined): number {
  return column?.values.length ?? 0;
}

function textOf(value: unknown): string {
  if (typeof value !== "string") throw new FilterMistake("a text is missing");
  return value;
}

function numberOf(value: unknown): number {
  if (typeof value !== "number") throw new FilterMistake("a number is missing");
  return value;
}
