import type { ClientOptions } from "../client/mod.ts";
import { bytesOf, type Caller, MAX_BODY_BYTES, parsed, RequestProblem, type Route, route } from "../server/mod.ts";
import { mcpMessageSchema } from "../wire/mod.ts";

/** What the route needs. */
export interface McpRouteParts {
  readonly version: string;
  /** Answers a request of a tool, for the caller whose tool it is. */
  readonly ask: (caller: Caller, request: Request) => Promise<Response>;
}

/** The tools for agents, over HTTP. A tool asks this server as its caller would: the same scopes, prices and limits. */
export function mcpRoute({ version, ask }: McpRouteParts): Route {
  return route({
    method: "POST",
    path: "/mcp",
    says: "Tools for agents: the Model Context Protocol over streamable HTTP, without sessions",
    scope: "read",
    maxBodyBytes: MAX_BODY_BYTES,
    parameters: {},
    ownBody: mcpMessageSchema,
    answers: { 200: { says: "a message of the protocol", contentType: "application/json" } },
    handle: async ({ request, caller, inTurn }) => {
      const bytes = await bytesOf(request);
      const body = await inTurn(bytes.byteLength, () => parsed(bytes));
      if (Array.isArray(body)) {
        throw new RequestProblem(
          "invalid_parameter",
          "a batch of messages isn't taken: expected one message a request",
        );
      }
      const { origin } = new URL(request.url);
      const options: ClientOptions = {
        url: origin,
        // A tool that fails says so at once: the agent decides whether to ask again.
        maxTries: 1,
        fetch: (url, init) => ask(caller, new Request(url, { ...init, headers: inside(init?.headers, request) })),
      };
      // The protocol's library takes 50 ms to load: the first agent waits for it, not every start.
      const { answerMcp } = await import("../mcp/mod.ts");
      const answer = await answerMcp(request, body, options, version);
      const text = await answer.text();
      // These bytes count towards the limit of unread answers, as those of any answer do.
      return { status: answer.status, headers: answer.headers, body: text, bytes: Buffer.byteLength(text) };
    },
  });
}

/** The headers of a request from inside: the host by which this server was reached is the one that it answers to. */
function inside(headers: ConstructorParameters<typeof Headers>[0], { headers: outer }: Request): Headers {
  const all = new Headers(headers);
  const host = outer.get("host");
  if (host !== null) all.set("host", host);
  return all;
}
