import { resolved, type Schema, type Schemas } from "./open-api.ts";

/** A member of a body or an answer, in words. */
export interface Field {
  /** From the outside in: `signals[].symbol`. */
  readonly name: string;
  readonly type: string;
  readonly isRequired: boolean;
  /** What its value may be, such as `1 to 500`; empty where the type says it all. */
  readonly bounds: string;
  /** As JSON; undefined where there is none. */
  readonly fallback: string | undefined;
  readonly says: string;
  /** Of shapes that differ by a member, the values with which it is there: `kind: "level"`. */
  readonly variants: readonly string[];
}

/** How many values of a list are named in a type. */
const MOST_NAMED = 20;

/** All members of a shape, each before its own. */
export function fieldsOf(schema: Schema, schemas: Schemas): Field[] {
  return membersOf("", schema, schemas, []);
}

function membersOf(prefix: string, given: Schema, schemas: Schemas, variants: readonly string[]): Field[] {
  const schema = resolved(given, schemas);
  const options = optionsOf(schema);
  if (options.length > 1) {
    const rows = options.flatMap((one) => variantMembers(prefix, one, schemas, variants));
    return merged(rows, options.length);
  }
  const [only = schema] = options;
  if (only.items !== undefined) return membersOf(`${prefix}[]`, only.items, schemas, variants);
  const { properties = {}, required = [] } = resolved(only, schemas);
  return Object.entries(properties).flatMap(([name, member]) => {
    const whole = prefix === "" ? name : `${prefix}.${name}`;
    return [
      fieldOf(whole, member, required.includes(name), schemas, variants),
      ...membersOf(whole, member, schemas, variants),
    ];
  });
}

/** Of one of several shapes: of those that a constant tells apart, the constant isn't a row of its own for each. */
function variantMembers(prefix: string, given: Schema, schemas: Schemas, variants: readonly string[]): Field[] {
  const schema = resolved(given, schemas);
  const told = Object.entries(schema.properties ?? {}).find(([, { const: value }]) => value !== undefined);
  const mark = told === undefined ? variants : [`${told[0]}: ${JSON.stringify(told[1].const)}`];
  return membersOf(prefix, schema, schemas, mark);
}

/** The shapes that a value may have, besides null. */
function optionsOf({ anyOf, oneOf }: Schema): readonly Schema[] {
  return (anyOf ?? oneOf ?? []).filter(({ type }) => type !== "null");
}

function fieldOf(
  name: string,
  schema: Schema,
  isRequired: boolean,
  schemas: Schemas,
  variants: readonly string[],
): Field {
  return {
    name,
    type: typeText(schema, schemas),
    isRequired,
    bounds: boundsText(schema),
    fallback: schema.default === undefined ? undefined : JSON.stringify(schema.default),
    says: schema.description ?? resolved(schema, schemas).description ?? "",
    variants,
  };
}

/** Rows of `count` variants: those that are the same become one, and what all have is no matter of variants. */
function merged(fields: readonly Field[], count: number): Field[] {
  const rows = new Map<string, Field>();
  for (const field of fields) {
    const { variants, type, ...rest } = field;
    const isMark = variants.some((one) => one.startsWith(`${lastName(field)}: `));
    const key = JSON.stringify([rest, isMark ? "" : type]);
    const before = rows.get(key);
    rows.set(key, {
      ...field,
      type: before === undefined || before.type === type ? type : `${before.type} | ${type}`,
      variants: [...new Set([...(before?.variants ?? []), ...variants])],
    });
  }
  return [...rows.values()].map((row) => (row.variants.length === count ? { ...row, variants: [] } : row));
}

function lastName({ name }: Field): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** The type of a value in a few words: `integer`, `string[]`, `"up" | "down"`. */
export function typeText(schema: Schema, schemas: Schemas): string {
  if (schema.$ref !== undefined) return schema.$ref.split("/").at(-1) ?? "";
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return namedValues(schema.enum);
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) {
    const types = [...new Set(options.map((one) => typeText(one, schemas)))];
    return types.join(" | ");
  }
  if (schema.items !== undefined) {
    const item = typeText(schema.items, schemas);
    return item.includes(" | ") ? `(${item})[]` : `${item}[]`;
  }
  if (schema.prefixItems !== undefined) {
    return `[${schema.prefixItems.map((one) => typeText(one, schemas)).join(", ")}]`;
  }
  if (schema.type === "string" && schema.format !== undefined) return schema.format;
  if (typeof schema.additionalProperties === "object" && schema.properties === undefined) {
    return `{ [name]: ${typeText(schema.additionalProperties, schemas)} }`;
  }
  return schema.type ?? "any";
}

function namedValues(values: readonly unknown[]): string {
  const names = values.slice(0, MOST_NAMED).map((one) => JSON.stringify(one));
  return names.length < values.length ? `${names.join(" | ")} | …` : names.join(" | ");
}

/** The bounds of a value in words; empty where it has none. */
export function boundsText(schema: Schema): string {
  const [option = {}, ...others] = optionsOf(schema);
  const { minimum, exclusiveMinimum, maximum, minLength, maxLength, minItems, maxItems } =
    others.length === 0 ? { ...option, ...schema } : schema;
  const texts = [
    exclusiveMinimum === undefined ? "" : `above ${exclusiveMinimum}`,
    // The largest whole number that JavaScript keeps is no bound that anybody means.
    range(minimum, maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum, ""),
    range(minLength, maxLength, " characters"),
    range(minItems, maxItems, " items"),
  ];
  return texts.filter(Boolean).join(", ");
}

function range(least: number | undefined, most: number | undefined, unit: string): string {
  if (least !== undefined && least === most) return `exactly ${figure(least)}${unit}`;
  if (least !== undefined && most !== undefined) return `${figure(least)} to ${figure(most)}${unit}`;
  if (least !== undefined) return `${figure(least)}${unit} or more`;
  return most === undefined ? "" : `at most ${figure(most)}${unit}`;
}

function figure(value: number): string {
  return value >= 1e15 || (value !== 0 && value < 1e-4) ? value.toExponential() : value.toLocaleString("en-US");
}
