import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { exampleOf } from "./example.ts";
import { FieldList } from "./field-list.tsx";
import { fieldsOf } from "./fields.ts";
import { JsonView } from "./json-view.tsx";
import type { Operation, Schema, Schemas } from "./open-api.ts";
import { Prose } from "./prose.tsx";

/** Properties of an answer. */
export interface RouteAnswerProps {
  readonly status: string;
  readonly answer: Operation["responses"][string];
  readonly schemas: Schemas;
}

/** One answer of a route: what it means, and on request an example that is made from its shape, and its fields. */
export function RouteAnswer({
  status,
  answer: { description = "", content = {} },
  schemas,
}: RouteAnswerProps): JSX.Element {
  const types = Object.keys(content);
  const schema = Object.values(content).find((one) => one.schema !== undefined)?.schema;
  return (
    <div class="answer">
      <p>
        <strong>{status}</strong> <Prose text={description} />{" "}
        {types.map((type) => (
          <code key={type}>{type} </code>
        ))}
      </p>
      {schema === undefined ? null : <Shape schema={schema} schemas={schemas} />}
    </div>
  );
}

/** What is folded isn't made: there are many answers, and few are looked at. */
function Shape({ schema, schemas }: { schema: Schema; schemas: Schemas }): JSX.Element {
  const isOpen = useSignal(false);
  const fields = isOpen.value ? fieldsOf(schema, schemas) : [];
  return (
    <details
      onToggle={({ currentTarget }) => {
        isOpen.value = currentTarget.open;
      }}
    >
      <summary>Example and fields</summary>
      {isOpen.value ? (
        <>
          <JsonView json={JSON.stringify(exampleOf(schema, schemas), null, 2)} />
          {fields.length === 0 ? null : <FieldList fields={fields} />}
        </>
      ) : null}
    </details>
  );
}
