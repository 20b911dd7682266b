import { randomBytes } from "node:crypto";
import { amountOf } from "../core/mod.ts";

/** The most bytes that an outbox sends ahead of the client's pongs. What the client hasn't read is held by the system meanwhile. */
export const WINDOW_BYTES: number = 512 * 1024;

/** After so many bytes a ping is sent along. */
const PING_EVERY_BYTES = 64 * 1024;

/**
 * How far a socket's outbox is ahead of its reader. The system takes up to 4 MB for a connection whose client reads nothing, and
 * nobody sees them; so pings go along with the messages, and each pong shows how far the client has read. Clients answer pings
 * by themselves as they read (RFC 6455, 5.5.2). A ping's text can't be guessed, so a pong proves that it was read.
 */
export class FlightWindow {
  #sent = 0;
  #acknowledged = 0;
  #pinged = 0;
  /** By a ping's text: bytes that were sent before it. */
  readonly #pings: Map<string, number> = new Map();

  /** Bytes that were sent and not acknowledged yet. */
  get unread(): number {
    return this.#sent - this.#acknowledged;
  }

  get isFull(): boolean {
    return this.unread >= WINDOW_BYTES;
  }

  /** Counts bytes that were sent. Gives back the text of a ping that must follow them, if one is due. */
  sent(bytes: number): string | undefined {
    this.#sent += amountOf(bytes, "bytes sent");
    if (this.#sent - this.#pinged < PING_EVERY_BYTES) return undefined;
    this.#pinged = this.#sent;
    const text = randomBytes(6).toString("base64url");
    this.#pings.set(text, this.#sent);
    return text;
  }

  /** A pong came. Gives back whether it answers a ping of ours. */
  pong(text: string): boolean {
    const upTo = this.#pings.get(text);
    if (upTo === undefined) return false;
    this.#acknowledged = Math.max(this.#acknowledged, upTo);
    for (const [earlier, bytes] of this.#pings) if (bytes <= upTo) this.#pings.delete(earlier);
    return true;
  }
}
