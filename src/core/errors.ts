import { cutText } from "./storable.ts";

/** What every expected failure of ours carries, so that a caller can decide without reading the sentence. */
export abstract class VyxError extends Error {
  /** A stable word for programs. */
  abstract readonly code: string;
  /** Whether the same call may succeed later without being changed. */
  abstract readonly retryable: boolean;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** What came from outside can't be meant: the message says what was wrong and what would be right. */
export class InvalidInput extends VyxError {
  readonly code = "invalid_input";
  readonly retryable = false;
}

/** Stops the work where only a bug of ours can have led. `why` says why the condition must hold. */
export function assert(condition: unknown, why: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${why}`);
}

/** For the end of a `switch` over a union: the compiler proves that nothing gets here. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}

/** Longest text of a failure that reaches a log or a person, in characters. */
const REASON_CHARACTERS = 500;

/** What went wrong, as one line: exchanges, disks and servers write these texts, and {@link oneLine} makes them harmless. */
export function reasonOf(cause: unknown): string {
  // Some libraries throw objects that only look like errors.
  const isLike = typeof cause === "object" && cause !== null && "message" in cause && typeof cause.message === "string";
  return oneLine(isLike ? String(cause.message) : String(cause));
}

/**
 * Makes a foreign text one line of bounded length. Line ends, escape sequences and invisible formatting are shown escaped,
 * so that a text can't forge a line in a log or move a terminal's cursor.
 */
export function oneLine(text: string, mostCharacters: number = REASON_CHARACTERS): string {
  const short = text.length > mostCharacters ? `${cutText(text, mostCharacters)}…` : text;
  return short.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (found) => {
    if (found === "\n") return "\\n";
    if (found === "\r") return "\\r";
    if (found === "\t") return "\\t";
    return `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
