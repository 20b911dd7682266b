/** As much of an OpenAPI document as the page shows. */
export interface OpenApi {
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** One route. */
export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, { readonly description?: string; readonly content?: Content }>>;
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

/** A part of the path or the query. */
export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly required: boolean;
  readonly description: string;
  readonly schema: Schema;
}

/** A JSON Schema, as far as it is shown in one line. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly default?: unknown;
}

/** A shape in a few words: `{ count: integer, klines: Kline[] }`. */
export function shapeText(schema: Schema): string {
  if (schema.$ref !== undefined) return schema.$ref.split("/").at(-1) ?? "";
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  if (schema.anyOf !== undefined) return schema.anyOf.map(shapeText).join(" | ");
  if (schema.items !== undefined) return `${shapeText(schema.items)}[]`;
  if (schema.properties !== undefined) {
    const members = Object.entries(schema.properties).map(([name, member]) => `${name}: ${shapeText(member)}`);
    return `{ ${members.join(", ")} }`;
  }
  if (typeof schema.additionalProperties === "object") return `{ [name]: ${shapeText(schema.additionalProperties)} }`;
  return String(schema.type ?? "any");
}

/** The address of a route with what somebody filled in; what is left empty is left out. */
export function addressOf(path: string, parameters: readonly Parameter[], given: ReadonlyMap<string, string>): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(given.get(name) ?? ""));
  const query = new URLSearchParams();
  for (const { name, in: place } of parameters) {
    const text = given.get(name) ?? "";
    if (place === "query" && text !== "") query.set(name, text);
  }
  const text = query.toString();
  return text === "" ? filled : `${filled}?${text}`;
}
