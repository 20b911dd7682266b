import type { Random, UnixMs } from "../../core/mod.ts";
import type { StreamAddress } from "../dialect.ts";
import type { Anatomy } from "./anatomy.ts";
import type { DeadAir } from "./dead-air.ts";
import type { Faults } from "./faults.ts";
import { misdated } from "./frame-times.ts";
import { garbageFor, truncated } from "./garbage.ts";
import type { FaultKind } from "./kinds.ts";
import type { Occasions } from "./occasions.ts";

/** The exchange lets a connection live for so long (Binance, 2026-07). */
const LIFE_MS = 24 * 3_600_000;

/** The codes that a connection is closed with. Source: RFC 6455, 7.4.1. */
const GOING_AWAY = 1001;

/** The kinds that may touch a frame. */
const TOUCHING: readonly FaultKind[] = [
  "stall",
  "ack-only",
  "drop",
  "duplicate",
  "reorder",
  "garbage",
  "truncate",
  "dead-air",
  "junk-frames",
  "clock-ahead",
  "clock-behind",
];

/** What a connection has to do at a step of market time. */
export type ConnectionOrder =
  | { readonly what: "terminate" }
  | { readonly what: "close"; readonly code: number; readonly reason: string }
  | { readonly what: "send"; readonly text: string };

/** What goes wrong on one connection. */
export class ConnectionFaults {
  readonly #faults: Faults;
  readonly #name: string;
  readonly #combined: boolean;
  readonly #anatomy: Anatomy;
  readonly #openedAt: UnixMs;
  readonly #air: DeadAir;
  /** Whether any frame may be touched; otherwise nobody needs to ask. */
  readonly touchFrames: boolean;
  /** Whether there is anything to do as time goes on. */
  readonly #isMortal: boolean;
  readonly #occasions: Map<FaultKind, Occasions> = new Map();
  readonly #random: Map<FaultKind, Random> = new Map();
  /** Streams that never deliver. */
  readonly #mute: Set<string> = new Set();
  /** A frame that waits for the next one: of its stream, or of any. */
  #held: { readonly frame: string; readonly stream: string; readonly behind: string | undefined } | undefined;
  #isStalled = false;
  #closesAt = Number.POSITIVE_INFINITY;

  constructor(faults: Faults, anatomy: Anatomy, name: string, { combined, silent }: StreamAddress, air: DeadAir) {
    this.#anatomy = anatomy;
    this.#air = air;
    this.#faults = faults;
    this.#name = name;
    this.#combined = combined;
    this.#openedAt = faults.now();
    this.touchFrames = faults.has(...TOUCHING);
    if (silent) this.#note("silent-old-path", () => "is on a path that acknowledges everything and tells nothing");
    this.#isMortal = faults.has("disconnect", "stall", "shutdown", "cut-24h");
  }

  /** Whether it says nothing any more. */
  get isStalled(): boolean {
    return this.#isStalled;
  }

  /** Streams stand in the connection's address. */
  named(streams: readonly string[]): void {
    for (const stream of streams) this.#ask([stream]);
  }

  /** Streams were asked for by one SUBSCRIBE. */
  subscribed(streams: readonly string[]): void {
    this.#ask(streams);
  }

  unsubscribed(streams: readonly string[]): void {
    for (const stream of streams) this.#mute.delete(stream);
  }

  /** What is sent in place of a frame of a stream. */
  framesFor(stream: string, frame: string): readonly (string | Uint8Array)[] {
    if (this.#isStalled || this.#mute.has(stream)) return [];
    const aired = this.#air.insteadOf(frame);
    if (aired !== frame) return aired === undefined ? [] : [aired];
    const sent = this.#spoiled(stream, frame);
    const held = this.#held;
    if (held === undefined || (held.behind !== undefined && held.behind !== stream)) return sent;
    if (sent.length === 0) return sent;
    this.#held = undefined;
    this.#note("reorder", () => `a frame of ${held.stream} comes after the next`);
    return [...sent, held.frame];
  }

  /** What is to be done at a step of market time. */
  step(now: UnixMs): ConnectionOrder | undefined {
    if (!this.#isMortal || this.#isStalled) return undefined;
    if (now >= this.#closesAt) return { what: "close", code: GOING_AWAY, reason: "Server shutdown" };
    if (this.#hits("disconnect")) {
      this.#note("disconnect", () => "closes without a word");
      return { what: "terminate" };
    }
    if (this.#hits("cut-24h") || this.#hasLivedLongEnough(now)) {
      this.#note("cut-24h", () => "has lived long enough");
      return { what: "close", code: GOING_AWAY, reason: "24 hours" };
    }
    if (this.#hits("stall")) {
      this.#isStalled = true;
      this.#note("stall", () => "is silent from now on");
      return undefined;
    }
    return this.#closesAt === Number.POSITIVE_INFINITY && this.#hits("shutdown") ? this.#shutdown(now) : undefined;
  }

  #hasLivedLongEnough(now: UnixMs): boolean {
    return this.#faults.often("cut-24h") > 0 && now - this.#openedAt >= LIFE_MS && !this.#faults.isCalmAt(now);
  }

  #shutdown(now: UnixMs): ConnectionOrder {
    const random = this.#luck("shutdown");
    const seconds = 1 + Math.floor(random() * 10);
    this.#closesAt = now + seconds * 1_000;
    this.#note("shutdown", () => `is told that the server goes down, and closes ${seconds} s later`);
    const isWrapped = this.#combined && random() < 0.5;
    return { what: "send", text: this.#anatomy.words.shutdown?.(now, isWrapped) ?? "" };
  }

  #ask(streams: readonly string[]): void {
    if (!this.#faults.everywhere("ack-only").hits(this.#faults.now())) return;
    for (const stream of streams) this.#mute.add(stream);
    this.#note("ack-only", () => `never delivers ${streams.slice(0, 3).join(", ")}${streams.length > 3 ? " …" : ""}`);
  }

  #spoiled(stream: string, frame: string): readonly string[] {
    if (this.#hits("drop")) {
      this.#note("drop", () => `a frame of ${stream} is lost`);
      return [];
    }
    if (this.#hits("garbage")) {
      const { text, name } = garbageFor(frame, this.#anatomy.frames, this.#luck("garbage"));
      this.#note("garbage", () => `${name} in place of a frame of ${stream}`);
      return [text];
    }
    if (this.#hits("truncate")) {
      const left = truncated(frame, this.#luck("truncate"));
      this.#note("truncate", () => `${left.length} of ${frame.length} characters of a frame of ${stream}`);
      return [left];
    }
    for (const [kind, way] of [
      ["clock-ahead", 1],
      ["clock-behind", -1],
    ] as const) {
      if (!this.#hits(kind)) continue;
      const { text, byMs } = misdated(frame, this.#anatomy.frames, way, this.#luck(kind));
      this.#note(kind, () => `a frame of ${stream} is dated ${Math.round(byMs / 1_000)} s off`);
      return [text];
    }
    if (this.#hits("duplicate")) {
      this.#note("duplicate", () => `a frame of ${stream} comes twice`);
      return [frame, frame];
    }
    if (this.#held === undefined && this.#hits("reorder")) {
      this.#held = { frame, stream, behind: this.#luck("reorder")() < 0.5 ? stream : undefined };
      return [];
    }
    return [frame];
  }

  #hits(kind: FaultKind): boolean {
    if (!this.#faults.has(kind)) return false;
    let occasions = this.#occasions.get(kind);
    if (occasions === undefined) {
      occasions = this.#faults.occasions(kind, this.#name, this.#openedAt);
      this.#occasions.set(kind, occasions);
    }
    return occasions.hits(this.#faults.now());
  }

  /** Luck for the particulars of a fault, apart from that which decides whether it happens. */
  #luck(kind: FaultKind): Random {
    let random = this.#random.get(kind);
    if (random === undefined) {
      random = this.#faults.random(kind, `${this.#name} particulars`);
      this.#random.set(kind, random);
    }
    return random;
  }

  #note(kind: FaultKind, what: () => string): void {
    this.#faults.note(kind, () => `${this.#name}: ${what()}`);
  }
}
