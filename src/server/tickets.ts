import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import { CACHES, CacheMeter } from "./caches.ts";
import type { Credential } from "./caller.ts";
import { RequestProblem } from "./problem.ts";
import { MAX_TOKEN_CHARACTERS } from "./user-callers.ts";

/** How long a ticket is valid, in milliseconds. */
export const TICKET_MS = 30_000;

/** How far the clocks of servers that share a secret may differ, in milliseconds: a ticket is accepted so much earlier and later. */
export const CLOCK_TOLERANCE_MS = 10_000;

/** The shortest secret, in bytes: as long as the keys that are made from it. */
export const MIN_TICKET_SECRET_BYTES = 32;

/** Memory of a ticket that was used, in bytes. */
const USED_BYTES = 200;

const SALT_BYTES = 16;
const TAG_BYTES = 16;
const CIPHER = "aes-256-gcm";

/** A nonce may be constant where each key encrypts once. */
const NONCE = new Uint8Array(12);

/** The longest ticket, in characters: that of a user with the longest token. */
export const MAX_TICKET_CHARACTERS: number = Math.ceil(((SALT_BYTES + TAG_BYTES + MAX_TOKEN_CHARACTERS + 100) * 4) / 3);

/** What a ticket says. */
interface Content {
  /** In Unix milliseconds, by the clock of the server that issued it. */
  readonly expiresAt: number;
  readonly credential: Credential;
}

/**
 * Tickets for browsers' WebSockets, which can't send a header. A ticket contains the caller's credential, encrypted and authenticated
 * (AES-256-GCM, with a key of its own that HMAC-SHA-256 derives from the secret), so every server that has the secret accepts it, and
 * judges the credential as if it had been sent itself. Each server accepts a ticket once; it doesn't know which ones others have accepted.
 */
export class Tickets {
  readonly #secret: string | Uint8Array;
  readonly #meter: CacheMeter;
  /** Until when each used ticket would still be accepted, by its salt, in the order of use. */
  readonly #used: Map<string, number> = new Map();

  /** `secret`: what servers share; without one, no other server accepts these tickets. */
  constructor(secret?: string, meter: CacheMeter = new CacheMeter(CACHES.tickets.maxBytes)) {
    this.#secret = secret ?? randomBytes(MIN_TICKET_SECRET_BYTES);
    this.#meter = meter;
  }

  /** Used tickets that are remembered. */
  get size(): number {
    return this.#used.size;
  }

  /** A ticket for the holder of a credential. `now` and `expiresAt` are Unix milliseconds. */
  issue(credential: Credential, now: number): { ticket: string; expiresAt: number } {
    const expiresAt = now + TICKET_MS;
    const salt = randomBytes(SALT_BYTES);
    const cipher = createCipheriv(CIPHER, this.#keyOf(salt), NONCE);
    const content: Content = { expiresAt, credential };
    const parts = [salt, cipher.update(JSON.stringify(content)), cipher.final(), cipher.getAuthTag()];
    return { ticket: Buffer.concat(parts).toString("base64url"), expiresAt };
  }

  /** Names a ticket, in hex. */
  static idOf(ticket: string): string {
    return Buffer.from(ticket, "base64url").toString("hex", 0, SALT_BYTES);
  }

  /** The credential for which the ticket was issued, or why it isn't accepted. From now on this server refuses the ticket. */
  redeem(ticket: string, now: number): Credential | RequestProblem {
    const bytes = Buffer.from(ticket, "base64url");
    const content = this.#contentOf(bytes);
    if (content === undefined) return refusal("comes from a server with another --ticket-secret, or is made up");
    const { expiresAt, credential } = content;
    if (now >= expiresAt + CLOCK_TOLERANCE_MS) return refusal("has expired");
    if (now < expiresAt - TICKET_MS - CLOCK_TOLERANCE_MS)
      return refusal("is from the future: the servers' clocks differ");
    const id = bytes.toString("latin1", 0, SALT_BYTES);
    if (this.#used.has(id)) return refusal("has been used");
    this.#remember(id, expiresAt + CLOCK_TOLERANCE_MS, now);
    return credential;
  }

  #contentOf(bytes: Buffer): Content | undefined {
    if (bytes.byteLength <= SALT_BYTES + TAG_BYTES) return undefined;
    const decipher = createDecipheriv(CIPHER, this.#keyOf(bytes.subarray(0, SALT_BYTES)), NONCE);
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const text = Buffer.concat([decipher.update(bytes.subarray(SALT_BYTES, -TAG_BYTES)), decipher.final()]);
      return JSON.parse(text.toString()) as Content;
    } catch {
      return undefined;
    }
  }

  /** The first words tell versions of the content apart. */
  #keyOf(salt: Uint8Array): Buffer {
    return createHmac("sha256", this.#secret).update("vyx ticket 1").update(salt).digest();
  }

  #remember(id: string, until: number, now: number): void {
    this.#used.set(id, until);
    this.#meter.change(USED_BYTES);
    for (const [oldest, end] of this.#used) {
      const isOver = end <= now;
      if (!isOver && !this.#meter.isOver) break;
      this.#used.delete(oldest);
      if (isOver) this.#meter.change(-USED_BYTES);
      else this.#meter.evict(USED_BYTES);
    }
  }
}

function refusal(why: string): RequestProblem {
  return new RequestProblem("unauthorized", `this ticket ${why}: ask POST /tickets for another`);
}
