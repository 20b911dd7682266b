import type { CodePlace } from "../strategy/mod.ts";

/** What is put into a filter's code at a place. */
interface Insertion {
  readonly at: number;
  readonly isClosing: boolean;
  readonly text: () => string;
}

/** Puts text into code, and finds for a place in the result the one in the code. */
export class Insertions {
  readonly #all: Insertion[] = [];

  /** Of several at one place, the one that is put first is the outer one. The text is asked for at the end. */
  open(at: number, text: () => string): void {
    this.#all.push({ at, isClosing: false, text });
  }

  /** Text behind something; of several at one place, the one that is put first comes last. */
  close(at: number, text: string): void {
    this.#all.push({ at, isClosing: true, text: () => text });
  }

  /** The code with all that was put in. No text may have a line break. */
  apply(code: string): InstrumentedText {
    const order = new Map(this.#all.map((one, index) => [one, one.isClosing ? -1 - index : index]));
    const sorted = this.#all.sort((a, b) => a.at - b.at || (order.get(a) ?? 0) - (order.get(b) ?? 0));
    const [places, lengths] = [new Uint16Array(sorted.length), new Uint16Array(sorted.length)];
    const parts: string[] = [];
    let from = 0;
    for (const [index, { at, text }] of sorted.entries()) {
      const inserted = text();
      parts.push(code.slice(from, at), inserted);
      [places[index], lengths[index], from] = [at, inserted.length, at];
    }
    parts.push(code.slice(from));
    return new InstrumentedText(parts.join(""), places, lengths);
  }
}

/** Code that something was put into. */
export class InstrumentedText {
  readonly code: string;
  /** Where in the code as it was something was put in, in rising order, and how much. */
  readonly #places: Uint16Array;
  readonly #lengths: Uint16Array;

  constructor(code: string, places: Uint16Array, lengths: Uint16Array) {
    this.code = code;
    this.#places = places;
    this.#lengths = lengths;
  }

  /** From a place in this code to the one in the code as it was. Lines are the same. */
  original({ line, column }: CodePlace): CodePlace {
    let start = 0;
    for (let before = 1; before < line; before += 1) {
      const end = this.code.indexOf("\n", start);
      if (end < 0) return { line, column };
      start = end + 1;
    }
    const wanted = start + column - 1;
    let [shift, shiftAtStart] = [0, 0];
    for (const [index, place] of this.#places.entries()) {
      const length = this.#lengths[index] as number;
      const begins = place + shift;
      if (begins < start) shiftAtStart += length;
      else if (begins >= wanted) break;
      else if (wanted < begins + length) return { line, column: place + shiftAtStart - start + 1 };
      shift += length;
    }
    return { line, column: column - (shift - shiftAtStart) };
  }
}
