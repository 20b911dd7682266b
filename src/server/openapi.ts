import { type JsonSchema, type OverrideSchemaContext, toJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import { klineSchema, klinesSchema, PROBLEMS, problemSchema, SCOPE_SAYS, tickerSchema } from "../wire/mod.ts";
import type { Parameter } from "./parameter.ts";
import type { Route, RouteAnswer } from "./route.ts";
import { examplesOf } from "./route-examples.ts";
import { TAG_NAMES, tagOf } from "./route-tags.ts";

/** Shapes that have a name of their own in the document. */
const NAMED: Readonly<Record<string, v.GenericSchema>> = {
  Kline: klineSchema,
  Klines: klinesSchema,
  Ticker: tickerSchema,
  Problem: problemSchema,
};

type Json = Readonly<Record<string, unknown>>;

/**
 * The contract of the HTTP routes as an OpenAPI 3.1 document, made from the very parameters and schemas that check
 * requests. Files of the page aren't in it.
 */
export function openApiDocument(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    if (route.isFile === true) continue;
    // OpenAPI has no word for a parameter that holds the rest of a path.
    const path = route.path.replace("...}", "}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, path) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Vyx",
      version,
      summary: "Klines and tickers of crypto pairs, live",
      description:
        "Times are Unix milliseconds UTC. Symbols are taken in either case. The WebSocket's messages are described in /docs/protocol.md.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    tags: tagsOf(routes),
    paths,
    components: {
      schemas: Object.fromEntries(Object.keys(NAMED).map((name) => [name, namedSchema(name)])),
      responses: { Problem: problemResponse() },
      headers: HEADERS,
      securitySchemes: {
        key: { type: "apiKey", in: "header", name: "X-API-Key", description: scopesSay() },
        bearer: { type: "http", scheme: "bearer", description: "the same key" },
      },
    },
  };
}

/** The groups that have a route, in their order. */
function tagsOf(routes: readonly Route[]): Json[] {
  const used = new Set(routes.filter(({ isFile }) => isFile !== true).map(({ path }) => tagOf(path)));
  return TAG_NAMES.filter((name) => used.has(name)).map((name) => ({ name }));
}

function operation(route: Route, shownPath: string): Json {
  const { path, method, says, scope, parameters } = route;
  const body = route.body ?? route.ownBody;
  const examples = examplesOf(method, shownPath);
  const content = body === undefined ? undefined : { schema: schemaOf(body), ...exampleIn(examples.body) };
  return {
    operationId: operationId(method, path),
    tags: [tagOf(path)],
    // OpenAPI leaves no place for Accept.
    ...(examples.headers === undefined ? {} : { "x-headers": examples.headers }),
    summary: says,
    ...(scope === undefined
      ? { security: [] }
      : { description: `Needs the scope \`${scope}\`.`, security: [{ key: [] }, { bearer: [] }] }),
    parameters: Object.entries(parameters).map(([name, parameter]) => ({
      ...described(name, parameter),
      ...exampleIn(examples.parameters?.[name]),
    })),
    ...(content === undefined ? {} : { requestBody: { required: true, content: { "application/json": content } } }),
    responses: {
      ...Object.fromEntries(Object.entries(route.answers).map(([status, answer]) => [status, response(answer)])),
      default: { $ref: "#/components/responses/Problem" },
    },
  };
}

function exampleIn(example: unknown): Json {
  return example === undefined ? {} : { example };
}

/** GET /klines/{symbol}/{interval} is getKlinesBySymbolInterval. */
function operationId(method: string, path: string): string {
  const words = path.split(/[^\w{}]+/).filter(Boolean);
  const fixed = words.filter((word) => !word.startsWith("{"));
  const open = words.filter((word) => word.startsWith("{")).map((word) => word.slice(1, -1));
  const name = [...fixed, ...(open.length > 0 ? ["by", ...open] : [])];
  return method.toLowerCase() + name.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}

function described(name: string, parameter: Parameter<unknown>): Json {
  const { place, form, schema, says, expected, isRequired, fallback } = parameter;
  const shape = schemaOf(parameter.shape ?? schema);
  return {
    name,
    in: place,
    required: isRequired,
    description: `${says}; expected ${expected}`,
    schema: fallback === undefined ? shape : { ...shape, default: fallback },
    ...(form === "list" ? { style: "form", explode: false } : {}),
  };
}

function response({ says, schema, contentType, alsoAs }: RouteAnswer): Json {
  const type = contentType ?? "application/json";
  const content: Record<string, Json> =
    schema === undefined ? (contentType === undefined ? {} : { [type]: {} }) : { [type]: { schema: schemaOf(schema) } };
  if (alsoAs !== undefined) content[alsoAs] = {};
  return {
    description: says,
    headers: Object.fromEntries(Object.keys(HEADERS).map((name) => [name, { $ref: `#/components/headers/${name}` }])),
    ...(Object.keys(content).length === 0 ? {} : { content }),
  };
}

function problemResponse(): Json {
  const codes = Object.entries(PROBLEMS).map(([code, { status }]) => `\`${code}\` ${status}`);
  return {
    description: `What was wrong and what would be right; by code: ${codes.join(", ")}`,
    content: { "application/problem+json": { schema: schemaOf(problemSchema) } },
  };
}

const HEADERS: Json = {
  "X-Request-Id": { description: "the caller's own, if it sent a sane one", schema: { type: "string" } },
  "RateLimit-Limit": { description: "tokens that the caller's bucket holds", schema: { type: "integer" } },
  "RateLimit-Remaining": { description: "tokens that are left", schema: { type: "integer" } },
  "RateLimit-Reset": { description: "seconds until it is full again", schema: { type: "integer" } },
};

function scopesSay(): string {
  return `Scopes: ${Object.entries(SCOPE_SAYS)
    .map(([scope, says]) => `\`${scope}\` ${says}`)
    .join("; ")}`;
}

function schemaOf(schema: v.GenericSchema): JsonSchema {
  const { $schema, $defs, ...shape } = toJsonSchema(schema, {
    target: "draft-2020-12",
    typeMode: "input",
    // Checks that JSON Schema has no word for, and what follows a check, stay in the code and in the description.
    errorMode: "ignore",
    definitions: NAMED as Record<string, v.GenericSchema>,
    overrideSchema: withDescriptions,
    overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  });
  return shape;
}

/** The library leaves out what follows a transformation, descriptions too: members get theirs here. */
function withDescriptions({ valibotSchema, jsonSchema }: OverrideSchemaContext): JsonSchema {
  const { entries } = valibotSchema as { readonly entries?: Readonly<Record<string, v.GenericSchema>> };
  const { properties } = jsonSchema;
  if (entries === undefined || properties === undefined) return jsonSchema;
  const described = Object.entries(properties).map(([name, shape]) => {
    const says = descriptionOf(entries[name]);
    return [name, says === undefined || typeof shape === "boolean" ? shape : { ...shape, description: says }];
  });
  return { ...jsonSchema, properties: Object.fromEntries(described) };
}

/** Its own, or that of what it wraps, as `v.optional` does. */
function descriptionOf(schema: v.GenericSchema | undefined): string | undefined {
  if (schema === undefined) return undefined;
  return v.getDescription(schema) ?? descriptionOf((schema as { readonly wrapped?: v.GenericSchema }).wrapped);
}

/** A named shape itself, not a reference to it. */
function namedSchema(name: string): JsonSchema {
  const { [name]: schema, ...others } = NAMED;
  const { $schema, $defs, ...shape } = toJsonSchema(schema as v.GenericSchema, {
    target: "draft-2020-12",
    errorMode: "ignore",
    definitions: others as Record<string, v.GenericSchema>,
    overrideSchema: withDescriptions,
    overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  });
  return shape;
}
