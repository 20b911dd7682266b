import { VyxError } from "../../core/mod.ts";
import { isRetryable, type ProblemCode } from "../../wire/mod.ts";

/** Who calls a function. */
export interface FunctionCaller {
  /** Whose traders are meant: the `sub` of a token, key:NAME, or local. */
  readonly owner: string;
  /** May run traders, and sees those of everyone. */
  readonly isService: boolean;
  /** Whose share of bounded places is taken, the same value from request to request; the owner's where there is none. */
  readonly share?: unknown;
  /**
   * Charges the caller for work before it is done, where the host does so. Throws {@link FunctionProblem} `rate_limited`
   * when the caller can't pay.
   */
  readonly charge?: (work: FunctionWork) => void;
  /** Does work on so many bytes of the request in turn with the host's other work; at once where there is none. */
  readonly inTurn?: <Result>(bytes: number, work: () => Result) => Result | Promise<Result>;
}

/** What a call is about to cause: rows that it lists, characters of code it has checked, symbols it screens, or symbols × closes of a baseline. */
export type FunctionWork =
  | { readonly rows: number }
  | { readonly codeCharacters: number }
  /** Null for all symbols. */
  | { readonly symbols: number | null }
  | { readonly symbolCloses: number };

/** A request that can't be met. The message says what was wrong and what would be right. */
export class FunctionProblem extends VyxError {
  readonly code: ProblemCode;
  readonly retryable: boolean;
  /** For the header Retry-After, in whole seconds. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ProblemCode, detail: string, retryAfterSeconds?: number) {
    super(detail);
    this.code = code;
    this.retryable = isRetryable(code);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** A request whose body wasn't read to its end: its connection is closed after the answer. */
export class UnreadFunctionBody extends FunctionProblem {}

/** Finds out who calls. Throws {@link FunctionProblem} `unauthorized`. */
export type Authorize = (request: Request) => Promise<FunctionCaller>;
