import * as v from "valibot";
import { listOf, readForeign } from "./foreign.ts";
import { issueText } from "./issue-text.ts";

/** The most channels that one subscribe may name. */
export const MAX_CHANNELS_PER_REQUEST = 1_000;

const NO_LIST = 'expected a list of channels such as ["kline:BTCUSDT:1m"]';
const NO_OPEN_TIME = "expected the open time of a kline, in whole milliseconds";

const id: v.GenericSchema<number | string | undefined> = v.optional(
  v.union([v.number(), v.string()], "expected a number or a text"),
);
const channels: v.GenericSchema<string[]> = v.pipe(
  listOf(
    v.pipe(v.string(NO_LIST), v.maxLength(200, "a channel's name is at most 200 characters")),
    MAX_CHANNELS_PER_REQUEST,
    ({ input }) =>
      `${input.length} channels in one request: expected at most ${MAX_CHANNELS_PER_REQUEST}; a channel with * covers all symbols`,
    NO_LIST,
  ),
  v.minLength(1, "expected at least one channel"),
);

/** What a client may say on `/ws`. */
export const REQUEST_SCHEMA: v.GenericSchema<unknown, ClientRequest> = v.variant(
  "op",
  [
    v.object(
      {
        op: v.literal("subscribe"),
        id,
        channels,
        since: v.optional(
          v.record(
            v.string(),
            v.pipe(v.number(NO_OPEN_TIME), v.safeInteger(NO_OPEN_TIME)),
            "expected open times by channel",
          ),
        ),
        lenient: v.optional(
          v.pipe(
            v.boolean("expected true or false"),
            v.description(
              "true leaves out channels of symbols that the server doesn't follow; the ack names the others",
            ),
          ),
        ),
        snapshots: v.optional(
          v.pipe(
            v.boolean("expected true or false"),
            v.description("false leaves out what channels begin with, for clients that read it by HTTP"),
          ),
        ),
      },
      NO_LIST,
    ),
    v.object({ op: v.literal("unsubscribe"), id, channels }, NO_LIST),
    v.object({ op: v.literal("ping"), id }),
  ],
  "expected subscribe, unsubscribe or ping",
);

/** What a client may say on `/ws`. `since`: by channel, the open time of the last closed kline that the client has. */
export type ClientRequest =
  | {
      op: "subscribe";
      id?: number | string | undefined;
      channels: string[];
      since?: Record<string, number> | undefined;
      lenient?: boolean | undefined;
      snapshots?: boolean | undefined;
    }
  | { op: "unsubscribe"; id?: number | string | undefined; channels: string[] }
  | { op: "ping"; id?: number | string | undefined };

/** A client's frame, read with care: the request, or in words what was wrong with it. */
export type ReadRequest =
  | { readonly request: ClientRequest }
  | { readonly fault: string; readonly id: number | string | null; readonly malformed: boolean };

/** Reads a client's text frame. `malformed` marks frames that aren't even a JSON object: their sender is broken. */
export function readRequest(text: string): ReadRequest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: "expected a JSON text frame", id: null, malformed: true };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { fault: 'expected a JSON object such as {"op":"ping"}', id: null, malformed: true };
  }
  const read = readForeign(REQUEST_SCHEMA, value);
  if ("output" in read) return { request: read.output };
  return { fault: issueText(read.issue), id: idOf(value), malformed: false };
}

function idOf(value: object): number | string | null {
  const given = "id" in value ? value.id : null;
  return typeof given === "number" || typeof given === "string" ? given : null;
}
