import { reasonOf } from "../../../core/mod.ts";
import type { SocketRequest } from "../../dialect.ts";

type RequestId = number | string | null;

/** What a client's frame asks for, or what is wrong with it, in the exchange's words. */
type Read =
  | { readonly method: "SUBSCRIBE" | "UNSUBSCRIBE"; readonly streams: readonly string[]; readonly id: RequestId }
  | { readonly method: "LIST_SUBSCRIPTIONS"; readonly id: RequestId }
  | { readonly fault: string; readonly code: number; readonly id?: RequestId };

/** Reads a frame of a client that listens to `held`. Source: Binance spot WebSocket streams, 2026-07. */
export function readSocketRequest(text: string, held: ReadonlySet<string>): SocketRequest {
  const read = requestIn(text);
  if ("fault" in read) {
    const error = { code: read.code, msg: read.fault };
    return { what: "refused", answer: JSON.stringify({ error, ...(read.id === undefined ? {} : { id: read.id }) }) };
  }
  const { id } = read;
  if (read.method === "LIST_SUBSCRIPTIONS") return { what: "list", answer: JSON.stringify({ result: [...held], id }) };
  const what = read.method === "SUBSCRIBE" ? "subscribe" : "unsubscribe";
  return { what, streams: read.streams, answer: JSON.stringify({ result: null, id }) };
}

function requestIn(text: string): Read {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return { code: 3, fault: `Invalid JSON: ${reasonOf(cause)}` };
  }
  if (typeof value !== "object" || value === null) return { code: 2, fault: "Invalid request: expected an object" };
  const { method, params, id, ...unknown } = value as Record<string, unknown>;
  const [extra] = Object.keys(unknown);
  if (extra !== undefined)
    return {
      code: 2,
      fault: `Invalid request: unknown field \`${extra}\`, expected one of \`method\`, \`params\`, \`id\``,
    };
  if (id !== undefined && id !== null && typeof id !== "number" && typeof id !== "string") {
    return { code: 2, fault: "Invalid request: request ID must be an unsigned integer, a string or null" };
  }
  const known = (id ?? null) as RequestId;
  if (method === "LIST_SUBSCRIPTIONS") return { method, id: known };
  if (method !== "SUBSCRIBE" && method !== "UNSUBSCRIBE") {
    return {
      code: 2,
      fault: "Invalid request: unknown variant, expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`",
      id: known,
    };
  }
  if (!Array.isArray(params) || params.some((name) => typeof name !== "string")) {
    return { code: 2, fault: "Invalid request: `params` must be an array of stream names", id: known };
  }
  return { method, streams: params as string[], id: known };
}
