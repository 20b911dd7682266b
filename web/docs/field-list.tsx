import type { JSX } from "preact";
import type { Field } from "./fields.ts";
import { Prose } from "./prose.tsx";

/** Members of a body, an answer or a query: name, type, bounds, default and meaning. */
export function FieldList({ fields }: { fields: readonly Field[] }): JSX.Element {
  return (
    <ul class="fields">
      {fields.map((field) => (
        <li key={`${field.name} ${field.variants.join()} ${field.type}`}>
          <FieldRow field={field} />
        </li>
      ))}
    </ul>
  );
}

function FieldRow({ field }: { field: Field }): JSX.Element {
  const { name, type, isRequired, bounds, fallback, says, variants } = field;
  const facts = [bounds, fallback === undefined ? "" : `default ${fallback}`].filter(Boolean);
  return (
    <>
      <code class="name">{name}</code> <code class="type">{type}</code>
      {isRequired ? <span class="needed"> required</span> : null}
      {variants.length === 0 ? null : <span class="variants"> with {variants.join(" or ")}</span>}
      {facts.length === 0 ? null : <span class="facts"> {facts.join(" · ")}</span>}
      {says === "" ? null : (
        <span class="says">
          <Prose text={says} />
        </span>
      )}
    </>
  );
}
