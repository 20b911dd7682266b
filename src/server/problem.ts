import { VyxError } from "../core/mod.ts";
import { PROBLEMS, type ProblemCode } from "../wire/mod.ts";

/** A request that can't be met; becomes an error answer. `message` says what was wrong and what would be right. */
export class RequestProblem extends VyxError {
  readonly code: ProblemCode;
  readonly retryable: boolean;

  constructor(code: ProblemCode, detail: string) {
    super(detail);
    this.code = code;
    this.retryable = PROBLEMS[code].status >= 500 || code === "rate_limited";
  }
}

/** A request that can be met later; its answer says so in `Retry-After`. */
export class RetryLater extends RequestProblem {
  /** When to try again. */
  readonly seconds: number;

  constructor(code: "rate_limited" | "not_ready", detail: string, seconds: number) {
    super(code, detail);
    this.seconds = seconds;
  }
}

/** A text from outside, short enough to be repeated in an answer. */
export function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
