import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import { FieldList } from "./field-list.tsx";
import { fieldsOf } from "./fields.ts";
import type { DocumentedRoute, Parameter, Schemas } from "./open-api.ts";
import { parameterField } from "./parameter-field.ts";
import { Prose } from "./prose.tsx";
import { RouteAnswer } from "./route-answer.tsx";
import { type SampleLanguage, Samples } from "./samples.tsx";
import { TryForm } from "./try-form.tsx";

/** Properties of a route's card. */
export interface RouteCardProps {
  readonly route: DocumentedRoute;
  readonly schemas: Schemas;
  readonly apiKey: Signal<string>;
  readonly language: Signal<SampleLanguage>;
}

/** One route: what it is for, what it takes and answers, samples, and a form to try it. */
export function RouteCard({ route, schemas, apiKey, language }: RouteCardProps): JSX.Element {
  const { id, method, path, operation, body } = route;
  const { summary, description, parameters, responses } = operation;
  const answers = Object.entries(responses).filter(([status]) => status !== "default");
  return (
    <section id={id} class="route" aria-labelledby={`${id}-title`}>
      <h3 id={`${id}-title`}>
        <span class={`method ${method.toLowerCase()}`}>{method}</span> <a href={`#${id}`}>{path}</a>
      </h3>
      <p>
        <Prose text={`${summary}. ${description ?? "Needs no key."}`} />
      </p>
      <div class="halves">
        <div>
          <Parameters title="Path" parameters={parameters} place="path" schemas={schemas} />
          <Parameters title="Query" parameters={parameters} place="query" schemas={schemas} />
          {body === undefined ? null : (
            <>
              <h4>Body</h4>
              <BodyFields route={route} schemas={schemas} />
            </>
          )}
        </div>
        <div>
          <Samples route={route} language={language} />
          {answers.map(([status, answer]) => (
            <RouteAnswer key={status} status={status} answer={answer} schemas={schemas} />
          ))}
        </div>
      </div>
      {"101" in responses ? null : <TryForm route={route} apiKey={apiKey} />}
    </section>
  );
}

function BodyFields({ route: { body }, schemas }: Pick<RouteCardProps, "route" | "schemas">): JSX.Element {
  const fields = fieldsOf(body?.schema ?? {}, schemas);
  if (fields.length > 0) return <FieldList fields={fields} />;
  return (
    <p>
      <Prose text={body?.schema.description ?? "JSON, as in the sample."} />
    </p>
  );
}

interface ParametersProps {
  readonly title: string;
  readonly parameters: readonly Parameter[];
  readonly place: Parameter["in"];
  readonly schemas: Schemas;
}

function Parameters({ title, parameters, place, schemas }: ParametersProps): JSX.Element | null {
  const fields = parameters.flatMap((one) => (one.in === place ? [parameterField(one, schemas)] : []));
  if (fields.length === 0) return null;
  return (
    <>
      <h4>{title}</h4>
      <FieldList fields={fields} />
    </>
  );
}
