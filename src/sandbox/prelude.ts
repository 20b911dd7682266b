import type { BOARD, RESULT } from "./board.ts";
import type { COLUMNS, SHORT } from "./short-questions.ts";

/** Asks the host, outside of the machine; see HostDoor for what there is to ask. Numbers, texts and buffers go in and out. */
type Host = (operation: string, ...values: (string | number | ArrayBuffer)[]) => unknown;

/** Asks the question that stands on the board. */
type Short = () => void;

/** What the host tells the machine about the contract. */
export interface PreludeFacts {
  readonly columns: readonly string[];
  readonly indicators: readonly { readonly name: string; readonly outputs: readonly string[] }[];
  readonly helpers: readonly { readonly name: string; readonly reads: "close" | "volume" }[];
  readonly board: typeof BOARD;
  readonly result: typeof RESULT;
  readonly lookAhead: number;
  readonly short: typeof SHORT;
  readonly numbers: typeof COLUMNS;
}

/** A machine that is ready for filters. */
export interface PreludeResult {
  /** Takes the timeframes of the filter to come, as JSON. Called once. */
  readonly begin: (timeframesText: string) => void;
  /** Runs a filter for the symbol that the host has at hand. Puts on the board what came of it; gives back a match's facts as JSON. */
  readonly run: (filter: unknown, symbol: string, ticker: string) => string | undefined;
}

/**
 * The first code in each machine, before any filter: takes away what a filter has no use for, makes what is left immutable,
 * and puts the contract's names there. It is never called here, but sent in as text: it must not use a thing from outside
 * of itself.
 */
export function prelude(host: Host, short: Short, memory: ArrayBuffer, factsText: string): PreludeResult {
  /** Arrays that a method goes through are at most this long; the machine's own loops can't be interrupted. */
  const MAX_ITEMS = 100_000;
  /** Texts that a method searches are at most this long, for the same reason. */
  const MAX_TEXT = 4_096;
  /** Values that JSON is made of at once, a match's facts among them. */
  const MAX_VALUES = 1_000;
  const KEPT = [
    ..."Object Array String Number Boolean Symbol Math JSON Map Set RegExp".split(" "),
    ..."Error EvalError RangeError ReferenceError SyntaxError TypeError URIError".split(" "),
    ..."parseInt parseFloat isNaN isFinite NaN Infinity undefined".split(" "),
  ];
  const facts = JSON.parse(factsText) as PreludeFacts;
  const world = globalThis as unknown as Record<PropertyKey, unknown>;
  type AnyFunction = (...values: unknown[]) => unknown;
  const { isArray } = Array;
  const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, freeze, keys } = Object;
  const { apply, construct, ownKeys, deleteProperty } = Reflect;
  const { stringify, parse } = JSON;
  const isWhole = Number.isInteger as (value: unknown) => value is number;
  const Doubles = Float64Array;

  // Short questions: what the filter asked at the symbol before is answered already, in that order.
  const board = new Doubles(memory);
  const { board: places, result: results, lookAhead, short: questions, numbers } = facts;
  let cursor = 0;
  function ask(question: number): number {
    for (let slot = cursor; slot < cursor + lookAhead; slot += 1) {
      if (board[places.plan + 2 * slot] !== question) continue;
      cursor = slot + 1;
      board[places.used] = cursor;
      return board[places.plan + 2 * slot + 1] as number;
    }
    board[places.question] = question;
    short();
    return board[places.answer] as number;
  }

  // The clock: looked at each so often, sooner the more is done, and at once after something was caught.
  const TURNS_A_LOOK = 100;
  const STOP = freeze({ stopped: true });
  let turns = TURNS_A_LOOK;
  let stopped = false;
  function look(now: unknown): void {
    turns -= 1;
    if (turns < 0 || now === true) {
      turns = TURNS_A_LOOK;
      board[places.question] = questions.look;
      short();
      if (board[places.answer] === 1) stopped = true;
    }
    if (stopped) throw STOP;
  }
  function charge(size: number): void {
    turns -= size / 1_024;
    if (turns < 0) look(true);
  }

  function hide(object: object, name: PropertyKey, value: unknown): void {
    defineProperty(object, name, { value, writable: true, enumerable: false, configurable: true });
  }

  function put(object: object, name: PropertyKey, value: unknown): void {
    defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  }

  function wrap(object: object, name: PropertyKey, make: (original: AnyFunction) => AnyFunction): void {
    const original = getOwnPropertyDescriptor(object, name)?.value as AnyFunction | undefined;
    if (typeof original === "function") hide(object, name, make(original));
  }

  // Code from text: no eval, no Function, nor what functions of each kind call their constructor.
  const kinds = [() => {}, function* () {}, async () => {}, async function* () {}];
  for (const kind of kinds) hide(getPrototypeOf(kind) as object, "constructor", undefined);

  // Iterators keep only what loops need: the others go through an iterator without an end in one go.
  const arrayIterator = getPrototypeOf([][Symbol.iterator]()) as object;
  const iterator = getPrototypeOf(arrayIterator) as object;
  for (const name of ownKeys(iterator)) if (name !== Symbol.iterator) deleteProperty(iterator, name);

  // Arrays: bounded, and only real ones.
  for (const name of ownKeys(Array.prototype)) {
    if (["constructor", "push", "pop", "at", "keys", "values", "entries", Symbol.iterator].includes(name as string))
      continue;
    wrap(
      Array.prototype,
      name,
      (original) =>
        function (this: unknown, ...values: unknown[]): unknown {
          if (!isArray(this)) throw new TypeError(`${String(name)} is for arrays`);
          if (this.length > MAX_ITEMS) throw new RangeError(`an array of more than ${MAX_ITEMS} is too long`);
          charge(this.length);
          return apply(original, this, values);
        },
    );
  }
  wrap(
    Array.prototype,
    "concat",
    () =>
      function (this: unknown[], ...values: unknown[]): unknown[] {
        const all: unknown[] = [];
        for (const value of [this, ...values]) {
          if (!isArray(value)) all.push(value);
          else {
            for (let at = 0; at < value.length; at += 1) {
              look(false);
              all.push(value[at]);
            }
          }
        }
        return all;
      },
  );
  wrap(Array.prototype, "flat", () => {
    function add(all: unknown[], items: unknown[], depth: number): unknown[] {
      for (let at = 0; at < items.length; at += 1) {
        look(false);
        const item = items[at];
        if (depth > 0 && isArray(item)) add(all, item, depth - 1);
        else if (at in items) all.push(item);
      }
      return all;
    }
    return function (this: unknown, depth: unknown = 1): unknown[] {
      if (!isArray(this)) throw new TypeError("flat is for arrays");
      return add([], this, Number(depth));
    };
  });

  // Texts: bounded.
  for (const name of ownKeys(String.prototype)) {
    // A template is compiled to a call of concat.
    if (["constructor", "toString", "valueOf", "concat"].includes(name as string)) continue;
    wrap(
      String.prototype,
      name,
      (original) =>
        function (this: unknown, ...values: unknown[]): unknown {
          const text = `${this as string}`;
          const given = values.map((value) => {
            const isText = typeof value === "object" && value !== null && !(value instanceof RegExp);
            return isText ? `${value}` : value;
          });
          for (const one of [text, ...given]) {
            if (typeof one === "string" && one.length > MAX_TEXT) {
              throw new RangeError(`a text of more than ${MAX_TEXT} characters is too long`);
            }
          }
          charge(text.length);
          return apply(original, text, given);
        },
    );
  }

  // Collections that are filled by a loop of the filter's world, which can be interrupted; without what compares two of them.
  for (const [name, kind, add] of [
    ["Map", Map, "set"],
    ["Set", Set, "add"],
  ] as const) {
    const fill = (kind.prototype as unknown as Record<string, AnyFunction>)[add] as AnyFunction;
    const collection = function (this: unknown, items: Iterable<unknown> | undefined | null): unknown {
      if (!new.target) throw new TypeError(`${name} wants new`);
      const made = construct(kind, [], new.target);
      for (const item of items ?? []) {
        look(false);
        apply(fill, made, name === "Map" ? (item as unknown[]).slice(0, 2) : [item]);
      }
      return made;
    };
    defineProperty(collection, "prototype", { value: kind.prototype });
    hide(kind.prototype, "constructor", collection);
    world[name] = collection;
    for (const other of ownKeys(kind.prototype)) {
      if (/^(is|union|inter|diff|symm|getOrInsert)/.test(String(other as string)))
        deleteProperty(kind.prototype, other);
    }
  }

  // What goes through a whole value in one go counts for much.
  for (const [object, names] of [
    [JSON, ["parse"]],
    [
      Object,
      [
        "assign",
        "entries",
        "freeze",
        "fromEntries",
        "getOwnPropertyDescriptors",
        "getOwnPropertyNames",
        "keys",
        "seal",
        "values",
      ],
    ],
    [Array, ["from"]],
  ] as const) {
    for (const name of names) {
      wrap(object, name, (original) => {
        return function (this: unknown, ...values: unknown[]): unknown {
          charge(10_240);
          return apply(original, this, values);
        };
      });
    }
  }

  /** The value as plain data that JSON can tell, of a size that is known: the machine's own way through it can't be interrupted. */
  function copied(value: unknown, left: { values: number }): unknown {
    look(false);
    left.values -= 1;
    if (left.values < 0) throw new RangeError(`more than ${MAX_VALUES} values are too many for JSON`);
    if (typeof value === "function" || typeof value === "symbol") return undefined;
    if (typeof value !== "object" || value === null) return value;
    const column = toldColumn(value) === undefined ? value : (value as Column).slice();
    if (isArray(column)) {
      const items: unknown[] = [];
      for (let at = 0; at < column.length; at += 1) items.push(copied(column[at], left));
      return items;
    }
    const fields: Record<string, unknown> = {};
    for (const name of keys(column)) {
      put(fields, name, copied((column as Record<string, unknown>)[name], left));
    }
    return fields;
  }
  wrap(
    JSON,
    "stringify",
    () =>
      function (this: unknown, value: unknown): unknown {
        return stringify(copied(value, { values: MAX_VALUES }));
      },
  );

  // No chance, no other prototypes than those that a value is born with, no stacks to be made up.
  deleteProperty(Math, "random");
  for (const name of ["setPrototypeOf", "groupBy"]) deleteProperty(Object, name);
  for (const name of ownKeys(Object.prototype))
    if (String(name).startsWith("__")) deleteProperty(Object.prototype, name);
  for (const name of ownKeys(Error))
    if (typeof name === "string" && /^(capture|prepare|stack)/.test(name)) deleteProperty(Error, name);
  deleteProperty(String, "raw");

  // What is frozen below can't be hidden by an own property of the same name any more; errors of one's own need that.
  for (const kind of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) {
    for (const name of ["name", "message"] as const) {
      const value = kind.prototype[name];
      const set = function (this: object, given: unknown): void {
        hide(this, name, given);
      };
      defineProperty(kind.prototype, name, { get: () => value, set });
    }
  }

  // The contract.
  let rows = new Map<string, unknown[]>();
  let tables = new Map<string, unknown>();

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
      return typeof value === "object" && value !== null && #id in value ? `c${(value as Column).#id}` : undefined;
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
        ? `k${(value as Candles).#interval}`
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
    hide(contract.prototype, "constructor", undefined);
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
    const name = `${interval}`;
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
    if (typeof value === "number") return `n${value}`;
    if (value === undefined) return "u";
    if (isArray(value)) {
      const id = own(value, "");
      return id === undefined ? "oan array of other things than numbers" : `c${id}`;
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
    for (let at = 0; at < values.length; at += 1) words += `${at === 0 ? "" : "\u001f"}${told(values[at])}`;
    if (number === undefined) return host("compute", indicator, words) as number;
    const key = `${indicator} ${words}`;
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

  // What a filter has no use for goes; what stays can't be changed, so that no run leaves anything to the next one.
  for (const name of ownKeys(world)) if (!KEPT.includes(name as string)) deleteProperty(world, name);
  for (const name of ownKeys(names)) defineProperty(world, name, { value: names[name as string], enumerable: true });
  const seen = new Set<unknown>();
  function harden(value: unknown): void {
    if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) return;
    seen.add(value);
    freeze(value);
    harden(getPrototypeOf(value));
    for (const name of ownKeys(value)) {
      const descriptor = getOwnPropertyDescriptor(value, name);
      harden(descriptor?.value);
      harden(descriptor?.get);
      harden(descriptor?.set);
    }
  }
  for (const name of ownKeys(world)) harden(world[name]);
  harden(look);
  for (const kind of kinds) harden(getPrototypeOf(kind));
  for (const one of [arrayIterator, Column.prototype, Candles.prototype, (function* () {})(), ""[Symbol.iterator]()]) {
    harden(one);
  }
  for (const one of [new Map().entries(), new Set().values(), "".matchAll(/a/g)]) harden(getPrototypeOf(one));
  freeze(world);

  return {
    begin: (text) => {
      const intervals = parse(text) as string[];
      for (let at = 0; at < intervals.length; at += 1) {
        const interval = intervals[at] as string;
        timeframeOf[interval] = at;
        defineProperty(timeframes, interval, { get: () => rowsOf(interval), enumerable: true });
      }
      harden(timeframes);
    },
    run: (filter, symbol, ticker) => {
      rows = new Map();
      tables = new Map();
      turns = TURNS_A_LOOK;
      cursor = 0;
      const answer = (filter as AnyFunction)(
        symbol,
        board[places.closeTime],
        ticker === "" ? undefined : parse(ticker),
        timeframes,
        look,
      );
      const facts = factsOf(answer);
      board[places.result] = facts === false ? results.noMatch : facts === true ? results.match : results.facts;
      return facts === false || facts === true ? undefined : facts;
    },
  };

  /** Whether the answer is a match, or the facts of one as JSON. */
  function factsOf(answer: unknown): boolean | string {
    if (typeof answer !== "object" || answer === null) return Boolean(answer);
    const { match, facts: told } = answer as { match?: unknown; facts?: unknown };
    if (isArray(answer) || match === undefined) {
      throw new TypeError("the filter gave back an object: expected true or false, or {match, facts}");
    }
    if (!match) return false;
    if (told === undefined || told === null) return true;
    if (typeof told !== "object" || isArray(told)) {
      throw new TypeError("facts are not an object: expected one such as {rsi: 28.4}");
    }
    return stringify(copied(told, { values: MAX_VALUES })) as string;
  }
}
