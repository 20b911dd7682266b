import type { ReadyAnswer } from "./answer-cache.ts";
import { chooseEncoding, compress, MIN_COMPRESSED_BYTES } from "./compression.ts";

const JSON_TYPE = "application/json";

/** A small answer, made for this request. */
export function json(value: unknown, requestId: string, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { "content-type": JSON_TYPE, "x-request-id": requestId, "cache-control": "no-store", ...headers },
  });
}

/** Ready bytes with their entity tag: 304 when the caller has them, compressed when it can and they are worth it. */
export function ready(
  request: Request,
  answer: ReadyAnswer,
  requestId: string,
  contentType: string = JSON_TYPE,
): Response {
  const known = request.headers.get("if-none-match");
  if (known !== null && matchesTag(known, answer.etag)) {
    return new Response(null, {
      status: 304,
      headers: { etag: answer.etag, "x-request-id": requestId, "cache-control": "no-cache", vary: "accept-encoding" },
    });
  }
  const headers: Record<string, string> = {
    "content-type": contentType,
    etag: answer.etag,
    "x-request-id": requestId,
    "cache-control": "no-cache",
    vary: "accept-encoding",
  };
  if (answer.bytes.byteLength < MIN_COMPRESSED_BYTES) return new Response(body(answer.bytes), { headers });
  const encoding = chooseEncoding(request.headers.get("accept-encoding"));
  if (encoding === undefined) return new Response(body(answer.bytes), { headers });
  let bytes = answer.compressed.get(encoding);
  if (bytes === undefined) {
    bytes = compress(answer.bytes, encoding);
    answer.compressed.set(encoding, bytes);
  }
  headers["content-encoding"] = encoding;
  return new Response(body(bytes), { headers });
}

/** Whether an `If-None-Match` names the tag. The comparison is weak, as RFC 9110 wants it here. */
export function matchesTag(header: string, etag: string): boolean {
  if (header === etag || header.trim() === "*") return true;
  const opaque = etag.replace(/^W\//, "");
  return header.split(",").some((tag) => tag.trim().replace(/^W\//, "") === opaque);
}

function body(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}
