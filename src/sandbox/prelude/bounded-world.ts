import type { Talk } from "./talk.ts";

/** What the other parts of the prelude need of it. */
export interface BoundedWorld {
  /** A value as plain data of a size that is known, as JSON takes it. */
  readonly plain: (value: unknown) => unknown;
  /** What is to be made immutable besides all that has a name. */
  readonly nameless: readonly unknown[];
}

/**
 * The part of the prelude that bounds what the language brings along: each of its functions that would go on for long in
 * one go, and can't be interrupted, and all that makes code, chance or other prototypes. `numbersOf` gives a column's
 * numbers, and undefined for anything else. It is never called here, but sent in as text: it must not use a thing from outside of itself.
 */
export function boundedWorld({ look, charge }: Talk, numbersOf: (value: unknown) => unknown): BoundedWorld {
  /** Arrays that a method goes through are at most this long; the machine's own loops can't be interrupted. */
  const MAX_ITEMS = 100_000;
  /** Texts that a method searches are at most this long, for the same reason. */
  const MAX_TEXT = 4_096;
  /** Values that JSON is made of at once, a match's facts among them. */
  const MAX_VALUES = 1_000;
  const world = globalThis as unknown as Record<PropertyKey, unknown>;
  type AnyFunction = (...values: unknown[]) => unknown;
  const { isArray } = Array;
  const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, keys } = Object;
  const { apply, construct, ownKeys, deleteProperty } = Reflect;
  const { stringify } = JSON;

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
    const column = numbersOf(value) ?? value;
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
  function plain(value: unknown): unknown {
    return copied(value, { values: MAX_VALUES });
  }
  wrap(
    JSON,
    "stringify",
    () =>
      function (this: unknown, value: unknown): unknown {
        return stringify(plain(value));
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

  return { plain, nameless: [...kinds.map((kind) => getPrototypeOf(kind)), arrayIterator] };
}
