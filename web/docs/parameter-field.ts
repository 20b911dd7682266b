import { boundsText, type Field, typeText } from "./fields.ts";
import type { Parameter, Schemas } from "./open-api.ts";

/** A parameter as a row of fields. What is expected is in its description, too, and is said once: where type and bounds don't. */
export function parameterField({ name, required, description, schema }: Parameter, schemas: Schemas): Field {
  const type = typeText(schema, schemas);
  const bounds = boundsText(schema);
  const [says = ""] = description.split("; expected ");
  const isPlain = bounds === "" && ["string", "string[]", "number | string"].includes(type);
  return {
    name,
    type,
    isRequired: required,
    bounds,
    fallback: schema.default === undefined ? undefined : JSON.stringify(schema.default),
    says: isPlain ? description : says,
    variants: [],
  };
}
