import { shortened } from "./problem.ts";
import { UnreadBody } from "./unread-body.ts";

/** The bytes that a request announces (`Content-Length`); undefined where it announces none. Throws the {@link lengthFault}. */
export function contentLengthOf(headers: Headers): number | undefined {
  const fault = lengthFault(headers);
  if (fault !== undefined) throw fault;
  const text = headers.get("content-length");
  return text === null ? undefined : Number(text);
}

/**
 * What is wrong with a request's `Content-Length`: it must be one plain whole number. Two equal lengths are refused, too (RFC 9112, 6.3);
 * the runtime joins repeated headers to `63, 63`.
 */
export function lengthFault(headers: Headers): UnreadBody | undefined {
  const text = headers.get("content-length");
  if (text === null || /^\d{1,15}$/.test(text)) return undefined;
  return new UnreadBody(
    "invalid_parameter",
    `Content-Length is "${shortened(text)}": expected one whole number of bytes, sent once`,
  );
}
