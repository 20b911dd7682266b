import { addressOf, type DocumentedRoute, exampleTexts } from "./open-api.ts";

/** A command that asks a route of the server at `origin`, with the contract's own examples. */
export function curlSample(
  { method, path, operation, body, isPublic, headers }: DocumentedRoute,
  origin: string,
): string {
  const { parameters, responses } = operation;
  const url = origin + addressOf(path, parameters, exampleTexts(parameters));
  const parts = [
    `${method === "GET" ? "curl" : `curl -X ${method}`} ${quoted(url)}`,
    ...(isPublic ? [] : ['-H "X-API-Key: $VYX_API_KEY"']),
  ];
  for (const [name, value] of Object.entries(headers)) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body !== undefined) parts.push(`-d ${quoted(JSON.stringify(body.example, null, 2))}`);
  if ("101" in responses) parts.push(...SOCKET);
  if (isFile(Object.keys(responses[200]?.content ?? {}))) parts.push(`-o ${path.split("/").at(-1)}.bin`);
  return parts.join(" \\\n  ");
}

/** What opens a WebSocket, and shows for five seconds what comes. */
const SOCKET = [
  "--http1.1 -i -N --max-time 5",
  "-H 'Connection: Upgrade' -H 'Upgrade: websocket'",
  "-H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='",
];

/** Whether an answer isn't text. */
export function isFile(types: readonly string[]): boolean {
  return types.length > 0 && types.every((type) => !/json|^text\//.test(type));
}

/** A text as one word of a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
