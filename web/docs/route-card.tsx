import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { addressOf, type Operation, shapeText } from "./open-api.ts";
import { Prose } from "./prose.tsx";

/** The most characters of an answer that are shown. */
const SHOWN_CHARACTERS = 4_000;

/** Properties of a route card. */
export interface RouteCardProps {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
  readonly apiKey: Signal<string>;
}

/** One route: its description, parameters and answers, and a form to try it. */
export function RouteCard({ path, method, operation, apiKey }: RouteCardProps): JSX.Element {
  const answer = useSignal("");
  const given = new Map<string, string>();
  const body = Object.values(operation.requestBody?.content ?? {})[0];
  const ask = async (event: Event): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    for (const [name, text] of form) given.set(name, String(text).trim());
    const headers: Record<string, string> = apiKey.value === "" ? {} : { "x-api-key": apiKey.value };
    if (body !== undefined) headers["content-type"] = "application/json";
    const init = body === undefined ? { method, headers } : { method, headers, body: given.get("body") ?? "" };
    answer.value = "…";
    answer.value = await tried(addressOf(path, operation.parameters, given), { ...init, method: method.toUpperCase() });
  };
  return (
    <section id={operation.operationId}>
      <h2>
        {method.toUpperCase()} <a href={`#${operation.operationId}`}>{path}</a>
      </h2>
      <p>
        <Prose text={`${operation.summary}. ${operation.description ?? ""}`} />
      </p>
      <form onSubmit={ask}>
        {operation.parameters.map(({ name, required, description, schema }) => (
          <label key={name} title={description}>
            {name}
            {required ? "*" : ""}
            <input name={name} required={required} placeholder={placeholder(schema.default)} />
            <span>
              <Prose text={description} />
            </span>
          </label>
        ))}
        {body === undefined ? null : (
          <label>
            body*
            <textarea name="body" required placeholder={shapeText(body.schema)} />
          </label>
        )}
        <button type="submit">Try it</button>
      </form>
      {Object.entries(operation.responses).map(([status, { description, content }]) => (
        <p key={status}>
          <strong>{status}</strong> <Prose text={description ?? "a problem"} />{" "}
          <code>
            {Object.values(content ?? {})
              .map(({ schema }) => (schema === undefined ? "" : shapeText(schema)))
              .join(" ")}
          </code>
        </p>
      ))}
      {answer.value === "" ? null : <pre>{answer}</pre>}
    </section>
  );
}

async function tried(address: string, init: RequestInit): Promise<string> {
  try {
    const response = await fetch(address, init);
    const text = await response.text();
    return `${init.method} ${address}\n${response.status}\n\n${text.slice(0, SHOWN_CHARACTERS)}`;
  } catch (cause) {
    return `${init.method} ${address}\n${cause}`;
  }
}

function placeholder(fallback: unknown): string {
  return fallback === undefined ? "" : String(fallback);
}
