import { BodyTooLarge, boundedBody, type Clock, InvalidInput, millis } from "../../core/mod.ts";
import { BODY_WITHIN_MS, contentCodingFault } from "../../wire/mod.ts";
import { FunctionProblem, UnreadFunctionBody } from "./caller.ts";
import type { FunctionCall, FunctionParts } from "./functions.ts";

/** The largest body that a function reads, in bytes: a filter with 2,000 symbols fits. */
export const MAX_FUNCTION_BODY_BYTES: number = 128 * 1024;

/**
 * Reads a JSON body and checks it with `read`. Throws InvalidInput for what is wrong in it, and {@link FunctionProblem}: `payload_too_large`,
 * `unsupported_media_type`, or `invalid_parameter` for one that broke off or isn't complete after {@link BODY_WITHIN_MS}.
 */
export async function bodyOf<Body>(
  { clock }: Pick<FunctionParts, "clock">,
  { request, caller }: Pick<FunctionCall, "request" | "caller">,
  read: (body: unknown) => Body,
): Promise<Body> {
  const bytes = await boundedBytes(request, clock);
  const work = (): Body => read(parsed(new TextDecoder().decode(bytes)));
  return caller.inTurn === undefined ? work() : await caller.inTurn(bytes.byteLength, work);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidInput(text === "" ? "the body is empty: expected JSON" : "the body is not JSON", { cause });
  }
}

/** Stops reading past the bounds of size and time, whatever the request says about its length. */
async function boundedBytes({ body, headers }: Request, clock: Pick<Clock, "sleep">): Promise<Uint8Array> {
  const fault = contentCodingFault(headers.get("content-encoding"));
  if (fault !== undefined) throw new FunctionProblem("unsupported_media_type", fault);
  const [late, arrived] = [new AbortController(), new AbortController()];
  clock.sleep(millis(BODY_WITHIN_MS), arrived.signal).then(
    () => late.abort(),
    () => {},
  );
  try {
    return await boundedBody(body, MAX_FUNCTION_BODY_BYTES, late.signal);
  } catch (cause) {
    if (cause instanceof BodyTooLarge) {
      throw new UnreadFunctionBody("payload_too_large", `the body is larger than ${MAX_FUNCTION_BODY_BYTES} bytes`);
    }
    const seconds = BODY_WITHIN_MS / 1_000;
    const detail = late.signal.aborted ? `the body wasn't complete after ${seconds} s` : "the body broke off";
    throw new UnreadFunctionBody("invalid_parameter", detail);
  } finally {
    arrived.abort();
  }
}
