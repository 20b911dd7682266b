import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import { CopyButton } from "./copy-button.tsx";
import { curlSample } from "./curl-sample.ts";
import type { DocumentedRoute } from "./open-api.ts";
import { typescriptSample } from "./typescript-sample.ts";

/** In what samples are written. */
export type SampleLanguage = "curl" | "TypeScript";

const LANGUAGES: readonly SampleLanguage[] = ["curl", "TypeScript"];

/** Properties of samples. */
export interface SamplesProps {
  readonly route: DocumentedRoute;
  /** Of all samples of the page. */
  readonly language: Signal<SampleLanguage>;
}

/** A request of a route, to copy: as a command, or as a program. */
export function Samples({ route, language }: SamplesProps): JSX.Element {
  const write = language.value === "curl" ? curlSample : typescriptSample;
  const sample = write(route, location.origin);
  return (
    <figure class="sample">
      <figcaption>
        <fieldset class="tabs" aria-label="Language of samples">
          {LANGUAGES.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={language.value === one}
              onClick={() => {
                language.value = one;
              }}
            >
              {one}
            </button>
          ))}
        </fieldset>
        <CopyButton text={sample} says={`Copy the ${language.value} sample of ${route.method} ${route.path}`} />
      </figcaption>
      <pre>
        <code>{sample}</code>
      </pre>
    </figure>
  );
}
