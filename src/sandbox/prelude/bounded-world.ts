import type { PreludeFacts } from "./prelude.ts";
import type { Talk } from "./talk.ts";

/** A function of the language's, called by the filter. */
export type AnyFunction = (this: unknown, ...values: unknown[]) => unknown;

/** What bounding the language's functions is done with. */
export interface BoundingKit {
  /** The most items that a function goes through in one go. */
  readonly maxItems: number;
  readonly hide: (object: object, name: PropertyKey, value: unknown) => void;
  /** Puts another function in the place of one, if it is there. */
  readonly wrap: (object: object, name: PropertyKey, make: (original: AnyFunction) => AnyFunction) => void;
  /** The value; throws if it is a text that is too long. */
  readonly short: <Value>(value: Value) => Value;
  /** A function that looks at each call: the language's own don't. */
  readonly looking: (value: unknown) => unknown;
}

/** What the other parts of the prelude need of it. */
export interface BoundedWorld {
  readonly kit: BoundingKit;
  /** A value as plain data of a size that is known, as JSON takes it. */
  readonly plain: (value: unknown) => unknown;
  /** What is spread goes through this. */
  readonly spread: (value: unknown) => unknown;
  /** The names of computed methods go through this, and static fields of classes. */
  readonly key: (value: unknown) => unknown;
  /** What is to be made immutable besides all that has a name. */
  readonly nameless: readonly unknown[];
}

/**
 * The part of the prelude that bounds what the language brings along: each of its functions that would go on for long in
 * one go, and can't be interrupted, and all that makes code, chance or other prototypes. Arrays and texts have a part each. `numbersOf` gives a column's
 * numbers, and undefined for anything else; `natives` has all functions that aren't the filter's own. It is never called here, but sent in as text: it must not use a thing from outside of itself.
 */
export function boundedWorld(
  { look, charge }: Talk,
  { bounds }: PreludeFacts,
  natives: WeakSet<object>,
  numbersOf: (value: unknown) => unknown,
): BoundedWorld {
  /** Arrays that a method goes through, and lists of arguments, are at most this long. */
  const MAX_ITEMS = 32_768;
  const MAX_ARGUMENTS = 4_096;
  /** The longest name of a function, which stands in the stacks of errors. */
  const MAX_NAME = 256;
  /** Values that JSON is made of at once, a match's facts among them, and how deep they may be nested. */
  const MAX_VALUES = 1_000;
  const MAX_DEPTH = 64;
  /** What goes through a whole object counts as so many items: as many as it may have when it is looked at the clock. */
  const WHOLE = 4_096;
  const world = globalThis as unknown as Record<PropertyKey, unknown>;
  const { isArray } = Array;
  const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, keys } = Object;
  const { apply, construct, ownKeys, deleteProperty } = Reflect;
  const { stringify } = JSON;
  const [MapOf, SetOf] = [Map, Set];

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

  function short<Value>(value: Value): Value {
    if (typeof value === "string" && value.length > bounds.text) {
      throw new RangeError(`a text of more than ${bounds.text} characters is too long`);
    }
    return value;
  }

  function looking(value: unknown): unknown {
    if (typeof value !== "function" || !natives.has(value)) return value;
    return function (this: unknown, ...values: unknown[]): unknown {
      look(20);
      return apply(value as AnyFunction, this, values);
    };
  }

  // Code from text: no eval, no Function, nor what functions of each kind call their constructor.
  const kinds = [() => {}, function* () {}, async () => {}, async function* () {}];
  for (const kind of kinds) hide(getPrototypeOf(kind) as object, "constructor", undefined);

  // Functions: so many arguments, and no text of their code.
  const functions = Function.prototype;
  wrap(functions, "apply", () => {
    return function (this: unknown, self: unknown, given: unknown): unknown {
      if (typeof this !== "function") throw new TypeError("apply is for functions");
      const from = (given ?? []) as ArrayLike<unknown>;
      const count = Number(from.length);
      if (count > MAX_ARGUMENTS) throw new RangeError(`more than ${MAX_ARGUMENTS} arguments are too many`);
      const values: unknown[] = [];
      for (let at = 0; at < count; at += 1) {
        look(2);
        values.push(from[at]);
      }
      return apply(this as AnyFunction, self, values);
    };
  });
  wrap(functions, "bind", (original) => {
    return function (this: unknown, ...values: unknown[]): unknown {
      if (values.length > MAX_ARGUMENTS) throw new RangeError(`more than ${MAX_ARGUMENTS} arguments are too many`);
      charge(values.length);
      const bound = apply(original, this, values) as object;
      natives.add(bound);
      return bound;
    };
  });
  hide(functions, "toString", () => "function");
  const define = defineProperty;
  wrap(Object, "defineProperty", () => {
    return (object: unknown, name: unknown, descriptor: unknown): unknown => {
      const key = typeof name === "symbol" ? name : `${name as string}`;
      if (typeof object === "function" && key === "name") throw new TypeError("a function's name can't be set");
      return define(object as object, key, descriptor as PropertyDescriptor);
    };
  });
  wrap(Object, "defineProperties", (original) => {
    return (object: unknown, descriptors: unknown): unknown => {
      if (typeof object === "function") throw new TypeError("a function's properties are set one by one");
      charge(WHOLE);
      return apply(original, Object, [object, descriptors]);
    };
  });

  // Iterators keep only what loops need: the others go through an iterator without an end in one go.
  const arrayIterator = getPrototypeOf([][Symbol.iterator]()) as object;
  const iterator = getPrototypeOf(arrayIterator) as object;
  for (const name of ownKeys(iterator)) if (name !== Symbol.iterator) deleteProperty(iterator, name);

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
        look(2);
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
    wrap(kind.prototype, "forEach", (original) => {
      return function (this: unknown, ...values: unknown[]): unknown {
        charge(WHOLE);
        return apply(original, this, [looking(values[0]), ...values.slice(1)]);
      };
    });
  }

  // What goes through a whole value in one go: it is looked at the clock each time.
  for (const name of [
    ..."assign entries freeze getOwnPropertyDescriptors getOwnPropertyNames".split(" "),
    ..."getOwnPropertySymbols isFrozen isSealed keys seal values".split(" "),
  ]) {
    wrap(Object, name, (original) => {
      return (...values: unknown[]): unknown => {
        const result = apply(original, Object, values);
        charge(WHOLE);
        return result;
      };
    });
  }
  hide(Object, "fromEntries", (entries: Iterable<readonly [PropertyKey, unknown]>): unknown => {
    const made: Record<PropertyKey, unknown> = {};
    for (const entry of entries) {
      look(20);
      put(made, entry[0], entry[1]);
    }
    return made;
  });
  wrap(JSON, "parse", (original) => {
    return (...values: unknown[]): unknown => {
      const text = short(`${values[0] as string}`);
      charge(4 * text.length);
      return apply(original, JSON, [text, looking(values[1])]);
    };
  });

  /** The value as plain data that JSON can tell, of a size that is known: the machine's own way through it can't be interrupted. */
  function copied(value: unknown, left: { values: number; units: number }, depth: number): unknown {
    look(2);
    left.values -= 1;
    if (typeof value === "string") left.units -= value.length;
    if (left.units < 0) throw new RangeError(`more than ${bounds.text} characters of texts are too many for JSON`);
    if (left.values < 0) throw new RangeError(`more than ${MAX_VALUES} values are too many for JSON`);
    if (depth > MAX_DEPTH) throw new RangeError(`values nested deeper than ${MAX_DEPTH} are too deep for JSON`);
    if (typeof value === "function" || typeof value === "symbol") return undefined;
    if (typeof value !== "object" || value === null) return value;
    const column = numbersOf(value) ?? value;
    if (isArray(column)) {
      const items: unknown[] = [];
      for (let at = 0; at < column.length; at += 1) items.push(copied(column[at], left, depth + 1));
      return items;
    }
    const fields: Record<string, unknown> = {};
    for (const name of keys(column)) {
      put(fields, name, copied((column as Record<string, unknown>)[name], left, depth + 1));
    }
    return fields;
  }
  function plain(value: unknown): unknown {
    return copied(value, { values: MAX_VALUES, units: bounds.text }, 0);
  }
  hide(JSON, "stringify", (value: unknown): unknown => short(stringify(plain(value))));

  // What makes numbers of as many values as it is given: of texts, too, which may be long.
  for (const [object, name] of [
    [Math, "max"],
    [Math, "min"],
    [Math, "hypot"],
    [String, "fromCharCode"],
    [String, "fromCodePoint"],
  ] as const) {
    wrap(object, name, (original) => {
      return (...values: unknown[]): unknown => {
        for (let at = 0; at < values.length; at += 1) {
          if (typeof values[at] === "number") continue;
          look(20);
          values[at] = Number(values[at]);
        }
        charge(values.length);
        return short(apply(original, object, values));
      };
    });
  }

  // Texts that a function puts together of others.
  for (const [object, name] of [
    [Error.prototype, "toString"],
    [Object.prototype, "toString"],
    [Symbol.prototype, "toString"],
  ] as const) {
    wrap(object, name, (original) => {
      return function (this: unknown, ...values: unknown[]): unknown {
        charge(values.length);
        return short(apply(original, this, values));
      };
    });
  }

  // No chance, no other prototypes than those that a value is born with, no stacks to be made up.
  for (const name of ["random", "sumPrecise"]) deleteProperty(Math, name);
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

  function sizeOf(value: unknown): number {
    if (typeof value === "string" || isArray(value)) return value.length;
    return value instanceof MapOf || value instanceof SetOf ? 2 * value.size : WHOLE;
  }
  function spread(value: unknown): unknown {
    const size = sizeOf(value);
    if (size > MAX_ITEMS) throw new RangeError(`more than ${MAX_ITEMS} items are too many`);
    charge(size);
    return value;
  }
  function key(value: unknown): unknown {
    const name = typeof value === "object" && value !== null ? `${value as unknown as string}` : value;
    if (typeof name !== "string" || name.length <= MAX_NAME) return name;
    throw new RangeError(`a name of more than ${MAX_NAME} characters is too long`);
  }

  const kit: BoundingKit = { maxItems: MAX_ITEMS, hide, wrap, short, looking };
  return { kit, plain, spread, key, nameless: [...kinds.map((kind) => getPrototypeOf(kind)), arrayIterator] };
}
