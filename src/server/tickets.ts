import { randomBytes } from "node:crypto";
import type { Caller } from "./caller.ts";

/** How long a ticket is good, in milliseconds. */
export const TICKET_MS = 30_000;

/** Tickets that are out at once; past it the oldest is void, and its holder asks for another. */
export const MAX_TICKETS = 10_000;

interface Issued {
  readonly caller: Caller;
  readonly expiresAt: number;
}

/** One-shot tickets for browsers' WebSockets, which can't send a header. */
export class Tickets {
  /** In the order in which they were given, which is the order in which they end. */
  readonly #issued: Map<string, Issued> = new Map();

  /** Tickets that are out. */
  get size(): number {
    return this.#issued.size;
  }

  issue(caller: Caller, now: number): { ticket: string; expiresAt: number } {
    for (const [text, issued] of this.#issued) {
      if (issued.expiresAt > now && this.#issued.size < MAX_TICKETS) break;
      this.#issued.delete(text);
    }
    const ticket = randomBytes(24).toString("base64url");
    const expiresAt = now + TICKET_MS;
    this.#issued.set(ticket, { caller, expiresAt });
    return { ticket, expiresAt };
  }

  /** Who was given the ticket; it is void from now on. Undefined for one that is used, too old or made up. */
  redeem(ticket: string, now: number): Caller | undefined {
    const issued = this.#issued.get(ticket);
    if (issued === undefined) return undefined;
    this.#issued.delete(ticket);
    return issued.expiresAt > now && issued.caller.isValid(now) ? issued.caller : undefined;
  }
}
