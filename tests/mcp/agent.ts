import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const MAIN = join(import.meta.dir, "../../src/cli/main.ts");

/** What a tool answered: the sentence in front, and the figures behind it. */
export interface ToolAnswer {
  readonly text: string;
  readonly summary: string;
  readonly isError: boolean;
  readonly data: Readonly<Record<string, unknown>>;
  /** The rows of the data; none where there are none. */
  readonly rows: readonly (readonly unknown[])[];
}

/** An agent's way to a server, which counts what it takes. */
export interface Agent {
  readonly client: Client;
  /** Calls of tools, and the longest answer in tokens of four bytes, since the last reset. */
  readonly taken: { calls: number; longest: number };
  call(tool: string, given?: Record<string, unknown>): Promise<ToolAnswer>;
  read(uri: string): Promise<string>;
  close(): Promise<void>;
}

/** The two ways in. */
export const WAYS: readonly (readonly [string, (url: string, key: string) => Promise<Agent>])[] = [
  ["streamable HTTP", overHttp],
  ["stdio", overStdio],
];

/** Tokens of a text, as four bytes each. */
export function tokens(text: string): number {
  return Buffer.byteLength(text) / 4;
}

/** Waits until the server's database has started, which takes a busy machine its time. */
export async function untilTraders({ url }: { readonly url: string }, key: string): Promise<void> {
  while (!(await fetch(`${url}/functions/v1/traders?limit=1`, { headers: { "x-api-key": key } })).ok)
    await Bun.sleep(100);
}

async function overHttp(url: string, key: string): Promise<Agent> {
  const client = new Client({ name: "test", version: "1" });
  const requestInit = { headers: { authorization: `Bearer ${key}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit }) as never);
  return agentOf(client);
}

async function overStdio(url: string, key: string): Promise<Agent> {
  const client = new Client({ name: "test", version: "1" });
  const env = { PATH: process.env.PATH ?? "", VYX_API_KEY: key };
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [MAIN, "mcp", "--url", url], env }));
  return agentOf(client);
}

function agentOf(client: Client): Agent {
  const taken = { calls: 0, longest: 0 };
  return {
    client,
    taken,
    call: async (name, given = {}) => {
      const { content, isError = false } = (await client.callTool({ name, arguments: given })) as {
        content: { text: string }[];
        isError?: boolean;
      };
      const text = content[0]?.text ?? "";
      taken.calls += 1;
      taken.longest = Math.max(taken.longest, tokens(text));
      const at = text.indexOf("\n");
      if (isError) return { text, summary: text, isError, data: {}, rows: [] };
      const data = JSON.parse(text.slice(at + 1)) as Record<string, unknown>;
      return { text, summary: text.slice(0, at), isError, data, rows: (data.rows as unknown[][] | undefined) ?? [] };
    },
    read: async (uri) => {
      const { contents } = await client.readResource({ uri });
      const { text } = contents[0] as { text: string };
      taken.longest = Math.max(taken.longest, tokens(text));
      return text;
    },
    close: () => client.close(),
  };
}
