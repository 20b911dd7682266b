import type * as v from "valibot";
import { BodyTooLarge, boundedBody } from "../core/mod.ts";
import { BODY_WITHIN_MS, issueText, readForeign } from "../wire/mod.ts";
import { contentLengthOf } from "./content-length.ts";
import { RequestProblem } from "./problem.ts";
import type { InTurn } from "./route.ts";
import { UnreadBody } from "./unread-body.ts";

/** The largest body that a route takes, in bytes. */
export const MAX_BODY_BYTES: number = 64 * 1024;

/** Bodies of more bytes are parsed and checked in turn with other long work: the largest take a millisecond, and many may come at once. */
export const PARSED_AT_ONCE_BYTES: number = 4 * 1024;

/** Reads a JSON body and checks it. Throws RequestProblem: `payload_too_large`, or `invalid_parameter` that names the member. */
export async function readBody<Body>(
  request: Request,
  schema: v.GenericSchema<unknown, Body>,
  inTurn: InTurn,
): Promise<Body> {
  const bytes = await bytesOf(request);
  return await inTurn(bytes.byteLength, () => {
    const read = readForeign(schema, parsed(bytes));
    if ("output" in read) return read.output;
    throw new RequestProblem("invalid_parameter", issueText(read.issue, schema));
  });
}

/** The bytes of a body, within its time and size. Throws RequestProblem. */
export async function bytesOf(request: Request): Promise<Uint8Array> {
  const announced = contentLengthOf(request.headers) ?? 0;
  if (announced > MAX_BODY_BYTES) throw tooLarge(`the body has ${announced} bytes`);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), BODY_WITHIN_MS);
  try {
    return await boundedBody(request.body, MAX_BODY_BYTES, late.signal);
  } catch (cause) {
    if (cause instanceof BodyTooLarge) throw tooLarge(cause.message);
    const seconds = BODY_WITHIN_MS / 1_000;
    const detail = late.signal.aborted ? `the body wasn't complete after ${seconds} s` : "the body broke off";
    throw new UnreadBody("invalid_parameter", detail);
  } finally {
    clearTimeout(timer);
  }
}

/** A body as JSON. Throws RequestProblem. */
export function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new RequestProblem("invalid_parameter", "the body is not JSON: expected a JSON object in UTF-8");
  }
}

function tooLarge(what: string): UnreadBody {
  return new UnreadBody("payload_too_large", `${what}: expected ${MAX_BODY_BYTES} bytes at most`);
}
