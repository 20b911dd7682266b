import { randomBytes } from "node:crypto";
import { CACHES, CacheMeter } from "./caches.ts";
import type { Caller } from "./caller.ts";

/** How long a ticket is good, in milliseconds. */
export const TICKET_MS = 30_000;

/** What a ticket takes in memory, in bytes. */
const TICKET_BYTES = 300;

interface Issued {
  readonly caller: Caller;
  readonly expiresAt: number;
}

/** One-shot tickets for browsers' WebSockets, which can't send a header. */
export class Tickets {
  /** In the order in which they were given, which is the order in which they end. */
  readonly #issued: Map<string, Issued> = new Map();
  readonly #meter: CacheMeter;

  constructor(meter: CacheMeter = new CacheMeter(CACHES.tickets.maxBytes)) {
    this.#meter = meter;
  }

  /** Tickets that are out. */
  get size(): number {
    return this.#issued.size;
  }

  issue(caller: Caller, now: number): { ticket: string; expiresAt: number } {
    this.#meter.change(TICKET_BYTES);
    for (const [text, issued] of this.#issued) {
      const isOld = issued.expiresAt <= now;
      if (!isOld && !this.#meter.isOver) break;
      this.#issued.delete(text);
      if (isOld) this.#meter.change(-TICKET_BYTES);
      else this.#meter.evict(TICKET_BYTES);
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
    this.#meter.change(-TICKET_BYTES);
    return issued.expiresAt > now && issued.caller.isValid(now) ? issued.caller : undefined;
  }
}
