import { expect, test } from "bun:test";
import { curlSample } from "./curl-sample.ts";
import type { DocumentedRoute } from "./open-api.ts";
import { literal, typescriptSample } from "./typescript-sample.ts";

const ORIGIN = "http://127.0.0.1:8080";

const route = (method: string, path: string, more: Partial<DocumentedRoute> = {}): DocumentedRoute => ({
  id: "",
  method,
  path,
  tag: "",
  operation: {
    operationId: "",
    tags: [],
    summary: "",
    security: [],
    parameters: [],
    responses: { 200: { content: { "application/json": {} } } },
  },
  body: undefined,
  isPublic: false,
  headers: {},
  ...more,
});

test("a command quotes what the shell would read, and sends the key of the environment", () => {
  const body = { schema: {}, example: { code: "it's" } };
  const command = curlSample(
    route("POST", "/screen", { body, headers: { "Content-Type": "application/json" } }),
    ORIGIN,
  );
  const said = Bun.spawnSync(["sh", "-c", `curl() { printf '%s\\n' "$@"; }; VYX_API_KEY=secret; ${command}`]);
  expect(said.stdout.toString()).toBe(
    [
      ...["-X", "POST", `${ORIGIN}/screen`, "-H", "X-API-Key: secret"],
      ...["-H", "Content-Type: application/json", "-d", '{\n  "code": "it\'s"\n}\n'],
    ].join("\n"),
  );
});

test("routes that everybody may ask need no key in either language", () => {
  const live = route("GET", "/live", { isPublic: true });
  expect(curlSample(live, ORIGIN)).toBe(`curl '${ORIGIN}/live'`);
  expect(typescriptSample(live, ORIGIN)).toBe(
    `const response = await fetch("${ORIGIN}/live");\nif (!response.ok) throw new Error(await response.text());\nconsole.log(await response.json());\n`,
  );
});

test("where the SDK has a method, it is called with the path's parts, the query and the body", () => {
  const parameters = [
    { name: "id", in: "path" as const, required: true, description: "", schema: {}, example: "a" },
    { name: "limit", in: "query" as const, required: false, description: "", schema: {}, example: 3 },
    { name: "cursor", in: "query" as const, required: false, description: "", schema: {} },
  ];
  const { operation } = route("GET", "/");
  const versions = route("GET", "/functions/v1/traders/{id}/versions", { operation: { ...operation, parameters } });
  expect(typescriptSample(versions, ORIGIN)).toContain('await client.traders.versions("a", { limit: 3 });');
  const enable = route("POST", "/functions/v1/traders/{id}/enable", {
    operation: { ...operation, parameters },
    body: { schema: {}, example: { enabled: false } },
  });
  expect(typescriptSample(enable, ORIGIN)).toContain('client.traders.enable("a", { limit: 3 }, false)');
});

test("values are written as TypeScript, long ones on several lines", () => {
  expect(literal({ kind: "level", level: 100, to: null })).toBe('{ kind: "level", level: 100, to: null }');
  expect(literal('a("1h")')).toBe(`'a("1h")'`);
  expect(literal(`a("1h") && 'b'`)).toBe(`"a(\\"1h\\") && 'b'"`);
  const long = { first: "x".repeat(60), second: [1, 2] };
  expect(literal(long)).toBe(`{\n  first: "${"x".repeat(60)}",\n  second: [1, 2],\n}`);
});
