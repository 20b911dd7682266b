import type { ConnectionState, SocketRequest } from "../../dialect.ts";
import type { Category } from "./category.ts";
import { topicOf } from "./topics.ts";

/** Topics in one request on the spot market; on the linear one as many as fit. */
const MAX_SPOT_ARGS = 10;

/** Characters of all topics of one connection. */
const MAX_CHARACTERS = 21_000;

/** Reads what a client sent. A request with one topic that can't be is refused as a whole. */
export function readRequest(text: string, category: Category, connection: ConnectionState): SocketRequest {
  const { op, args, req_id: id } = membersOf(text);
  const told = typeof op === "string" ? op : "";
  const answer = (success: boolean, message: string): string =>
    JSON.stringify({
      success,
      ret_msg: message,
      conn_id: nameOf(connection.number),
      req_id: typeof id === "string" ? id : "",
      op: told,
    });
  if (told === "ping") return { what: "ping", answer: answer(true, "pong") };
  if (told !== "subscribe" && told !== "unsubscribe") {
    return { what: "refused", answer: answer(false, `error:unknown op:${told}`) };
  }
  if (!Array.isArray(args) || args.length === 0 || args.some((topic) => typeof topic !== "string")) {
    return { what: "refused", answer: answer(false, "error:args is empty or no list of topics") };
  }
  const topics = args as string[];
  const fault = told === "subscribe" ? faultOf(topics, category, connection) : undefined;
  if (fault !== undefined) return { what: "refused", answer: answer(false, fault) };
  // The spot market repeats what it was asked for.
  return { what: told, streams: topics, answer: answer(true, category === "spot" ? told : "") };
}

/** Why a subscription is refused, in the exchange's words. */
function faultOf(topics: readonly string[], category: Category, connection: ConnectionState): string | undefined {
  if (category === "spot" && topics.length > MAX_SPOT_ARGS) return `args size >${MAX_SPOT_ARGS}`;
  const characters = [...connection.streams, ...topics].reduce((sum, topic) => sum + topic.length, 0);
  if (characters > MAX_CHARACTERS) return `args length >${MAX_CHARACTERS}`;
  for (const name of topics) {
    const topic = topicOf(name);
    if (topic === undefined) return `error:handler not found,topic:${name}`;
    if (!connection.isListed(topic.symbol)) {
      return category === "spot" ? `Invalid symbol :[${name}]` : `error:handler not found,topic:${name}`;
    }
    if (connection.streams.has(name)) return `error:already subscribed,topic:${name}`;
  }
  return undefined;
}

function membersOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** What the exchange calls a connection. */
function nameOf(number: number): string {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;
}
