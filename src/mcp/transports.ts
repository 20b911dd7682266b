import { once } from "node:events";
import { Transform } from "node:stream";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import { ErrorCode } from "@modelcontextprotocol/sdk/types.js";
import type { ClientOptions } from "../client/mod.ts";
import { reasonOf } from "../core/mod.ts";
import { createMcpServer } from "./server.ts";
import { UnansweredRequests } from "./unanswered.ts";

/**
 * Speaks with an agent over this process's stdin and stdout. Resolves once the agent has gone: after the end of stdin, what was asked before
 * is answered first.
 */
export async function serveStdio(options: ClientOptions, version: string): Promise<void> {
  const server = createMcpServer(options, version);
  const lines = wholeLines();
  const transport = new StdioServerTransport(lines);
  const closed = new Promise<void>((resolve) => {
    server.onclose = resolve;
  });
  transport.onerror = (cause) => {
    const problem = problemOf(cause);
    if (problem !== undefined) process.stdout.write(`${JSON.stringify(problem)}\n`);
  };
  await server.connect(transport);
  const unanswered = new UnansweredRequests(transport);
  process.stdin.pipe(lines);
  await Promise.race([closed, once(lines, "end").then(() => unanswered.none())]);
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

/** Passes text on, and ends its last line where the sender didn't. */
function wholeLines(): Transform {
  let isEnded = true;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      isEnded = chunk.at(-1) === 0x0a;
      done(null, chunk);
    },
    flush(done) {
      done(null, isEnded ? undefined : "\n");
    },
  });
}

/** What is answered to a line that is no message. It has no id, as nobody knows which one was meant. */
function problemOf(cause: Error): object | undefined {
  const problem = (code: number, message: string): object => ({ jsonrpc: "2.0", id: null, error: { code, message } });
  if (cause instanceof SyntaxError) {
    return problem(
      ErrorCode.ParseError,
      `a line isn't JSON: ${reasonOf(cause)}: expected one JSON-RPC message on each line`,
    );
  }
  if (cause.name !== "ZodError" && cause.name !== "$ZodError") return undefined;
  return problem(
    ErrorCode.InvalidRequest,
    'a line is no JSON-RPC message: expected for example {"jsonrpc":"2.0","id":1,"method":"tools/list"}',
  );
}
