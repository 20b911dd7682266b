import { VyxError } from "../core/mod.ts";
import type { ProblemCode } from "../wire/mod.ts";

/** Codes of client errors: the server's problem codes, and errors between client and server. */
export type ClientErrorCode =
  | ProblemCode
  /** The server couldn't be reached, or the connection broke before the whole answer arrived. */
  | "network"
  /** The whole answer didn't arrive in time. */
  | "timeout"
  /** The server failed repeatedly, so the client sent nothing. */
  | "circuit_open"
  /** The answer doesn't match the schema: not JSON, or a field of the wrong type. */
  | "bad_answer"
  /** The server closed a WebSocket permanently: malformed request, too many channels, or another reason. */
  | "malformed"
  | "too_many_channels"
  | "closed"
  /** The runtime has no WebSocket, and the options have none. */
  | "no_websocket"
  /** An error status without a known problem code, for example from a proxy. */
  | "http_error";

/** Optional details of an error. */
export interface ClientErrorDetails {
  /** The HTTP status, if an answer arrived. */
  readonly status?: number | undefined;
  /** The server's id of the request, for its log. */
  readonly requestId?: string | undefined;
  /** The server's `Retry-After`, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** Every expected failure of a client. The message names the request and the error. */
export class ClientError extends VyxError {
  readonly code: ClientErrorCode;
  readonly retryable: boolean;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ClientErrorCode, message: string, details: ClientErrorDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    // Set explicitly, because a minified bundle renames classes.
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
