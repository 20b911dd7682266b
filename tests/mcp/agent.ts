import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { until } from "../helpers/until.ts";

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

/**
 * Starts the server's database, by a trader that is made and deleted: the first call that needs the database waits for its start, which
 * on a busy machine takes longer than an agent's tool waits (`STARTS_MS` in src/client). `key` has the scope `trade`.
 */
export async function startTraders({ url }: { readonly url: string }, key: string): Promise<void> {
  const at = `${url}/functions/v1/traders`;
  const headers = { "x-api-key": key, "content-type": "application/json" };
  const body = JSON.stringify({ name: "starts the database", code: "return false;", triggerInterval: "1m" });
  let answer: Response | undefined;
  // 503 until it has started.
  await until(async () => {
    answer = await fetch(at, { method: "POST", headers, body });
    return answer.ok || answer.status !== 503;
  });
  if (answer?.status !== 201) throw new Error(`${at}: ${answer?.status}: ${await answer?.text()}`);
  const read = (await answer.json()) as { readonly id: string };
  await fetch(`${at}/${read.id}`, { method: "DELETE", headers });
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
