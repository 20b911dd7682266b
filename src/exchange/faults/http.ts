import type { Random } from "../../core/mod.ts";
import type { Weights } from "../weights.ts";
import type { Faults } from "./faults.ts";
import type { FaultKind } from "./kinds.ts";
import type { Occasions } from "./occasions.ts";

const MINUTE_MS = 60_000;

/** What the exchange says where it doesn't serve (451). Source: Binance spot API, reports of 2026. */
const RESTRICTED = "Service unavailable from a restricted location according to 'b. Eligibility' in the terms.";

/** Answers of a server that has trouble of its own. Source: Binance spot API, error codes, 2026-07. */
const BROKEN: readonly (readonly [status: number, body: string])[] = [
  [500, '{"code":-1000,"msg":"An unknown error occurred while processing the request."}'],
  [502, "<html><head><title>502 Bad Gateway</title></head><body></body></html>"],
  [
    503,
    '{"code":-1008,"msg":"Server is currently overloaded with other requests. Please try again in a few minutes."}',
  ],
  [504, '{"code":-1007,"msg":"Timeout waiting for response from backend server."}'],
];

interface Address {
  readonly name: string;
  readonly occasions: Map<FaultKind, Occasions>;
  /** Luck for the particulars of a fault, apart from that which decides whether it happens. */
  readonly luck: (kind: FaultKind) => Random;
  /** Market time until which the place isn't served. */
  restrictedUntil: number;
}

/** What becomes of an answer on its way. */
export interface AnswerFate {
  /** In place of the answer, if anything. */
  readonly instead: Response | undefined;
  /** Milliseconds of the client's clock by which it is late. */
  readonly lateMs: number;
}

/** What goes wrong with REST calls, for each address that they come from. */
export class HttpFaults {
  readonly #faults: Faults;
  readonly #weights: Weights;
  readonly #speed: number;
  readonly #addresses: Map<string, Address> = new Map();

  /** `speed`: market seconds a second, by which market time becomes the client's. */
  constructor(faults: Faults, weights: Weights, speed: number) {
    this.#faults = faults;
    this.#weights = weights;
    this.#speed = speed;
  }

  /** Before a call is answered: what an address meets at the door. A response where the call gets no further. */
  meet(address: string): Response | undefined {
    if (!this.#faults.has("http-429", "http-418", "http-451")) return undefined;
    const who = this.#address(address);
    const now = this.#faults.now();
    if (who.restrictedUntil > now) return Response.json({ code: 0, msg: RESTRICTED }, { status: 451 });
    if (this.#hits("http-451", who)) {
      const span = Math.round((1 + 4 * who.luck("http-451")()) * MINUTE_MS);
      who.restrictedUntil = now + span;
      this.#note("http-451", who, () => `isn't served for ${Math.round(span / 1_000)} s`);
      return Response.json({ code: 0, msg: RESTRICTED }, { status: 451 });
    }
    // What is due while it is banned waits: it would make no difference.
    if (this.#weights.isBanned(address)) return undefined;
    if (this.#hits("http-418", who)) {
      const span = (2 + 3 * who.luck("http-418")()) * MINUTE_MS;
      this.#weights.ban(address, Math.round(span / this.#speed));
      this.#note("http-418", who, () => `banned for ${Math.round(span / 1_000)} s`);
      return undefined;
    }
    if (this.#hits("http-429", who)) {
      const span = 10_000 + 50_000 * who.luck("http-429")();
      this.#weights.refuse(address, Math.round(span / this.#speed));
      this.#note("http-429", who, () => `refused for ${Math.round(span / 1_000)} s`);
    }
    return undefined;
  }

  /** After a call was answered well: whether the answer gets lost or comes late. */
  fateOf(address: string, path: string): AnswerFate {
    if (!this.#faults.has("http-5xx", "http-slow")) return { instead: undefined, lateMs: 0 };
    const who = this.#address(address);
    const lateMs = this.#hits("http-slow", who) ? Math.round(5_000 + 35_000 * who.luck("http-slow")()) : 0;
    if (lateMs > 0) this.#note("http-slow", who, () => `${path} is answered ${Math.round(lateMs / 1_000)} s late`);
    if (!this.#hits("http-5xx", who)) return { instead: undefined, lateMs };
    const [status, body] = BROKEN[Math.floor(who.luck("http-5xx")() * BROKEN.length)] as (typeof BROKEN)[number];
    this.#note("http-5xx", who, () => `${path} is answered with ${status}`);
    return { instead: new Response(body, { status }), lateMs };
  }

  #hits(kind: FaultKind, { name, occasions }: Address): boolean {
    if (!this.#faults.has(kind)) return false;
    let row = occasions.get(kind);
    if (row === undefined) {
      row = this.#faults.occasions(kind, name, this.#faults.start);
      occasions.set(kind, row);
    }
    return row.hits(this.#faults.now());
  }

  #note(kind: FaultKind, { name }: Address, what: () => string): void {
    this.#faults.note(kind, () => `address ${name}: ${what()}`);
  }

  #address(name: string): Address {
    let address = this.#addresses.get(name);
    if (address === undefined) {
      const rows = new Map<FaultKind, Random>();
      const luck = (kind: FaultKind): Random => {
        const row = rows.get(kind) ?? this.#faults.random(kind, `${name} particulars`);
        rows.set(kind, row);
        return row;
      };
      address = { name, occasions: new Map(), luck, restrictedUntil: Number.NEGATIVE_INFINITY };
      this.#addresses.set(name, address);
    }
    return address;
  }
}
