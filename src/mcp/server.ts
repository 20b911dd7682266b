import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import {
  CallToolRequestSchema,
  type CallToolResult,
  ErrorCode,
  ListResourcesRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { toJsonSchema } from "@valibot/to-json-schema";
import { type ClientOptions, createClient } from "../client/mod.ts";
import { reasonOf } from "../core/mod.ts";
import { issueText, readForeign } from "../wire/mod.ts";
import { boundedText } from "./bounded.ts";
import { RESOURCES } from "./resources.ts";
import type { AnyTool, AskedServer } from "./tool.ts";
import { backtest } from "./tools/backtest.ts";
import { candles } from "./tools/candles.ts";
import { checkFilter } from "./tools/check-filter.ts";
import { coverage } from "./tools/coverage.ts";
import { explain } from "./tools/explain.ts";
import { indicators } from "./tools/indicators.ts";
import { markets } from "./tools/markets.ts";
import { outcomes } from "./tools/outcomes.ts";
import { screen } from "./tools/screen.ts";
import { traders } from "./tools/traders.ts";

/** All tools, in the order in which agents are shown them. */
export const TOOLS: readonly AnyTool[] = [
  markets,
  candles,
  coverage,
  indicators,
  screen,
  checkFilter,
  explain,
  backtest,
  traders,
  outcomes,
];

/** Instructions that an agent gets when it connects. */
const INSTRUCTIONS =
  "Market data and screening of crypto pairs. Call markets first. Times are UTC. Say so when an answer isn't complete or settled, and whether prices are real, recorded or simulated.";

/** A server of the Model Context Protocol over a Vyx server, whose rights and prices hold. */
export function createMcpServer(options: ClientOptions, version: string): Server {
  const asked = { client: createClient(options), options };
  const server = new Server(
    { name: "vyx", version },
    { capabilities: { tools: {}, resources: {} }, instructions: INSTRUCTIONS },
  );
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: TOOLS.map(({ name, says, input, changes = false }) => ({
      name,
      description: says,
      inputSchema: schemaOf(input),
      annotations: { readOnlyHint: !changes, destructiveHint: false, openWorldHint: false },
    })),
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal }) => {
    const tool = TOOLS.find(({ name }) => name === params.name);
    if (tool === undefined) {
      const known = TOOLS.map(({ name }) => name).join(", ");
      throw new McpError(
        ErrorCode.InvalidParams,
        `there is no tool ${params.name.slice(0, 60)}: expected one of ${known}`,
      );
    }
    return await called(tool, params.arguments ?? {}, asked, signal);
  });
  server.setRequestHandler(ListResourcesRequestSchema, () => ({
    resources: RESOURCES.map(({ uri, name, says }) => ({ uri, name, description: says, mimeType: "text/markdown" })),
  }));
  server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }) => {
    const found = RESOURCES.find((one) => one.uri === uri);
    if (found === undefined) {
      const known = RESOURCES.map((one) => one.uri).join(", ");
      throw new McpError(
        ErrorCode.InvalidParams,
        `there is no resource ${uri.slice(0, 100)}: expected one of ${known}`,
      );
    }
    return { contents: [{ uri, mimeType: "text/markdown", text: found.text }] };
  });
  return server;
}

/** What went wrong in a tool is an answer, too: the agent can mend its question. */
async function called(tool: AnyTool, given: unknown, asked: AskedServer, signal: AbortSignal): Promise<CallToolResult> {
  const read = readForeign(tool.input, given);
  if ("issue" in read) return failed(issueText(read.issue, tool.input));
  try {
    return { content: [{ type: "text", text: boundedText(await tool.run(read.output, asked, signal)) }] };
  } catch (cause) {
    return failed(reasonOf(cause));
  }
}

function failed(text: string): CallToolResult {
  return { content: [{ type: "text", text }], isError: true };
}

function schemaOf(input: AnyTool["input"]): { type: "object"; [name: string]: unknown } {
  const { $schema: _, ...schema } = toJsonSchema(input, { errorMode: "ignore" });
  return { ...schema, type: "object" };
}
