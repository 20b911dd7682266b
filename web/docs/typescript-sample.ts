import { isFile } from "./curl-sample.ts";
import { addressOf, type DocumentedRoute, exampleTexts } from "./open-api.ts";
import { SDK_CALLS, type SdkCall } from "./sdk-calls.ts";

/** The longest value that stands in one line, in characters. */
const LINE = 72;

/** A program that asks a route of the server at `origin`: by the SDK where it has a method, else by fetch. */
export function typescriptSample(route: DocumentedRoute, origin: string): string {
  if ("101" in route.operation.responses) return socketSample(route, origin);
  const call = SDK_CALLS[`${route.method} ${route.path}`];
  return call === undefined ? fetchSample(route, origin) : sdkSample(route, call, origin);
}

function sdkSample(route: DocumentedRoute, call: SdkCall, origin: string): string {
  const server = `{ url: ${literal(origin)}${route.isPublic ? "" : ", apiKey: process.env.VYX_API_KEY"} }`;
  const given = argumentsOf(route, call);
  const { imports, made, on } = makerOf(call, server);
  const asked = `${on}(${(call.on === undefined ? ["server", ...given] : given).join(", ")})`;
  return `import { ${imports} } from "vyx/client";\n\n${made}\n${usedBy(asked, call, route)}\n`;
}

function usedBy(asked: string, { isIterable }: SdkCall, { operation }: DocumentedRoute): string {
  if (isIterable) return `for await (const line of ${asked}) console.log(line);`;
  return "204" in operation.responses ? `await ${asked};` : `const answer = await ${asked};\nconsole.log(answer);`;
}

function makerOf({ on, name }: SdkCall, server: string): { imports: string; made: string; on: string } {
  if (on === undefined) return { imports: name, made: `const server = ${server};`, on: name };
  if (on === "destinations" || on === "priceAlerts") {
    const type = on === "destinations" ? "Destinations" : "PriceAlerts";
    return { imports: type, made: `const ${on} = new ${type}(${server});`, on: `${on}.${name}` };
  }
  return { imports: "createClient", made: `const client = createClient(${server});`, on: `${on}.${name}` };
}

/** What the path names, then what the query says or the body is. */
function argumentsOf({ operation, body }: DocumentedRoute, { spreadsBody }: SdkCall): string[] {
  const named = operation.parameters.filter(({ example }) => example !== undefined);
  const inPath = named.filter((one) => one.in === "path").map(({ example }) => literal(example));
  const query = Object.fromEntries(named.flatMap((one) => (one.in === "query" ? [[one.name, one.example]] : [])));
  if (Object.keys(query).length > 0) inPath.push(literal(query));
  if (body === undefined) return inPath;
  const values = spreadsBody ? Object.values(body.example as object) : [body.example];
  return [...inPath, ...values.map((value) => literal(value))];
}

function fetchSample({ method, path, operation, body, isPublic, headers }: DocumentedRoute, origin: string): string {
  const { parameters, responses } = operation;
  const url = origin + addressOf(path, parameters, exampleTexts(parameters));
  const sent = [
    ...(isPublic ? [] : ['"X-API-Key": process.env.VYX_API_KEY ?? ""']),
    ...Object.entries(headers).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`),
  ];
  const options = [
    ...(method === "GET" ? [] : [`method: "${method}"`]),
    ...(sent.length === 0 ? [] : [`headers: { ${sent.join(", ")} }`]),
    ...(body === undefined ? [] : [`body: JSON.stringify(${literal(body.example, "  ")})`]),
  ];
  const asked = options.length === 0 ? "" : `, {\n${options.map((one) => `  ${one},\n`).join("")}}`;
  return [
    `const response = await fetch(${literal(url)}${asked});`,
    "if (!response.ok) throw new Error(await response.text());",
    `console.log(${readBy(Object.keys(responses[200]?.content ?? {}))});\n`,
  ].join("\n");
}

function readBy(types: readonly string[]): string {
  if (types.length === 0) return "response.status";
  if (isFile(types)) return "(await response.arrayBuffer()).byteLength";
  return types[0] === "application/json" ? "await response.json()" : "await response.text()";
}

/** A browser's socket can't send a header: a ticket stands for the key. */
function socketSample({ path, operation: { parameters } }: DocumentedRoute, origin: string): string {
  if (path === "/ws") {
    return [
      'import { createClient } from "vyx/client";\n',
      `const client = createClient({ url: ${literal(origin)}, apiKey: process.env.VYX_API_KEY });`,
      'for await (const message of client.subscribe(["kline:BTCUSDT:1h"])) console.log(message);\n',
    ].join("\n");
  }
  const address = addressOf(path, parameters, exampleTexts(parameters));
  const joint = address.includes("?") ? "&" : "?";
  return [
    `const asked = await fetch(${literal(`${origin}/tickets`)}, {`,
    '  method: "POST",',
    '  headers: { "X-API-Key": process.env.VYX_API_KEY ?? "" },',
    "});",
    "const { ticket } = (await asked.json()) as { ticket: string };",
    `const socket = new WebSocket(\`${origin.replace(/^http/, "ws")}${address}${joint}ticket=\${ticket}\`);`,
    "socket.onmessage = ({ data }) => console.log(data);\n",
  ].join("\n");
}

/** A value as TypeScript writes it; on several lines where one would be long. */
export function literal(value: unknown, indent = ""): string {
  if (typeof value === "string") return textLiteral(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const isList = Array.isArray(value);
  const members = isList
    ? value.map((one) => literal(one, inner))
    : Object.entries(value).map(([name, one]) => `${name}: ${literal(one, inner)}`);
  const [open, close] = isList ? ["[", "]"] : ["{ ", " }"];
  const line = `${open}${members.join(", ")}${close}`;
  if (line.length <= LINE && !line.includes("\n")) return line;
  return `${open.trim()}\n${members.map((one) => `${inner}${one},\n`).join("")}${indent}${close.trim()}`;
}

function textLiteral(text: string): string {
  const isSimple = /^[^'\\\n]*$/.test(text) && text.includes('"');
  return isSimple ? `'${text}'` : JSON.stringify(text);
}
