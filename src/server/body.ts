import * as v from "valibot";
import { BodyTooLarge, boundedBody } from "../core/mod.ts";
import { issueText } from "../wire/mod.ts";
import { RequestProblem } from "./problem.ts";
import { nearest } from "./router.ts";

/** The largest body that a route takes, in bytes. */
export const MAX_BODY_BYTES: number = 64 * 1024;

/** A body has to be complete within this, in milliseconds. */
export const BODY_WITHIN_MS = 10_000;

/** A body that wasn't read to its end. Its connection can't be used again: what follows on it is the rest of the body. */
export class UnreadBody extends RequestProblem {}

/** Reads a JSON body and checks it. Throws RequestProblem: `payload_too_large`, or `invalid_parameter` that names the member. */
export async function readBody<Body>(request: Request, schema: v.GenericSchema<unknown, Body>): Promise<Body> {
  const read = v.safeParse(schema, parsed(await bytesOf(request)));
  if (read.success) return read.output;
  const [issue] = read.issues;
  if (issue.type === "strict_object" && issue.expected === "never") {
    throw unknownMember(schema, v.getDotPath(issue) ?? "");
  }
  throw new RequestProblem("invalid_parameter", issueText(issue));
}

async function bytesOf(request: Request): Promise<Uint8Array> {
  const announced = Number(request.headers.get("content-length") ?? "0");
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

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new RequestProblem("invalid_parameter", "the body is not JSON: expected a JSON object in UTF-8");
  }
}

function unknownMember(schema: v.GenericSchema, name: string): RequestProblem {
  const entries = "entries" in schema ? Object.keys(schema.entries as object) : [];
  const near = nearest(name.slice(0, 60), entries, 3);
  const hint = near === undefined ? "" : ` did you mean ${near}?`;
  return new RequestProblem(
    "invalid_parameter",
    `unknown member "${name.slice(0, 60)}":${hint} known are ${entries.join(", ")}`,
  );
}

function tooLarge(what: string): UnreadBody {
  return new UnreadBody("payload_too_large", `${what}: expected ${MAX_BODY_BYTES} bytes at most`);
}
