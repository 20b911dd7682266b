import { KLINE_COLUMNS, type KlineColumn } from "../core/mod.ts";
import {
  type Argument,
  type Column,
  type FilterInput,
  FilterMistake,
  HELPERS,
  INDICATORS,
  MAX_OWN_NUMBERS,
  ownColumn,
} from "../strategy/mod.ts";

/** The most columns that a filter may have at once at one symbol; each is at most {@link MAX_OWN_NUMBERS} or a window long. */
export const MAX_COLUMNS = 2_000;

/** What separates told arguments. */
const SEPARATOR = "\u001f";

/** The room that a column's length takes in the number that names it and tells its length. */
const LENGTHS = 65_536;

/**
 * What filter code in a machine may ask of the host, for the symbol at hand. Names, numbers and buffers come in, checked
 * here as foreign data; columns are told by number, so that no object of the host's gets into the machine.
 */
export class HostDoor {
  #input: FilterInput | undefined;
  #columns: Column[] = [];

  /** Opens the door for a symbol; what was told for the one before is forgotten. */
  open(input: FilterInput): void {
    this.#input = input;
    this.#columns = [];
  }

  /** Answers one question. Throws FilterMistake and KlinesWanted. */
  ask(operation: string, values: readonly unknown[]): number | string | Float64Array | undefined {
    const input = this.#input;
    if (input === undefined) throw new FilterMistake("there is no symbol at hand");
    switch (operation) {
      case "source":
        return input.source(textOf(values[0])).klines.length;
      case "column":
        return this.#told(input.column(input.source(textOf(values[0])), nameOf(values[1])));
      case "values":
        return this.#column(values[0]).values;
      case "at":
        return this.#column(values[0]).values.at(numberOf(values[1]));
      case "own":
        return this.#told(this.#own(values[0]));
      case "compute": {
        const indicator = INDICATORS[numberOf(values[0])];
        if (indicator === undefined) throw new FilterMistake("there is no such indicator");
        const columns = input.calculator.call(indicator, this.#arguments(input, values[1]));
        const [first = 0] = columns.map((column) => this.#told(column));
        return first;
      }
      case "help": {
        const helper = HELPERS[numberOf(values[0])];
        if (helper === undefined) throw new FilterMistake("there is no such helper");
        const id = numberOf(values[1]);
        const numbers = id < 0 ? new Float64Array(0) : this.#column(id).values;
        return JSON.stringify(helper.answer(input.calculator, numbers, this.#arguments(input, values[2])));
      }
      default:
        throw new FilterMistake("there is no such question");
    }
  }

  #told(column: Column): number {
    if (this.#columns.length >= MAX_COLUMNS) throw new FilterMistake(`more than ${MAX_COLUMNS} columns at once`);
    this.#columns.push(column);
    return (this.#columns.length - 1) * LENGTHS + column.values.length;
  }

  #column(id: unknown): Column {
    const column = this.#columns[numberOf(id)];
    if (column === undefined) throw new FilterMistake("there is no such column");
    return column;
  }

  #own(buffer: unknown): Column {
    if (!(buffer instanceof Float64Array)) throw new FilterMistake("numbers come as doubles");
    if (buffer.length > MAX_OWN_NUMBERS) {
      throw new FilterMistake(`an array of ${buffer.length} numbers: expected ${MAX_OWN_NUMBERS} at most`);
    }
    return ownColumn(buffer);
  }

  #arguments(input: FilterInput, told: unknown): Argument[] {
    const text = textOf(told);
    if (text === "") return [];
    return text.split(SEPARATOR).map((one): Argument => {
      const rest = one.slice(1);
      if (one[0] === "c") return { kind: "column", column: this.#column(Number(rest)) };
      if (one[0] === "k") return { kind: "klines", source: input.source(rest) };
      if (one[0] === "n") return { kind: "number", value: Number(rest) };
      if (one[0] === "u") return { kind: "absent" };
      return { kind: "other", shown: rest };
    });
  }
}

function textOf(value: unknown): string {
  if (typeof value !== "string") throw new FilterMistake("a text is missing");
  return value;
}

function numberOf(value: unknown): number {
  if (typeof value !== "number") throw new FilterMistake("a number is missing");
  return value;
}

function nameOf(value: unknown): KlineColumn {
  const name = KLINE_COLUMNS[numberOf(value)];
  if (name === undefined) throw new FilterMistake("there is no such column");
  return name;
}
