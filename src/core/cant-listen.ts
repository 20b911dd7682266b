import { InvalidInput, reasonOf } from "./errors.ts";

/** Nothing can listen on an address, most often because something else does already. */
export class CantListen extends InvalidInput {
  readonly port: number;
  /** Whether something else listens there. */
  readonly isTaken: boolean;

  /** `advice`: what the user can do about it. */
  constructor(hostname: string, port: number, advice: string, cause: unknown) {
    const isTaken = cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE";
    const why = isTaken ? "the port is in use" : reasonOf(cause);
    super(`can't listen on ${hostname}:${port}: ${why}; ${advice}`, { cause });
    this.port = port;
    this.isTaken = isTaken;
  }
}
