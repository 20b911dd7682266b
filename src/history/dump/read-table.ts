import {
  ANY_UNKNOWN,
  DUMP_COLUMNS,
  dumpMoment,
  emptyKline,
  judgeKline,
  type Kline,
  type KlineQuestion,
  readRow,
  UNREADABLE,
} from "../../core/mod.ts";
import type { FaultList } from "../fault.ts";
import { MINUTE_MS } from "../period.ts";
import { Mark, type Sheet } from "../sheet.ts";

const WIDTH = DUMP_COLUMNS.length;
const [COMMA, POINT, ZERO, NINE, LF, CR] = [44, 46, 48, 57, 10, 13];

/** The fields of two rows between which a line end is missing: the first one's last field and the second one's first are one. */
const GLUED_FIELDS = 2 * WIDTH + 1;

/** A figure as dumps have it; pandas and others write small ones with an exponent. */
const PLAIN = /^-?\d+(\.\d*)?(e[+-]?\d+)?$/i;

/** A row has about 120 characters; two that are glued, twice as many. */
const MAX_LINE_CHARACTERS = 4_096;

/** Times in milliseconds and in microseconds, by their size. */
const [FIRST_MS, FIRST_MICROSECOND, FIRST_NANOSECOND] = [1e11, 1e14, 1e17];

/** Powers of ten that a double holds exactly. A division of two exact numbers gives the double nearest to the decimal. */
const TENS: readonly number[] = Array.from({ length: 23 }, (_, power) => 10 ** power);

/** A table that isn't one of klines. */
export class UnreadableTable extends Error {}

/**
 * Puts the rows of a dump into a sheet, and notes what is wrong with them. It works on bytes, as tables are many: a million rows a second.
 * Lines that aren't eleven plain numbers and a last field are read again as text. Throws {@link UnreadableTable}.
 */
export function readTable(table: Uint8Array, sheet: Sheet, faults: FaultList): void {
  const reader = new TableReader(table, sheet, faults);
  reader.read();
}

class TableReader {
  readonly #table: Uint8Array;
  readonly #text: Buffer;
  readonly #sheet: Sheet;
  readonly #faults: FaultList;
  readonly #fields: Float64Array = new Float64Array(WIDTH);
  readonly #kline: Kline = { ...emptyKline(), closed: true };
  readonly #question: KlineQuestion;
  #last = -1;
  #rows = 0;

  constructor(table: Uint8Array, sheet: Sheet, faults: FaultList) {
    this.#table = table;
    this.#text = Buffer.from(table.buffer, table.byteOffset, table.byteLength);
    this.#sheet = sheet;
    this.#faults = faults;
    this.#question = { interval: "1m", range: sheet.range, unknown: ANY_UNKNOWN };
  }

  read(): void {
    const table = this.#table;
    // A byte order mark.
    let at = table[0] === 0xef && table[1] === 0xbb && table[2] === 0xbf ? 3 : 0;
    for (let line = 1; at < table.byteLength; line += 1) {
      const next = this.#plainRow(at);
      if (next > 0) {
        this.#rows += 1;
        this.#put(this.#momentOf(0), this.#momentOf(6));
        at = next;
        continue;
      }
      const end = this.#lineEnd(at);
      this.#textRow(this.#text.toString("latin1", at, end), line);
      at = end + (table[end] === CR && table[end + 1] === LF ? 2 : 1);
    }
    if (this.#rows === 0) throw new UnreadableTable("has no rows");
  }

  #lineEnd(at: number): number {
    let end = at;
    while (end < this.#table.byteLength && this.#table[end] !== LF && this.#table[end] !== CR) end += 1;
    return end;
  }

  /** Reads a line's fields as numbers. Returns where the next line begins, or 0 for a line that isn't plain. */
  #plainRow(start: number): number {
    const table = this.#table;
    let at = start;
    for (let column = 0; column < WIDTH; column += 1) {
      const first = at;
      let mantissa = 0;
      let point = -1;
      for (; ; at += 1) {
        const byte = table[at] as number;
        if (byte >= ZERO && byte <= NINE) mantissa = mantissa * 10 + (byte - ZERO);
        else if (byte === POINT && point < 0) point = at;
        else break;
      }
      const decimals = point < 0 ? 0 : at - point - 1;
      if (table[at] !== COMMA || at === first || decimals > 22) return 0;
      this.#fields[column] =
        mantissa <= Number.MAX_SAFE_INTEGER
          ? mantissa / (TENS[decimals] as number)
          : Number(this.#text.toString("latin1", first, at));
      at += 1;
    }
    for (; at < table.byteLength; at += 1) {
      const byte = table[at] as number;
      if (byte === LF) return at + 1;
      if (byte === CR) return table[at + 1] === LF ? at + 2 : at + 1;
      if (byte < ZERO || byte > NINE) return 0;
    }
    return at;
  }

  #momentOf(column: number): number {
    const value = this.#fields[column] as number;
    if (value >= FIRST_MS && value < FIRST_MICROSECOND) return value;
    if (value >= FIRST_MICROSECOND && value < FIRST_NANOSECOND) return Math.floor(value / 1_000);
    return dumpMoment(String(value));
  }

  #textRow(text: string, line: number): void {
    if (text === "") return;
    if (line === 1 && /^["a-z]/i.test(text)) {
      this.#header(text);
      return;
    }
    this.#rows += 1;
    if (text.length > MAX_LINE_CHARACTERS) {
      this.#faults.note("wrong_columns", undefined, `line ${line} has ${text.length} characters`);
      return;
    }
    const fields = text.split(",");
    const middle = fields[WIDTH] ?? "";
    if (fields.length === GLUED_FIELDS && /^0\d/.test(middle)) {
      const second = [middle.slice(1), ...fields.slice(WIDTH + 1)];
      this.#faults.note("glued", dumpMoment(fields[0] ?? ""), `line ${line}`);
      this.#putText(fields.slice(0, WIDTH));
      this.#putText(second);
    } else if (fields.length === WIDTH || fields.length === WIDTH + 1) {
      this.#putText(fields);
    } else {
      this.#faults.note(
        "wrong_columns",
        placeIn(fields),
        `line ${line}: ${fields.length} columns, expected ${WIDTH + 1}`,
      );
    }
  }

  #header(text: string): void {
    const names = text.toLowerCase().replaceAll('"', "").split(",");
    const isKnown = DUMP_COLUMNS.every((name, at) => names[at] === name);
    if (!isKnown)
      throw new UnreadableTable(`has the columns ${text.slice(0, 200)}, expected ${DUMP_COLUMNS.join(",")}`);
  }

  #putText(fields: readonly string[]): void {
    for (let column = 0; column < WIDTH; column += 1) {
      const field = (fields[column] ?? "").trim();
      const figure = field === "" ? Number.NaN : PLAIN.test(field) ? Number(field) : UNREADABLE;
      // What isn't there is unknown where it may be; what isn't a decimal is refused.
      this.#fields[column] = figure;
    }
    this.#put(dumpMoment((fields[0] ?? "").trim()), dumpMoment((fields[6] ?? "").trim()));
  }

  #put(openTime: number, closeTime: number): void {
    const fields = this.#fields;
    fields[0] = openTime;
    fields[6] = closeTime;
    const kline = readRow(fields, 0, 1, this.#kline);
    const refusal = judgeKline(kline, this.#question);
    if (refusal !== undefined) {
      this.#faults.note(
        refusal === "misaligned" ? "off_grid" : refusal,
        Number.isFinite(openTime) ? openTime : undefined,
      );
      return;
    }
    const sheet = this.#sheet;
    const place = sheet.placeOf(openTime);
    if (place < this.#last) this.#faults.note("disordered", openTime);
    else this.#last = place;
    const mark = sheet.marks[place];
    if (mark === Mark.unknown) sheet.write(place, kline);
    else if (mark === Mark.contradicted || !sheet.holds(place, kline)) {
      sheet.marks[place] = Mark.contradicted;
      this.#faults.note("contradicting", openTime);
    } else this.#faults.note("doubled", openTime);
  }
}

/** The minute of a row that can't be used, if its first field says one. */
function placeIn(fields: readonly string[]): number | undefined {
  const openTime = dumpMoment((fields[0] ?? "").trim());
  return openTime % MINUTE_MS === 0 ? openTime : undefined;
}
