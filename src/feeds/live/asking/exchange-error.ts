import { oneLine, VyxError } from "../../../core/mod.ts";
import type { RefusalKind } from "../../exchange.ts";

/** A REST call that brought no usable answer. `status` is the HTTP status, or undefined when there was none. */
export class ExchangeError extends VyxError {
  readonly code = "exchange_error";
  readonly retryable: boolean;
  readonly status: number | undefined;
  /** What the exchange's refusal means, where it is known. */
  readonly refusal: RefusalKind | undefined;
  /** The exchange answered, and what it answered can't be read: that says nothing about other calls. */
  readonly isUnreadable: boolean;

  constructor(
    message: string,
    status: number | undefined,
    retryable: boolean,
    {
      cause,
      refusal,
      isUnreadable = false,
    }: {
      readonly cause?: unknown;
      readonly refusal?: RefusalKind | undefined;
      readonly isUnreadable?: boolean;
    } = {},
  ) {
    super(oneLine(message), { cause });
    this.status = status;
    this.retryable = retryable;
    this.refusal = refusal;
    this.isUnreadable = isUnreadable;
  }

  /** The exchange doesn't know the symbol that was asked for. */
  get isUnknownSymbol(): boolean {
    return this.refusal === "unknown_symbol";
  }

  /** Whether the exchange answered, and the failure is about this question rather than about all. */
  get isOfQuestion(): boolean {
    if (this.status === undefined || this.status >= 500) return false;
    return this.refusal !== "stop" && this.refusal !== "address" && this.refusal !== "trouble";
  }

  /** The failure in a few words for people who can't see this machine: no addresses, no texts of the system. */
  get says(): string {
    if (this.isUnreadable) return "the exchange's answer can't be read";
    switch (this.refusal) {
      case "stop":
        return "the exchange takes no requests from this server for a while";
      case "address":
        return "the exchange refuses requests from this server's address";
      case "unknown_symbol":
        return "the exchange doesn't know it";
      case "question":
        return "the exchange refuses the question";
      case "unsettled":
        return "the exchange isn't certain of its history yet";
      case "trouble":
        return "the exchange has trouble of its own";
      default:
        return this.status === undefined
          ? "the exchange doesn't answer"
          : `the exchange answers with status ${this.status}`;
    }
  }
}
