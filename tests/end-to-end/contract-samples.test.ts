import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { curlSample } from "../../web/docs/curl-sample.ts";
import { exampleOf } from "../../web/docs/example.ts";
import { fieldsOf } from "../../web/docs/fields.ts";
import { type DocumentedRoute, type OpenApi, resolved, routesOf } from "../../web/docs/open-api.ts";
import { SDK_CALLS } from "../../web/docs/sdk-calls.ts";
import { typescriptSample } from "../../web/docs/typescript-sample.ts";
import { type Demo, startDemo } from "../helpers/demo.ts";

const ROOT = join(import.meta.dir, "../..");
/** The id in examples; nothing has it. */
const ID = "00000000-0000-4000-8000-000000000000";

let demo: Demo;
let contract: OpenApi;
let routes: DocumentedRoute[];
const folder = mkdtempSync(join(tmpdir(), "vyx-samples-"));

beforeAll(async () => {
  demo = await startDemo(["--symbols", "4", "--start", "2026-02-10T14:00Z", "--speed", "1"]);
  contract = (await (await fetch(`${demo.url}/openapi.json`)).json()) as OpenApi;
  routes = routesOf(contract);
});
afterAll(async () => {
  await demo?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Nothing is sent to anybody: this host is nowhere. */
const withoutReceiver = (text: string): string => text.replaceAll("ntfy.sh", "ntfy.invalid");

const nameOf = ({ method, path }: DocumentedRoute): string => `${method} ${path}`;

describe("the contract", () => {
  test("groups every route, and has an example of every body and part of a path", () => {
    expect(routes.length).toBeGreaterThan(80);
    expect(routes.filter(({ tag }) => tag === "Other").map(nameOf)).toEqual([]);
    const bare = routes.filter(({ body }) => body !== undefined && body.example === undefined);
    expect(bare.map(nameOf)).toEqual([]);
    const open = routes.filter(({ operation: { parameters } }) =>
      parameters.some(({ required, example }) => required && example === undefined),
    );
    expect(open.map(nameOf)).toEqual([]);
  });

  test("says of every member of a body what it means", () => {
    const { schemas } = contract.components;
    const silent = routes.flatMap((route) =>
      fieldsOf(route.body?.schema ?? {}, schemas)
        // A kind is said by its values, and a kline's members by their names.
        .filter(({ name, says }) => says === "" && !/(^klines\[\]|\.kind$)/.test(name))
        .map(({ name }) => `${nameOf(route)} ${name}`),
    );
    expect(silent).toEqual([]);
    const takesOne = routes.filter(({ method, path }) => /^(POST|PUT|PATCH)/.test(method) && path !== "/mail/{token}");
    const without = takesOne.filter(({ body }) => body === undefined).map(nameOf);
    expect(without).toEqual([
      "POST /functions/v1/destinations/{id}/test",
      "POST /functions/v1/destinations/{id}/code",
      "POST /tickets",
    ]);
  });

  test("has a shape for every answer of JSON of its own, and what is made of it has all its members", () => {
    const { schemas } = contract.components;
    const foreign = /^\/(binance|udf|upstash|mcp)/;
    for (const route of routes.filter(({ path }) => !foreign.test(path))) {
      const schema = route.operation.responses[200]?.content?.["application/json"]?.schema;
      if (schema === undefined) continue;
      const made = exampleOf(schema, schemas) as object;
      const [first = schema] = schema.anyOf ?? schema.oneOf ?? [];
      const { properties = {} } = resolved(first, schemas);
      expect([nameOf(route), Object.keys(properties)]).not.toEqual([nameOf(route), []]);
      expect([nameOf(route), Object.keys(made)]).toEqual([nameOf(route), Object.keys(properties)]);
    }
  });

  test("names no call of the SDK for a route that there isn't", () => {
    const names = new Set(routes.map(nameOf));
    expect(Object.keys(SDK_CALLS).filter((name) => !names.has(name))).toEqual([]);
  });
});

/** What samples about a thing that isn't there are answered with; all others, as the contract says. */
const REFUSED: Readonly<Record<string, number>> = {
  // A file's name depends on the history that the server has.
  "GET /history/file": 404,
  "POST /mail/{token}": 404,
  // Nothing was mailed, and nothing was given up.
  "POST /functions/v1/destinations/{id}/code": 400,
  "POST /functions/v1/destinations/{id}/again": 404,
};

describe("samples", () => {
  test("each command is answered as the contract says", async () => {
    const made = new Map<string, string>();
    for (const path of ["traders", "price-alerts", "destinations"]) made.set(path, await makeOne(path));
    const wrong: string[] = [];
    // What is deleted goes last.
    for (const route of routes.toSorted((a, b) => Number(a.method === "DELETE") - Number(b.method === "DELETE"))) {
      const kind = route.path.split("/")[3]?.replace("execute-trader", "traders") ?? "";
      const command = withoutReceiver(curlSample(route, demo.url)).replaceAll(ID, made.get(kind) ?? ID);
      const { status, said } = await run(`${command} -s -w '\n%{http_code}'`);
      const right = REFUSED[nameOf(route)] ?? Number(Object.keys(route.operation.responses)[0]);
      if (status !== right) wrong.push(`${nameOf(route)}: ${status}, expected ${right}: ${said.slice(0, 300)}`);
    }
    expect(wrong).toEqual([]);
  });

  test("each program compiles, and those that end run without an error", async () => {
    // In the checkout, where the packages' types are found.
    mkdirSync(join(ROOT, ".cache"), { recursive: true });
    const programs = mkdtempSync(join(ROOT, ".cache", "samples-"));
    try {
      const names = routes.map((route) => {
        const code = typescriptSample(route, demo.url);
        // A sample without an import is a script, whose names would be those of all others.
        writeFileSync(join(programs, `${route.id}.ts`), code.includes("import ") ? code : `${code}export {};\n`);
        return `${route.id}.ts`;
      });
      writeFileSync(join(programs, "tsconfig.json"), JSON.stringify(CONFIG(names)));
      const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
      const checked = Bun.spawnSync(["node", tsc, "-p", programs]);
      expect(checked.stdout.toString()).toBe("");
      const made = await makeOne("traders");
      const wrong: string[] = [];
      for (const route of routes.filter((one) => one.method === "GET" || "POST /screen" === nameOf(one))) {
        if ("101" in route.operation.responses || REFUSED[nameOf(route)] !== undefined) continue;
        if (/destinations|price-alerts\/\{/.test(route.path)) continue;
        const code = typescriptSample(route, demo.url).replaceAll(ID, made);
        const path = join(programs, `run-${route.id}.ts`);
        writeFileSync(path, code.replace('"vyx/client"', JSON.stringify(join(ROOT, "src/client/mod.ts"))));
        wrong.push(...(await failureOf(path)).map((why) => `${nameOf(route)}: ${why}`));
      }
      expect(wrong).toEqual([]);
    } finally {
      rmSync(programs, { recursive: true, force: true });
    }
  });
});

const CONFIG = (files: readonly string[]): object => ({
  extends: "../../tsconfig.base.json",
  compilerOptions: {
    noEmit: true,
    emitDeclarationOnly: false,
    composite: false,
    incremental: false,
    isolatedDeclarations: false,
    declaration: false,
    lib: ["es2024", "dom"],
    types: ["bun"],
    paths: { "vyx/client": ["../../src/client/mod.ts"] },
  },
  files,
});

/** Makes a thing by its route's own example, and gives its id. */
async function makeOne(path: string): Promise<string> {
  const route = routes.find((one) => nameOf(one) === `POST /functions/v1/${path}`);
  const body = withoutReceiver(JSON.stringify(route?.body?.example));
  const answer = await fetch(`${demo.url}/functions/v1/${path}`, { method: "POST", body });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { id: string }).id;
}

/** The status that a command's last line has; of a socket, the first line. */
async function run(command: string): Promise<{ status: number; said: string }> {
  const child = Bun.spawn(["sh", "-c", command.replace("--max-time 5", "--max-time 1")], { cwd: folder });
  const said = await new Response(child.stdout).text();
  await child.exited;
  return { status: Number(said.slice(said.lastIndexOf("\n") + 1)), said };
}

/** Runs a module here, without its output. */
async function failureOf(path: string): Promise<string[]> {
  const { log } = console;
  console.log = () => {};
  try {
    await import(path);
    return [];
  } catch (cause) {
    return [String(cause)];
  } finally {
    console.log = log;
  }
}
