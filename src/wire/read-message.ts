import { readChecked } from "./check.ts";
import { MESSAGE_CHECKS } from "./message-checks.ts";
import type { ServerMessage } from "./messages.ts";

/** A server's frame, read with care: the message, in words what was wrong with it, or a type that is newer than the reader. */
export type ReadMessage =
  | { readonly message: ServerMessage }
  | { readonly fault: string }
  | { readonly unknownType: string };

/** Reads a server's text frame. */
export function readMessage(text: string): ReadMessage {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: "expected a JSON text frame" };
  }
  const type = typeof value === "object" && value !== null && "type" in value ? value.type : undefined;
  if (typeof type !== "string") return { fault: "expected a JSON object with a type" };
  if (!Object.hasOwn(MESSAGE_CHECKS, type)) return { unknownType: type };
  const read = readChecked<unknown>(MESSAGE_CHECKS[type as ServerMessage["type"]], value);
  return "answer" in read ? { message: read.answer as ServerMessage } : { fault: `${type}: ${read.fault}` };
}
