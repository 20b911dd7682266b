import type { AnyFunction, BoundingKit } from "./bounded-world.ts";
import type { Talk } from "./talk.ts";

/**
 * The part of the prelude that bounds arrays: how long one is that a method goes through, and what a method does at each item. It is
 * never called here, but sent in as text: it must not use a thing from outside of itself.
 */
export function boundedArrays({ look, charge }: Talk, { maxItems, hide, wrap, short, looking }: BoundingKit): void {
  /** Texts from this length on are looked for one by one: a method compares each with all items. */
  const LONG_TEXT = 64;
  const { isArray } = Array;
  const { apply, ownKeys } = Reflect;
  const { prototype } = Array;
  const UNBOUNDED = ["constructor", "push", "pop", "at", "keys", "values", "entries", Symbol.iterator];

  function bounded(value: unknown, name: PropertyKey): unknown[] {
    if (!isArray(value)) throw new TypeError(`${String(name)} is for arrays`);
    if (value.length > maxItems) throw new RangeError(`an array of more than ${maxItems} is too long`);
    charge(value.length);
    return value;
  }

  for (const name of ownKeys(prototype)) {
    if (UNBOUNDED.includes(name as string)) continue;
    wrap(prototype, name, (original) => {
      return function (this: unknown, ...values: unknown[]): unknown {
        const items = bounded(this, name);
        if (values.length > 0) values[0] = looking(values[0]);
        return short(apply(original, items, values));
      };
    });
  }

  // What compares texts with each other: one by one, so that it can be interrupted.
  function found(items: unknown[], text: string, from: number, step: number): number {
    for (let at = from; at >= 0 && at < items.length; at += step) {
      look(2 + text.length / 512);
      if (items[at] === text) return at;
    }
    return -1;
  }
  function place(from: unknown, length: number, absent: number): number {
    if (from === undefined) return absent;
    const number = Math.trunc(Number(from)) || 0;
    return number < 0 ? length + number : number;
  }
  function isLong(value: unknown): value is string {
    return typeof value === "string" && value.length >= LONG_TEXT;
  }
  for (const name of ["indexOf", "includes", "lastIndexOf"] as const) {
    wrap(prototype, name, (original) => {
      return function (this: unknown, ...values: unknown[]): unknown {
        const [item, from] = values;
        if (!isArray(this) || !isLong(item)) return apply(original, this, values);
        const { length } = this;
        const isLast = name === "lastIndexOf";
        const start = isLast
          ? Math.min(place(values.length < 2 ? undefined : Number(from), length, length - 1), length - 1)
          : Math.max(place(from, length, 0), 0);
        const at = found(this, item, start, isLast ? -1 : 1);
        return name === "includes" ? at >= 0 : at;
      };
    });
  }
  for (const name of ["sort", "toSorted"]) {
    wrap(prototype, name, (original) => {
      return function (this: unknown, ...values: unknown[]): unknown {
        return apply(original, this, values[0] === undefined ? [asTexts] : values);
      };
    });
  }
  function asTexts(a: unknown, b: unknown): number {
    const [one, other] = [String(a), String(b)];
    look(4 + (one.length + other.length) / 512);
    if (one === other) return 0;
    return one < other ? -1 : 1;
  }

  // One by one: making texts of many numbers takes long, and they may be too long together.
  function joined(items: unknown, separator: string, textOf: (item: unknown) => string): string {
    const all = bounded(items, "join");
    let text = "";
    for (let at = 0; at < all.length; at += 1) {
      look(20);
      const item = all[at];
      if (at > 0) text += separator;
      if (item !== undefined && item !== null) text += textOf(item);
      short(text);
    }
    return text;
  }
  hide(prototype, "join", function (this: unknown, separator: unknown): string {
    return joined(this, separator === undefined ? "," : `${separator as string}`, (item) => `${item as string}`);
  });
  hide(prototype, "toLocaleString", function (this: unknown): string {
    return joined(this, ",", (item) => `${(item as object).toLocaleString()}`);
  });

  hide(prototype, "concat", function (this: unknown, ...values: unknown[]): unknown[] {
    const all: unknown[] = [];
    for (const value of [this, ...values]) {
      if (!isArray(value)) all.push(value);
      else {
        for (let at = 0; at < value.length; at += 1) {
          look(2);
          all.push(value[at]);
        }
      }
    }
    return all;
  });
  function add(all: unknown[], items: unknown[], depth: number): unknown[] {
    for (let at = 0; at < items.length; at += 1) {
      look(2);
      const item = items[at];
      if (depth > 0 && isArray(item)) add(all, item, depth - 1);
      else if (at in items) all.push(item);
    }
    return all;
  }
  hide(prototype, "flat", function (this: unknown, depth: unknown = 1): unknown[] {
    if (!isArray(this)) throw new TypeError("flat is for arrays");
    return add([], this, Number(depth));
  });
  hide(Array, "from", (items: unknown, call: unknown, self: unknown): unknown[] => {
    const made: unknown[] = [];
    const take = (item: unknown): void => {
      look(2);
      made.push(typeof call === "function" ? apply(call as AnyFunction, self, [item, made.length]) : item);
    };
    if (call !== undefined && typeof call !== "function") throw new TypeError("not a function");
    const source = Object(items ?? missing()) as Iterable<unknown> & ArrayLike<unknown>;
    if (source[Symbol.iterator] !== undefined && source[Symbol.iterator] !== null) {
      for (const item of source) take(item);
    } else {
      const length = Math.min(Math.trunc(Number(source.length)) || 0, 2 ** 32);
      for (let at = 0; at < length; at += 1) take(source[at]);
    }
    return made;
  });
  function missing(): never {
    throw new TypeError("cannot read property 'Symbol.iterator' of undefined");
  }
}
