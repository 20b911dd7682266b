import type { Random } from "../../core/mod.ts";
import type { Budget } from "../dialect.ts";
import type { TroubleWords } from "./anatomy.ts";
import type { Faults } from "./faults.ts";
import type { FaultKind } from "./kinds.ts";
import type { Occasions } from "./occasions.ts";

const MINUTE_MS = 60_000;

/** How long an exchange that says no more of it sends an address away: what it asks clients to wait, by their clock. */
const TEN_MINUTES_MS = 10 * MINUTE_MS;

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
  readonly #budget: Budget;
  readonly #words: TroubleWords;
  readonly #speed: number;
  readonly #addresses: Map<string, Address> = new Map();

  /** `speed`: market seconds a second, by which market time becomes the client's. */
  constructor(faults: Faults, words: TroubleWords, budget: Budget, speed: number) {
    this.#words = words;
    this.#faults = faults;
    this.#budget = budget;
    this.#speed = speed;
  }

  /** Before a call is answered: what an address meets at the door. A response where the call gets no further. */
  meet(address: string): Response | undefined {
    if (!this.#faults.has("http-429", "http-418", "http-451", "403-ten-minutes")) return undefined;
    const who = this.#address(address);
    const now = this.#faults.now();
    const restricted = (): Response => Response.json(this.#words.restricted ?? {}, { status: 451 });
    if (who.restrictedUntil > now) return restricted();
    if (this.#hits("http-451", who)) {
      const span = Math.round((1 + 4 * who.luck("http-451")()) * MINUTE_MS);
      who.restrictedUntil = now + span;
      this.#note("http-451", who, () => `isn't served for ${Math.round(span / 1_000)} s`);
      return restricted();
    }
    // What is due while it is banned waits: it would make no difference.
    if (this.#budget.isBanned(address)) return undefined;
    if (this.#hits("http-418", who)) {
      const span = (2 + 3 * who.luck("http-418")()) * MINUTE_MS;
      this.#budget.ban(address, Math.round(span / this.#speed));
      this.#note("http-418", who, () => `banned for ${Math.round(span / 1_000)} s`);
      return undefined;
    }
    if (this.#hits("403-ten-minutes", who)) {
      this.#budget.ban(address, TEN_MINUTES_MS);
      this.#note("403-ten-minutes", who, () => "banned for ten minutes of the clock");
      return undefined;
    }
    if (this.#hits("http-429", who)) {
      const span = 10_000 + 50_000 * who.luck("http-429")();
      this.#budget.refuse?.(address, Math.round(span / this.#speed));
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
    const { broken } = this.#words;
    const [status, body] = broken[Math.floor(who.luck("http-5xx")() * broken.length)] as (typeof broken)[number];
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
