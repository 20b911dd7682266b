import { PROBLEM_TYPE, PROBLEMS, type ProblemCode, problem } from "../wire/mod.ts";
import type { PieceSource } from "./piece-source.ts";

/** A body that is there whole. */
export type WholeBody = Blob | string | Uint8Array<ArrayBuffer> | null;

/**
 * What a route answers, before the headers that differ from request to request are put on. `headers` may be shared by
 * many answers: whoever sends one overwrites all that differs, each time.
 */
export interface WholeAnswer<Body = WholeBody> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
  /** The size of the body, for the log; 0 for one that is made piece by piece. */
  readonly bytes: number;
  /** Whether the body stays in memory for other requests. */
  readonly isKept?: boolean;
  /** Whether the body's bytes are overwritten by the next answer: a response must be made of it before anything else runs, or {@link owned}. */
  readonly isLent?: boolean;
}

/** The answer, with a body of its own. */
export function owned<Handled>(answer: Handled | (Handled & WholeAnswer)): Handled {
  if (typeof answer !== "object" || answer === null || !("isLent" in answer) || answer.isLent !== true) return answer;
  const { body } = answer;
  return { ...answer, body: body instanceof Uint8Array ? body.slice() : body, isLent: false };
}

/** An answer whose body is made as its reader takes it. */
export interface AnswerInPieces extends WholeAnswer<PieceSource> {}

/** Plain data whose JSON is too large to be written in one go. */
export class LargeJson {
  readonly value: unknown;
  /** How large it is as JSON, about. */
  readonly bytes: number;

  constructor(value: unknown, bytes: number) {
    this.value = value;
    this.bytes = bytes;
  }
}

/** What a route answers. */
export type Answer = WholeAnswer | AnswerInPieces | WholeAnswer<LargeJson>;

/** Whole answers of more bytes that were made for one request are counted while they wait to be read. */
export const MAX_SMALL_BYTES: number = 64 * 1024;

/** Whether the body is still to be made. */
export function isInPieces(answer: Answer): answer is AnswerInPieces {
  const { body } = answer;
  return typeof body === "object" && body !== null && "heldBytes" in body;
}

/** Whether the body is there, and not still to be made. */
export function isWhole(answer: Answer): answer is WholeAnswer {
  return !(answer.body instanceof LargeJson) && !isInPieces(answer);
}

const JSON_HEADERS: Headers = new Headers({ "content-type": "application/json", "cache-control": "no-store" });
const PROBLEM_HEADERS: Headers = new Headers({ "content-type": PROBLEM_TYPE, "cache-control": "no-store" });

/** A small answer, made for one request. */
export function json(value: unknown, status = 200): WholeAnswer {
  const body = JSON.stringify(value);
  return { status, headers: JSON_HEADERS, body, bytes: Buffer.byteLength(body) };
}

/** An answer made for one request that may be large: it has so many bytes as JSON, about. */
export function jsonOfSize(value: unknown, bytes: number): Answer {
  if (bytes <= MAX_SMALL_BYTES) return json(value);
  return { status: 200, headers: JSON_HEADERS, body: new LargeJson(value, bytes), bytes: 0 };
}

/** An error answer. */
export function problemAnswer(
  code: ProblemCode,
  detail: string,
  requestId: string,
  extra?: Readonly<Record<string, string>>,
): WholeAnswer {
  const body = JSON.stringify(problem(code, detail, requestId));
  const headers = extra === undefined ? PROBLEM_HEADERS : new Headers(PROBLEM_HEADERS);
  for (const [name, value] of Object.entries(extra ?? {})) headers.set(name, value);
  return { status: PROBLEMS[code].status, headers, body, bytes: Buffer.byteLength(body) };
}

/** An answer without a body. */
export function empty(status: number, headers: Readonly<Record<string, string>> = {}): WholeAnswer {
  return { status, headers: new Headers(headers), body: null, bytes: 0 };
}
