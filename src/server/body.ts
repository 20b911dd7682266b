import * as v from "valibot";
import { RequestProblem } from "./problem.ts";
import { nearest } from "./router.ts";

/** The largest body that a route takes, in bytes. */
export const MAX_BODY_BYTES: number = 64 * 1024;

/** A body must be here within this, in milliseconds; whoever sends it drop by drop is not waited for. */
export const BODY_WITHIN_MS = 10_000;

/** Reads a JSON body and checks it. Throws RequestProblem: `payload_too_large`, or `invalid_parameter` that names the member. */
export async function readBody<Body>(request: Request, schema: v.GenericSchema<unknown, Body>): Promise<Body> {
  const told = Number(request.headers.get("content-length") ?? "0");
  if (told > MAX_BODY_BYTES) throw tooLarge(told);
  const bytes = await withinTime(request.bytes());
  if (bytes.byteLength > MAX_BODY_BYTES) throw tooLarge(bytes.byteLength);
  const read = v.safeParse(schema, parsed(bytes));
  if (read.success) return read.output;
  const [issue] = read.issues;
  const path = v.getDotPath(issue);
  if (issue.type === "strict_object" && issue.expected === "never") throw unknownMember(schema, String(path));
  throw new RequestProblem("invalid_parameter", path === null ? `body: ${issue.message}` : `${path}: ${issue.message}`);
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new RequestProblem("invalid_parameter", "the body is not JSON: expected a JSON object in UTF-8");
  }
}

async function withinTime(reading: Promise<Uint8Array>): Promise<Uint8Array> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new RequestProblem("invalid_parameter", `the body was not here after ${BODY_WITHIN_MS / 1_000} s`));
    }, BODY_WITHIN_MS);
  });
  // Whoever hangs up while we wait makes the reading fail: nobody is left to be told.
  reading.catch(() => {});
  try {
    return await Promise.race([reading, late]);
  } catch (cause) {
    if (cause instanceof RequestProblem) throw cause;
    throw new RequestProblem("invalid_parameter", "the body broke off");
  } finally {
    clearTimeout(timer);
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

function tooLarge(bytes: number): RequestProblem {
  return new RequestProblem("payload_too_large", `the body has ${bytes} bytes: expected ${MAX_BODY_BYTES} at most`);
}
