import type { Host, PreludeFacts } from "./prelude.ts";
import type { Talk } from "./talk.ts";

/** The contract in the machine. */
export interface Contract {
  /** Functions by the names that filters call them by. */
  readonly names: Readonly<Record<string, unknown>>;
  /** What a filter finds under `timeframes`. */
  readonly timeframes: object;
  /** Takes the filter's timeframes. */
  readonly begin: (intervals: readonly string[]) => void;
  /** Before each symbol. */
  readonly reset: () => void;
  /** A column's numbers; undefined for anything else. */
  readonly numbersOf: (value: unknown) => number[] | undefined;
  /** What is to be made immutable besides all that has a name. */
  readonly nameless: readonly unknown[];
}

/**
 * The part of the prelude that is the contract: candles, columns, indicators and helpers, as far as a filter sees them. What
 * they are is asked of the host. It is never called here, but sent in as text: it must not use a thing from outside of itself.
 */
export function contract(host: Host, { board, ask, charge }: Talk, facts: PreludeFacts): Contract {
  /** Numbers of the filter's own that are told at once, at most. */
  const MAX_ITEMS = 32_768;
  const { isArray } = Array;
  const { defineProperty } = Object;
  const { apply, deleteProperty } = Reflect;
  const { parse } = JSON;
  const isWhole = Number.isInteger as (value: unknown) => value is number;
  const Doubles = Float64Array;
  const { board: places, short: questions, numbers } = facts;

  /** Of the present symbol, by interval: klines as objects, and candles. */
  let rows = new Map<string, unknown[]>();
  let tables = new Map<string, unknown>();

  /** A template is a call of the filter's concat, which looks at its length. */
  function joined(a: string | number, b: string | number): string {
    // biome-ignore lint/style/useTemplate: see above
    return "" + a + b;
  }

  function integer(value: unknown): number {
    const number = Number(value);
    return Number.isNaN(number) ? 0 : Math.trunc(number);
  }

  const timeframeOf = Object.create(null) as Record<string, number | undefined>;

  class Column {
    readonly #id: number;
    readonly #length: number;
    #values: Float64Array | undefined;
    #asked = 0;
    constructor(id: number, length: number) {
      this.#id = id;
      this.#length = length;
    }
    get length(): number {
      return this.#length;
    }
    at(index: unknown): number | undefined {
      const length = this.#length;
      const at = integer(index);
      const place = at < 0 ? length + at : at;
      if (place < 0 || place >= length) return undefined;
      this.#asked += 1;
      if (this.#values === undefined && this.#asked > 6) this.#values = read(this.#id);
      if (this.#values !== undefined) return this.#values[place];
      return ask(questions.at + this.#id * questions.places + place);
    }
    slice(from?: unknown, to?: unknown): number[] {
      this.#values ??= read(this.#id);
      const end = to === undefined ? this.#length : integer(to);
      const part = this.#values.slice(integer(from), end);
      const numbers: number[] = [];
      for (let at = 0; at < part.length; at += 1) numbers.push(part[at] as number);
      return numbers;
    }
    static told(value: unknown): string | undefined {
      return typeof value === "object" && value !== null && #id in value
        ? joined("c", (value as Column).#id)
        : undefined;
    }
    static number(value: unknown): number | undefined {
      return typeof value === "object" && value !== null && #id in value ? (value as Column).#id : undefined;
    }
  }

  function read(id: number): Float64Array {
    return new Doubles(host("values", id) as ArrayBuffer);
  }

  class Candles {
    readonly #interval: string;
    readonly #timeframe: number;
    readonly #length: number;
    readonly #columns: (Column | undefined)[] = [];
    constructor(interval: string) {
      const timeframe = timeframeOf[interval];
      // The host knows what to say of any other.
      if (timeframe === undefined) host("source", interval);
      this.#interval = interval;
      this.#timeframe = timeframe as number;
      this.#length = board[places.lengths + this.#timeframe] as number;
    }
    get length(): number {
      return this.#length;
    }
    row(index: unknown): unknown {
      const at = integer(index);
      return rowsOf(this.#interval)[at < 0 ? this.#length + at : at];
    }
    column(index: number): Column {
      let column = this.#columns[index];
      if (column === undefined) {
        column = new Column(this.#timeframe * numbers.ofTimeframe + index, this.#length);
        this.#columns[index] = column;
      }
      return column;
    }
    static told(value: unknown): string | undefined {
      return typeof value === "object" && value !== null && #interval in value
        ? joined("k", (value as Candles).#interval)
        : undefined;
    }
    static number(value: unknown): number | undefined {
      return typeof value === "object" && value !== null && #timeframe in value
        ? (value as Candles).#timeframe
        : undefined;
    }
  }
  const columnAt = Candles.prototype.column;
  deleteProperty(Candles.prototype, "column");
  for (const [index, name] of facts.columns.entries()) {
    const get = function (this: Candles): Column {
      return apply(columnAt, this, [index]) as Column;
    };
    defineProperty(Candles.prototype, name, { get, enumerable: true });
  }
  for (const contract of [Column, Candles]) {
    defineProperty(contract.prototype, "constructor", { value: undefined });
  }
  const { told: toldColumn, number: numberOfColumn } = Column;
  const { told: toldCandles, number: numberOfCandles } = Candles;
  for (const contract of [Column, Candles]) for (const name of ["told", "number"]) deleteProperty(contract, name);

  const { columns } = facts;
  function rowsOf(interval: string): unknown[] {
    let made = rows.get(interval);
    if (made === undefined) {
      made = [];
      const { length } = candles(interval) as Candles;
      const table = new Doubles(host("table", timeframeOf[interval] as number) as ArrayBuffer);
      for (let at = 0; at < length; at += 1) {
        const row: Record<string, unknown> = {};
        for (let index = 0; index < columns.length; index += 1) {
          row[columns[index] as string] = table[index * length + at];
        }
        row.closed = true;
        made.push(row);
      }
      rows.set(interval, made);
    }
    return made;
  }

  function candles(interval: unknown): unknown {
    const name = typeof interval === "string" ? interval : `${interval}`;
    let table = tables.get(name);
    if (table === undefined) {
      table = new Candles(name);
      tables.set(name, table);
    }
    return table;
  }

  const timeframes: Record<string, unknown[]> = {};

  /** Numbers of the filter's own, as a column of the host. */
  function own(items: readonly unknown[], field: string): number | undefined {
    const numbers = new Doubles(Math.min(items.length, MAX_ITEMS));
    charge(4 * numbers.length);
    for (let at = 0; at < numbers.length; at += 1) {
      const item = items[at];
      const value = typeof item === "object" && item !== null ? (item as Record<string, unknown>)[field] : item;
      if (typeof value !== "number" && value !== null && value !== undefined) return undefined;
      numbers[at] = value ?? Number.NaN;
    }
    return Math.floor((host("own", numbers.buffer) as number) / 65_536);
  }

  /** An argument of an indicator, as the host reads it. */
  function told(value: unknown): string {
    if (typeof value === "number") return joined("n", value);
    if (value === undefined) return "u";
    if (isArray(value)) {
      const id = own(value, "");
      return id === undefined ? "oan array of other things than numbers" : joined("c", id);
    }
    return toldColumn(value) ?? toldCandles(value) ?? `o${value === null ? "null" : `a ${typeof value}`}`;
  }

  /** What was told in words, by the words. */
  const toldBefore = new Map<string, number>();

  /** The first column's number and length. Asked by number where that is possible, and in words where not. */
  function computed(indicator: number, values: readonly unknown[]): number {
    const [input, period] = values;
    const timeframe = numberOfCandles(input);
    const number = timeframe === undefined ? numberOfColumn(input) : questions.candles + timeframe;
    if (number !== undefined && values.length <= 2 && isShort(period)) {
      const call = indicator * questions.periods + (period ?? 0);
      return ask(questions.compute + call * questions.inputs + number);
    }
    let words = "";
    for (let at = 0; at < values.length; at += 1) words += joined(at === 0 ? "" : "\u001f", told(values[at]));
    if (number === undefined) return host("compute", indicator, words) as number;
    const key = joined(indicator, joined(" ", words));
    let before = toldBefore.get(key);
    if (before === undefined) {
      before = (host("tell", indicator, words) as number | undefined) ?? -1;
      if (before >= 0) toldBefore.set(key, before);
    }
    return before < 0 ? (host("compute", indicator, words) as number) : ask(questions.told + before);
  }

  function isShort(period: unknown): period is number | undefined {
    return period === undefined || (isWhole(period) && period > 0 && period < questions.periods);
  }

  const names: Record<string, unknown> = { candles };
  for (const [at, { name, outputs }] of facts.indicators.entries()) {
    names[name] = (...values: unknown[]): unknown => {
      const packed = computed(at, values);
      const id = Math.floor(packed / 65_536);
      const length = packed % 65_536;
      if (outputs.length === 1) return new Column(id, length);
      const result: Record<string, Column> = {};
      for (let index = 0; index < outputs.length; index += 1) {
        result[outputs[index] as string] = new Column(id + index, length);
      }
      return result;
    };
  }
  const helpers: Record<string, unknown> = {};
  for (const [at, { name, reads }] of facts.helpers.entries()) {
    helpers[name] = (items: unknown, ...values: unknown[]): unknown => {
      const id = isArray(items) ? own(items, reads) : undefined;
      return parse(host("help", at, id ?? -1, values.map(told).join("\u001f")) as string);
    };
    names[name] = helpers[name];
  }
  names.helpers = helpers;

  function begin(intervals: readonly string[]): void {
    for (let at = 0; at < intervals.length; at += 1) {
      const interval = intervals[at] as string;
      timeframeOf[interval] = at;
      defineProperty(timeframes, interval, { get: () => rowsOf(interval), enumerable: true });
    }
  }

  function reset(): void {
    rows = new Map();
    tables = new Map();
  }

  function numbersOf(value: unknown): number[] | undefined {
    return toldColumn(value) === undefined ? undefined : (value as Column).slice();
  }

  return { names, timeframes, begin, reset, numbersOf, nameless: [Column.prototype, Candles.prototype] };
}
