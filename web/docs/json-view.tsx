import type { JSX } from "preact";
import { jsonTokens } from "./json-tokens.ts";

/** JSON, coloured. */
export function JsonView({ json }: { json: string }): JSX.Element {
  return (
    <pre class="json">
      <code>
        {jsonTokens(json).map(({ kind, text }, index) =>
          kind === "rest" ? (
            text
          ) : (
            <span key={String(index)} class={`json-${kind}`}>
              {text}
            </span>
          ),
        )}
      </code>
    </pre>
  );
}
