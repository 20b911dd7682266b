import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { type OpenApi, shapeText } from "./open-api.ts";
import { Prose } from "./prose.tsx";
import { RouteCard } from "./route-card.tsx";

/** The HTTP API, with a field for a key. The page keeps the key until it is closed. */
export function Contract({ contract }: { contract: OpenApi }): JSX.Element {
  const key = useSignal("");
  const { info, paths, components } = contract;
  return (
    <main>
      <h1>
        {info.title} {info.version}: HTTP API
      </h1>
      <p>
        <Prose text={info.description} />
      </p>
      <p>
        OpenAPI document: <a href="/openapi.json">/openapi.json</a>. Market: <a href="/">the web page</a>.
      </p>
      <label class="key">
        API key, if the server requires one
        <input
          type="password"
          autocomplete="off"
          value={key}
          onInput={({ currentTarget }) => {
            key.value = currentTarget.value;
          }}
        />
      </label>
      {Object.entries(paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => (
          <RouteCard key={operation.operationId} path={path} method={method} operation={operation} apiKey={key} />
        )),
      )}
      <h2>Schemas</h2>
      {Object.entries(components.schemas).map(([name, schema]) => (
        <p key={name}>
          <strong>{name}</strong> <code>{shapeText(schema)}</code>
        </p>
      ))}
    </main>
  );
}
