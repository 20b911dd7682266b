import type * as v from "valibot";
import type { Client, ClientOptions } from "../client/mod.ts";

/** What a tool answers: a sentence that says the most important, and the figures behind it. */
export interface ToolAnswer {
  readonly summary: string;
  /** Its `rows`, if there are any, are cut where the answer is too long. */
  readonly data: object;
  /** Which rows are kept then: the first of a ranking, the last of candles. The last unless said. */
  readonly keeps?: "first" | "last";
}

/** The server that tools ask. */
export interface AskedServer {
  readonly client: Client;
  /** Of the client. */
  readonly options: ClientOptions;
}

/** Something that an agent can ask a server for. */
export interface Tool<Input = never> {
  readonly name: string;
  /** For the agent: what it is for, and what it gives. Short, because agents read all of them before each conversation. */
  readonly says: string;
  readonly input: v.GenericSchema<unknown, Input>;
  /** Whether it can change something on the server. */
  readonly changes?: boolean;
  /** Rejects with ClientError, or InvalidInput. */
  run(input: Input, server: AskedServer, signal: AbortSignal): Promise<ToolAnswer>;
}

/** A tool of any input. */
export type AnyTool = Tool<unknown>;

/** Makes a tool; what `run` gets follows from `input`. */
export function tool<Input>(definition: Tool<Input>): AnyTool {
  // Only what its own schema has read is handed to it.
  return definition as unknown as AnyTool;
}
