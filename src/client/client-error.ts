import { VyxError } from "../core/mod.ts";
import { PROBLEMS, type ProblemCode } from "../wire/mod.ts";

/** What can go wrong between us and a server, besides what the server itself calls a problem. */
export type ClientErrorCode =
  | ProblemCode
  /** The server couldn't be reached, or the connection broke before the answer was all there. */
  | "network"
  /** No whole answer came in time. */
  | "timeout"
  /** The server failed so often that it is left alone for a while; nothing was sent. */
  | "circuit_open"
  /** An answer that isn't what the contract says: not JSON, or a field of another kind. */
  | "bad_answer"
  /** The server ended a WebSocket for good: it didn't understand us, there were too many channels, or another reason. */
  | "malformed"
  | "too_many_channels"
  | "closed"
  /** There is no WebSocket here, and none was given. */
  | "no_websocket"
  /** An error status without a problem that we know, from a proxy in between for example. */
  | "http_error";

/** What is known besides code and message. */
export interface ClientErrorDetails {
  /** The HTTP status, if there was an answer. */
  readonly status?: number | undefined;
  /** The server's id of the request: finds it in the server's log. */
  readonly requestId?: string | undefined;
  /** How long the server asks to be left alone, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** Every expected failure of a client. The message says what was asked and what came of it. */
export class ClientError extends VyxError {
  readonly code: ClientErrorCode;
  readonly retryable: boolean;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ClientErrorCode, message: string, details: ClientErrorDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    // Said outright: a minified bundle has other names for classes.
    this.name = "ClientError";
    this.code = code;
    this.status = details.status;
    this.requestId = details.requestId;
    this.retryAfterMs = details.retryAfterMs;
    this.retryable = code === "circuit_open" || isTransient(this);
  }
}

/** Whether another try may bring what this one didn't: the network, or a server that is busy or on its way up or down. */
export function isTransient({ code, status }: Pick<ClientError, "code" | "status">): boolean {
  if (code === "network" || code === "timeout") return true;
  return status === 429 || status === 502 || status === 503 || status === 504;
}

/** Whether a problem's code is one that this version knows. */
export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}
