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
