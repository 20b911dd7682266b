import type { ReadonlySignal, Signal } from "@preact/signals";
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { DocumentedRoute } from "./open-api.ts";

/** Properties of the index. */
export interface RouteIndexProps {
  readonly search: Signal<string>;
  readonly found: ReadonlySignal<readonly DocumentedRoute[]>;
  /** How many routes there are. */
  readonly total: number;
}

/** The search, and the routes that it found by group. On narrow screens the list is shown on request. */
export function RouteIndex({ search, found, total }: RouteIndexProps): JSX.Element {
  const isOpen = useSignal(false);
  const groups = Map.groupBy(found.value, ({ tag }) => tag);
  const count = found.value.length;
  return (
    <nav class="index" aria-label="Routes">
      <search>
        <input
          type="search"
          aria-label="Search routes"
          placeholder="Path, method or words"
          value={search}
          onInput={({ currentTarget }) => {
            search.value = currentTarget.value;
          }}
        />
        <button
          type="button"
          class="list-button"
          aria-expanded={isOpen.value}
          aria-controls="route-list"
          onClick={() => {
            isOpen.value = !isOpen.value;
          }}
        >
          All routes
        </button>
      </search>
      <p class="count" role="status">
        {count === total ? `${total} routes` : `${count} of ${total} routes`}
      </p>
      <div id="route-list" class={isOpen.value ? "open" : ""}>
        {[...groups].map(([tag, routes]) => (
          <section key={tag} aria-label={tag}>
            <h2>{tag}</h2>
            <ul>
              {routes.map(({ id, method, path }) => (
                <li key={id}>
                  <a
                    href={`#${id}`}
                    onClick={() => {
                      isOpen.value = false;
                    }}
                  >
                    <span class={`method ${method.toLowerCase()}`}>{method}</span>{" "}
                    <span class="path">{shortPath(path)}</span>
                  </a>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </nav>
  );
}

/** Without what all functions' paths begin with. */
function shortPath(path: string): string {
  return path.replace(/^\/functions\/v1\//, "…/");
}
