import * as v from "valibot";

/** The body of `POST /mcp`, a message of JSON-RPC, as the contract shows it: the protocol's own library reads it. */
export const mcpMessageSchema: v.GenericSchema = v.object({
  jsonrpc: v.pipe(v.literal("2.0"), v.description("the version of JSON-RPC")),
  id: v.optional(v.pipe(v.union([v.number(), v.string()]), v.description("repeated in the answer"))),
  method: v.pipe(v.string(), v.description("tools/list or tools/call, for example")),
  params: v.optional(v.pipe(v.record(v.string(), v.unknown()), v.description("what the method takes"))),
});
