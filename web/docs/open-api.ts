/** As much of an OpenAPI document as the page shows. */
export interface OpenApi {
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Schemas };
}

/** The named shapes of a document. */
export type Schemas = Readonly<Record<string, Schema>>;

/** What a route says of itself. */
export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  /** Empty where everybody may ask. */
  readonly security: readonly unknown[];
  /** Headers that a request needs besides. */
  readonly "x-headers"?: Readonly<Record<string, string>>;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description?: string; readonly content?: Content }>>;
}

/** Bodies by content type. */
export type Content = Readonly<Record<string, { readonly schema?: Schema; readonly example?: unknown }>>;

/** A part of the path or the query. */
export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly required: boolean;
  readonly description: string;
  readonly schema: Schema;
  readonly example?: unknown;
}

/** A JSON Schema, as far as it is shown. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly properties?: Schemas;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly default?: unknown;
}

/** One route of the document. */
export interface DocumentedRoute {
  readonly id: string;
  /** In capital letters. */
  readonly method: string;
  readonly path: string;
  readonly tag: string;
  readonly operation: Operation;
  /** What its body looks like, and one that is right; undefined where it takes none. */
  readonly body: { readonly schema: Schema; readonly example: unknown } | undefined;
  readonly isPublic: boolean;
  /** Those that a request has besides the key. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The routes of a document, group by group in the document's order. */
export function routesOf({ tags, paths }: OpenApi): DocumentedRoute[] {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => routeOf(path, method, operation)),
  );
  return tags.flatMap(({ name }) => all.filter(({ tag }) => tag === name));
}

function routeOf(path: string, method: string, operation: Operation): DocumentedRoute {
  const [{ schema = {}, example } = {}] = Object.values(operation.requestBody?.content ?? {});
  return {
    id: operation.operationId,
    method: method.toUpperCase(),
    path,
    tag: operation.tags[0] ?? "",
    operation,
    body: operation.requestBody === undefined ? undefined : { schema, example },
    isPublic: operation.security.length === 0,
    headers: {
      ...(operation.requestBody === undefined ? {} : { "Content-Type": "application/json" }),
      ...operation["x-headers"],
    },
  };
}

/** A shape itself where it is named. */
export function resolved(schema: Schema, schemas: Schemas): Schema {
  const name = schema.$ref?.split("/").at(-1);
  return name === undefined ? schema : (schemas[name] ?? {});
}

/** The address of a route with these values; those that are empty are left out. */
export function addressOf(path: string, parameters: readonly Parameter[], given: ReadonlyMap<string, string>): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(given.get(name) ?? ""));
  const query = parameters.flatMap(({ name, in: place }) => {
    const text = given.get(name) ?? "";
    // A comma separates names; servers read it as it is, and so do people.
    return place === "query" && text !== "" ? [`${name}=${encodeURIComponent(text).replaceAll("%2C", ",")}`] : [];
  });
  return query.length === 0 ? filled : `${filled}?${query.join("&")}`;
}

/** The parameters of a route that have an example, each as text. */
export function exampleTexts(parameters: readonly Parameter[]): Map<string, string> {
  return new Map(parameters.flatMap(({ name, example }) => (example === undefined ? [] : [[name, String(example)]])));
}
