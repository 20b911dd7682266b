import { useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { RouteFinder } from "./find-routes.ts";
import { type OpenApi, routesOf } from "./open-api.ts";
import { Prose } from "./prose.tsx";
import { RouteCard } from "./route-card.tsx";
import { RouteIndex } from "./route-index.tsx";
import type { SampleLanguage } from "./samples.tsx";

/** The HTTP API: an index with a search at the side, and each route with its fields, samples and a form to try it. */
export function Contract({ contract }: { contract: OpenApi }): JSX.Element {
  const { info, components } = contract;
  const { schemas } = components;
  const routes = useMemo(() => routesOf(contract), [contract]);
  const finder = useMemo(() => new RouteFinder(routes, schemas), [routes, schemas]);
  const search = useSignal("");
  const apiKey = useSignal("");
  const language = useSignal<SampleLanguage>("curl");
  const found = useComputed(() => finder.find(search.value));
  return (
    <>
      <a class="skip" href="#routes">
        Skip to the routes
      </a>
      <header class="top">
        <a class="home" href="/">
          ← Vyx
        </a>
        <h1>HTTP API</h1>
        <span class="version">{info.version}</span>
      </header>
      <div class="columns">
        <RouteIndex search={search} found={found} total={routes.length} />
        <main id="routes" tabIndex={-1}>
          <p>
            <Prose text={info.description} />
          </p>
          <p>
            The same contract as a document: <a href="/openapi.json">/openapi.json</a>. For language models:{" "}
            <a href="/llms.txt">/llms.txt</a>.
          </p>
          <label class="key">
            <span>API key for “Try it”, if the server requires one; this page keeps it until it is closed</span>
            <input
              type="password"
              autocomplete="off"
              value={apiKey}
              onInput={({ currentTarget }) => {
                apiKey.value = currentTarget.value;
              }}
            />
          </label>
          {found.value.map((route, index) => (
            <div key={route.id}>
              {route.tag === found.value[index - 1]?.tag ? null : <h2 class="group">{route.tag}</h2>}
              <RouteCard route={route} schemas={schemas} apiKey={apiKey} language={language} />
            </div>
          ))}
          {found.value.length === 0 ? <p>No route has all of these words.</p> : null}
        </main>
      </div>
    </>
  );
}
