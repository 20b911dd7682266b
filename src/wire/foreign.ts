import * as v from "valibot";

/** What came of reading a foreign value: what was read, or the first thing that is wrong with it. */
export type ForeignRead<Output> = { readonly output: Output } | { readonly issue: v.BaseIssue<unknown> };

/**
 * Checks a value that comes from outside. Everything foreign is read by this function: it ends with the first fault, where
 * `v.safeParse` collects one for each item of a long list. Long lists are read by {@link listOf}.
 */
export function readForeign<Output>(schema: v.GenericSchema<unknown, Output>, value: unknown): ForeignRead<Output> {
  const read = v.safeParse(schema, value, { abortEarly: true });
  return read.success ? { output: read.output } : { issue: unknownMember(schema, value) ?? read.issues[0] };
}

/** A member that a strict object doesn't know: it goes first, as it is often the wrong name of one that seems to be missing. */
function unknownMember(schema: v.GenericSchema, value: unknown): v.BaseIssue<unknown> | undefined {
  const { type, entries } = schema as { type: string; entries?: v.ObjectEntries };
  if (type !== "strict_object" || entries === undefined) return undefined;
  const anything = Object.fromEntries(Object.keys(entries).map((name) => [name, v.optional(v.unknown())]));
  const issue = v.safeParse(v.strictObject(anything), value, { abortEarly: true }).issues?.[0];
  return issue?.expected === "never" ? issue : undefined;
}

/**
 * A list of at most `most` items. Unlike `v.maxLength` behind `v.array`, the length is looked at before any item is. `words`: what is
 * said of one that is too long.
 */
export function listOf<Input, Output>(
  items: v.GenericSchema<Input, Output>,
  most: number,
  words?: v.ErrorMessage<v.MaxLengthIssue<Output[], number>>,
  message?: v.ErrorMessage<v.ArrayIssue>,
): v.GenericSchema<Input[], Output[]> {
  const bound = v.maxLength<Output[], number, typeof words>(most, words);
  const list = v.pipe(v.array(items, message), bound);
  return {
    ...list,
    "~run": (dataset, config) => {
      const { value } = dataset;
      if (Array.isArray(value) && value.length > most) return bound["~run"]({ typed: true, value }, config) as never;
      return list["~run"](dataset, config);
    },
  };
}
