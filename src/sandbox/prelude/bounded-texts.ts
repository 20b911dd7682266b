import type { AnyFunction, BoundingKit } from "./bounded-world.ts";
import type { PreludeFacts } from "./prelude.ts";
import type { Talk } from "./talk.ts";

/**
 * The part of the prelude that bounds texts and regular expressions: how long a text is that a method searches, and that it makes. It is
 * never called here, but sent in as text: it must not use a thing from outside of itself.
 */
export function boundedTexts({ charge }: Talk, { bounds }: PreludeFacts, kit: BoundingKit): void {
  const { hide, wrap, short, looking } = kit;
  /** Texts that a method searches are at most this long. */
  const MAX_SEARCHED = 4_096;
  /**
   * Texts of which a character may take as much work as the whole text are at most this long. Normalizing and comparing by locale sort
   * combining marks, each of which may go past all others; a sigma's lower case hangs on the letters around it; a step of a regular
   * expression may go through all of the text.
   */
  const MAX_SEARCHED_OFTEN = 512;
  const OFTEN = ["normalize", "localeCompare", "toLowerCase", "toLocaleLowerCase"];
  /**
   * What one search with a regular expression counts for in items: as many as there are between two looks. The machine looks at
   * the time each ten thousand steps of one search, and not at all while there are fewer, however many such searches there are.
   */
  const SEARCH = 4_096;
  const world = globalThis as unknown as Record<PropertyKey, unknown>;
  const { apply, construct, ownKeys, deleteProperty } = Reflect;
  const { defineProperty } = Object;
  const backReference = new RegExp(bounds.backReference);
  const test = RegExp.prototype.test;
  const RegExpOf = RegExp;

  function searched(text: string, most: number = MAX_SEARCHED): string {
    if (text.length > most) throw new RangeError(`a text of more than ${most} characters is too long`);
    return text;
  }
  function pattern(text: string): string {
    if (text.length > bounds.pattern) {
      throw new RangeError(`a regular expression of more than ${bounds.pattern} characters is too long`);
    }
    if (matches(backReference, text)) throw new SyntaxError("a regular expression can't refer back to its groups");
    return text;
  }

  // A template is compiled to a call of concat.
  wrap(String.prototype, "concat", (original) => {
    return function (this: unknown, ...values: unknown[]): unknown {
      return short(apply(original, this, values));
    };
  });
  for (const name of ownKeys(String.prototype)) {
    if (["constructor", "toString", "valueOf", "concat"].includes(name as string)) continue;
    const makesLong = name === "repeat" || name === "padStart" || name === "padEnd";
    const most = OFTEN.includes(name as string) ? MAX_SEARCHED_OFTEN : MAX_SEARCHED;
    const makesPattern = name === "match" || name === "matchAll" || name === "search";
    wrap(String.prototype, name, (original) => {
      return function (this: unknown, ...values: unknown[]): unknown {
        const text = searched(`${this as string}`, most);
        const given = values.map((value) => {
          const isText = typeof value === "object" && value !== null && !(value instanceof RegExpOf);
          const one = isText ? `${value as unknown as string}` : looking(value);
          return typeof one === "string" ? searched(one, most) : one;
        });
        const [first] = given;
        if (makesPattern && typeof first === "string") pattern(first);
        if (makesLong && Number(first) * (name === "repeat" ? text.length : 1) > bounds.text) {
          throw new RangeError(`a text of more than ${bounds.text} characters is too long`);
        }
        charge(most === MAX_SEARCHED ? text.length : text.length * text.length);
        return short(apply(original, text, given));
      };
    });
  }

  // Regular expressions: the machine can be interrupted while it searches with one, and not while it compiles it.
  const expressions = RegExp.prototype;
  const regExp = function (this: unknown, from: unknown, flags: unknown): unknown {
    if (from instanceof RegExpOf && flags === undefined && !new.target) return from;
    const source = from instanceof RegExpOf ? from.source : from === undefined ? "" : `${from as string}`;
    const given = from instanceof RegExpOf && flags === undefined ? from.flags : flags;
    charge(SEARCH);
    return construct(RegExpOf, [pattern(source), given], new.target ?? regExp);
  };
  defineProperty(regExp, "prototype", { value: expressions });
  hide(expressions, "constructor", regExp);
  world.RegExp = regExp;
  deleteProperty(expressions, "compile");
  for (const name of ["exec", "test", Symbol.match, Symbol.matchAll, Symbol.replace, Symbol.search, Symbol.split]) {
    wrap(expressions, name, (original: AnyFunction) => {
      return function (this: unknown, ...values: unknown[]): unknown {
        values[0] = searched(`${values[0] as string}`, MAX_SEARCHED_OFTEN);
        if (values.length > 1) values[1] = looking(values[1]);
        const result = short(apply(original, this, values));
        charge(SEARCH);
        return result;
      };
    });
  }
  wrap(expressions, "toString", (original) => {
    return function (this: unknown): unknown {
      return short(apply(original, this, []));
    };
  });

  function matches(expression: RegExp, text: string): boolean {
    return apply(test, expression, [text]);
  }
}
