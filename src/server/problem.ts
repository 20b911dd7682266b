import { VyxError } from "../core/mod.ts";
import { isRetryable, type ProblemCode } from "../wire/mod.ts";

/** A request that can't be met; becomes an error answer. `message` says what was wrong and what would be right. */
export class RequestProblem extends VyxError {
  readonly code: ProblemCode;
  readonly retryable: boolean;
  /** For the header Retry-After, in whole seconds. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ProblemCode, detail: string, retryAfterSeconds?: number) {
    super(detail);
    this.retryAfterSeconds = retryAfterSeconds;
    this.code = code;
    this.retryable = isRetryable(code);
  }
}

/** A text from outside, short enough to be repeated in an answer. */
export function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
