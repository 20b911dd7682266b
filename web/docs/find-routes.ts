import { fieldsOf } from "./fields.ts";
import type { DocumentedRoute, Schemas } from "./open-api.ts";

/** Finds routes by the words of a search. */
export class RouteFinder {
  readonly #texts: readonly (readonly [route: DocumentedRoute, text: string])[];

  constructor(routes: readonly DocumentedRoute[], schemas: Schemas) {
    this.#texts = routes.map((route) => [route, searchText(route, schemas)]);
  }

  /** Routes that have all words, in method, path, group, description, parameters or members of the body; in either case. */
  find(search: string): DocumentedRoute[] {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    return this.#texts.flatMap(([route, text]) => (words.every((word) => text.includes(word)) ? [route] : []));
  }
}

function searchText({ method, path, tag, operation, body }: DocumentedRoute, schemas: Schemas): string {
  const parameters = operation.parameters.map(({ name, description }) => `${name} ${description}`);
  const members = body === undefined ? [] : fieldsOf(body.schema, schemas).map(({ name, says }) => `${name} ${says}`);
  return [method, path, tag, operation.summary, operation.description ?? "", ...parameters, ...members]
    .join("\n")
    .toLowerCase();
}
