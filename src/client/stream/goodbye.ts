import { CLOSE } from "../../wire/mod.ts";
import { ClientError, type ClientErrorCode } from "../client-error.ts";

/** What the end of a connection means. */
export interface Goodbye {
  readonly reason: string;
  /** Set when coming back is pointless. */
  readonly error: ClientError | undefined;
}

const REASONS: Readonly<Record<number, string>> = {
  [CLOSE.shutdown]: "the server is shutting down",
  [CLOSE.tooOld]: "the server closes old connections, so that they spread over all servers",
  [CLOSE.tooSlow]: "this connection was too slow",
  [CLOSE.unauthorized]: "the server doesn't accept the key or ticket",
  [CLOSE.malformed]: "the server didn't understand a request",
  [CLOSE.tooManyChannels]: "too many channels for one subscription",
};

const CODES: Readonly<Record<number, ClientErrorCode>> = {
  [CLOSE.unauthorized]: "unauthorized",
  [CLOSE.malformed]: "malformed",
  [CLOSE.tooManyChannels]: "too_many_channels",
};

/**
 * Reads a close code. The standard's own, 1006 for example, and unknown ones below 4500 say: come back. `wasUp`: whether the server had said
 * hello.
 */
export function goodbyeOf(code: number, said: string, wasUp: boolean): Goodbye {
  const unsaid = wasUp ? `the connection was cut (${code})` : `no connection to the server (${code})`;
  const words = REASONS[code] ?? (said === "" ? unsaid : said);
  const reason = said === "" || said === words ? words : `${words}: ${said}`;
  const error =
    code < CLOSE.unauthorized || code > 4999
      ? undefined
      : new ClientError(CODES[code] ?? "closed", `the server closed the connection for good (${code}): ${reason}`);
  return { reason, error };
}
