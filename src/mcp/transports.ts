import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import type { ClientOptions } from "../client/mod.ts";
import { createMcpServer } from "./server.ts";

/** Speaks with an agent over this process's stdin and stdout. Resolves once the agent has gone. */
export async function serveStdio(options: ClientOptions, version: string): Promise<void> {
  const server = createMcpServer(options, version);
  const ended = new Promise<void>((resolve) => {
    server.onclose = resolve;
    process.stdin.once("end", resolve);
  });
  await server.connect(new StdioServerTransport());
  await ended;
  await server.close();
}

/** Answers one request of the streamable HTTP transport. Each stands alone: there are no sessions, and answers are JSON. */
export async function answerMcp(
  request: Request,
  body: unknown,
  options: ClientOptions,
  version: string,
): Promise<Response> {
  const server = createMcpServer(options, version);
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  await server.connect(transport);
  try {
    return await transport.handleRequest(request, { parsedBody: body });
  } finally {
    await server.close();
  }
}
