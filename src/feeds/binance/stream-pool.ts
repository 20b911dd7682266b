import { type Clock, millis, type Random } from "../../core/mod.ts";
import { Backoff } from "./backoff.ts";
import { Session, type SocketFactory } from "./session.ts";

/** Streams on one connection, unless set. The exchange allows 1024 (2026-07); fewer keep the URL short and a cut small. */
const MAX_STREAMS = 400;

/** A connection lives 24 h at most (2026-07): unless set, we leave it an hour earlier. */
const ROTATE_AFTER_MS = 23 * 3_600_000;

/** The share of its life by which a connection is left earlier or later, so that they don't all go at once: half an hour. */
const ROTATE_JITTER = 1 / 46;

/** How long a new connection has to show data of the streams that it takes over, before those that it doesn't are tried elsewhere. */
const PROVE_WITHIN_MS = 75_000;

/** Waits before connecting again. */
const RECONNECT = { firstMs: 250, longestMs: 30_000 } as const;

/** Connection attempts that we allow ourselves; the exchange allows one address 300 in 5 minutes (2026-07). */
const MAX_ATTEMPTS = 200;
const ATTEMPTS_WITHIN_MS = 300_000;

/** Connections at most; streams that would need one more stay where they are until some have ended. */
const MAX_SESSIONS = 64;

/** Connections with fewer streams than this are emptied into the next one that is opened for a rotation. */
const SMALL_SESSION = 40;

/** How long a stream that was moved may stay silent before it is moved again: doubled each time. */
const MOVE_AGAIN = { firstMs: 20_000, longestMs: 1_800_000 } as const;

/** How often rotations, proofs and what is left to do are looked at. */
const LOOK_EVERY_MS = 1_000;

/** What the pool tells, and asks of the feed that it works for. */
export interface PoolHandlers {
  text(session: Session, frame: string): void;
  up(session: Session): void;
  /** `lost` are the streams that no other connection was vouching for: what they said meanwhile is missing. */
  down(session: Session, reason: string, lost: readonly string[]): void;
  /** Whether a stream has spoken lately, on whatever connection: a new one must hear it too before the old one goes. */
  isLively(stream: string): boolean;
  /** Whether nothing of the market has come over any connection for too long. */
  isAllSilent(): boolean;
  note(message: string): void;
}

/** What a pool may be told to do otherwise. */
export interface PoolLimits {
  /** Streams on one connection. */
  readonly streams?: number;
  /** How long a connection lives before it is replaced, in local milliseconds. */
  readonly rotateAfterMs?: number;
}

/** What was done to keep all streams speaking, counted since the start. */
export interface PoolCounts {
  connected: number;
  lost: number;
  rotations: number;
  silentConnections: number;
  resubscribed: number;
  moved: number;
}

/** What is being done about a stream that doesn't speak. */
interface Silence {
  stage: "resubscribed" | "moving";
  readonly backoff: Backoff;
  nextAt: number;
}

/**
 * Keeps every wanted stream on a connection. Make before break: streams change connections only once the new one has
 * delivered their data, be it for the exchange's 24 h limit, its shutdown notice or a stream that fell silent. What two
 * connections both tell meanwhile falls away in the store, which orders states by open time and event time.
 */
export class StreamPool {
  readonly counts: PoolCounts = {
    connected: 0,
    lost: 0,
    rotations: 0,
    silentConnections: 0,
    resubscribed: 0,
    moved: 0,
  };
  readonly #wsUrl: string;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #handlers: PoolHandlers;
  readonly #open: SocketFactory;
  readonly #maxStreams: number;
  readonly #rotateAfterMs: number;
  readonly #wanted: Set<string> = new Set();
  readonly #sessions: Set<Session> = new Set();
  readonly #rotateAt: Map<Session, number> = new Map();
  readonly #silences: Map<string, Silence> = new Map();
  readonly #reconnect: Backoff;
  #attempts: number[] = [];
  #connectAt = 0;
  #made = 0;
  #stopped = false;
  #lastId = 0;

  constructor(
    wsUrl: string,
    clock: Clock,
    random: Random,
    handlers: PoolHandlers,
    open: SocketFactory = (address) => new WebSocket(address),
    limits: PoolLimits = {},
  ) {
    this.#wsUrl = wsUrl.replace(/\/+$/, "");
    this.#clock = clock;
    this.#random = random;
    this.#handlers = handlers;
    this.#open = open;
    this.#maxStreams = limits.streams ?? MAX_STREAMS;
    this.#rotateAfterMs = limits.rotateAfterMs ?? ROTATE_AFTER_MS;
    this.#reconnect = new Backoff(RECONNECT, random);
  }

  /** Connections that are up. */
  get up(): number {
    let up = 0;
    for (const session of this.#sessions) if (session.isUp) up += 1;
    return up;
  }

  /** The connections that there are now, be they opening or up. */
  sessions(): Session[] {
    return [...this.#sessions];
  }

  /** Whether every wanted stream is on a connection that is up. */
  get carriesAll(): boolean {
    if (this.#wanted.size === 0) return false;
    return this.#homeless((session) => session.isUp).length === 0;
  }

  /** Wants these streams from now on. */
  want(streams: Iterable<string>): void {
    for (const stream of streams) this.#wanted.add(stream);
    this.#carryHomeless();
  }

  /** These streams aren't wanted any more; what still comes of them is the feed's to ignore. */
  forget(streams: Iterable<string>): void {
    for (const stream of streams) {
      this.#wanted.delete(stream);
      this.#silences.delete(stream);
      for (const session of this.#sessions) session.streams.delete(stream);
    }
    this.#endEmpty();
  }

  /** A stream spoke on a connection. Called for every frame. */
  heard(session: Session, stream: string): void {
    if (this.#silences.size > 0) this.#silences.delete(stream);
    session.heard.add(stream);
    session.noteData();
    if (session.unproven.size === 0) return;
    session.unproven.delete(stream);
    if (session.unproven.size === 0) this.#takeOver(session);
  }

  /** These streams should have spoken and didn't: they are subscribed again, and moved if that doesn't help. */
  silent(streams: readonly string[]): void {
    const now = this.#clock.now();
    const again: string[] = [];
    const away: string[] = [];
    for (const stream of streams) {
      const silence = this.#silences.get(stream);
      if (silence === undefined) {
        const backoff = new Backoff(MOVE_AGAIN, this.#random);
        this.#silences.set(stream, { stage: "resubscribed", backoff, nextAt: now });
        again.push(stream);
      } else if (now >= silence.nextAt) {
        silence.stage = "moving";
        silence.nextAt = now + silence.backoff.next();
        away.push(stream);
      }
    }
    this.#subscribeAgain(again);
    if (away.length === 0 || this.#sessions.size >= MAX_SESSIONS) return;
    this.counts.moved += away.length;
    this.#launch(away);
  }

  /** The exchange said that it shuts a connection down: its streams move at once. */
  leave(session: Session): void {
    this.#rotate(session);
  }

  /** Keeps everything going until the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#look();
      await this.#clock.sleep(millis(LOOK_EVERY_MS), signal).catch(() => {});
    }
    this.#stopped = true;
    for (const session of [...this.#sessions]) session.end("stopped");
  }

  #look(): void {
    const now = this.#clock.now();
    for (const session of [...this.#sessions]) {
      if (now >= (this.#rotateAt.get(session) ?? Number.POSITIVE_INFINITY)) this.#rotate(session);
      if (session.unproven.size > 0 && now - (session.upAt ?? now) >= PROVE_WITHIN_MS) this.#judge(session);
    }
    this.#carryHomeless();
  }

  /** Opens connections for the streams that none carries, when the back-off allows it. */
  #carryHomeless(): void {
    const now = this.#clock.now();
    if (this.#stopped || now < this.#connectAt) return;
    const homeless = this.#homeless(() => true);
    for (let first = 0; first < homeless.length; first += this.#maxStreams) {
      this.#launch(homeless.slice(first, first + this.#maxStreams));
    }
  }

  #homeless(counts: (session: Session) => boolean): string[] {
    const carried = new Set<string>();
    for (const session of this.#sessions) {
      if (counts(session)) for (const stream of session.streams) carried.add(stream);
    }
    return [...this.#wanted].filter((stream) => !carried.has(stream));
  }

  /** Opens a connection for streams, which others may be carrying until this one has proven itself. */
  #launch(streams: readonly string[]): Session | undefined {
    const now = this.#clock.now();
    this.#attempts = this.#attempts.filter((at) => now - at < ATTEMPTS_WITHIN_MS);
    if (this.#attempts.length >= MAX_ATTEMPTS || this.#sessions.size >= MAX_SESSIONS) return undefined;
    this.#attempts.push(now);
    this.#made += 1;
    const url = `${this.#wsUrl}/stream?streams=${streams.map(encodeStream).join("/")}`;
    const session = new Session(
      this.#made,
      streams,
      url,
      this.#clock,
      {
        up: (up) => this.#cameUp(up),
        text: (from, frame) => this.#handlers.text(from, frame),
        silent: (quiet, quietMs) => this.#meetSilence(quiet, quietMs),
        down: (ended, reason, wasUp) => this.#wentDown(ended, reason, wasUp),
      },
      this.#open,
    );
    this.#sessions.add(session);
    for (const stream of streams) if (this.#isCarried(stream, session)) session.unproven.add(stream);
    return session;
  }

  /**
   * A connection brings nothing. While others bring something it is given up; quiet pairs may leave a small one without a word.
   * While none does, the fault may be the exchange's: it stays open, and another is opened beside it, so that whichever brings
   * data first is heard at once.
   */
  #meetSilence(session: Session, quietMs: number): void {
    if (!this.#handlers.isAllSilent()) {
      const isExpected = session.streams.size >= SMALL_SESSION || this.#anyLively(session.streams);
      if (isExpected) session.end(`silent for ${quietMs} ms`);
      return;
    }
    if (session.unproven.size > 0) {
      session.end(`silent for ${quietMs} ms`);
      return;
    }
    if (this.#isBeingReplaced(session) || this.#clock.now() < this.#connectAt) return;
    if (this.#launch([...session.streams].filter((stream) => this.#wanted.has(stream))) === undefined) return;
    this.counts.silentConnections += 1;
    this.#handlers.note(
      `${session.name}: silent for ${quietMs} ms, and so is every other; another one is opened beside it`,
    );
    this.#connectAt = this.#clock.now() + this.#reconnect.next();
  }

  #cameUp(session: Session): void {
    this.counts.connected += 1;
    const life = this.#rotateAfterMs * (1 + (2 * this.#random() - 1) * ROTATE_JITTER);
    this.#rotateAt.set(session, this.#clock.now() + life);
    // What was quiet on the old connection needn't speak on the new one.
    const lively = [...session.unproven].filter((stream) => this.#handlers.isLively(stream));
    if (session.unproven.size > 0 && lively.length > 0) {
      for (const stream of [...session.unproven]) if (!lively.includes(stream)) session.unproven.delete(stream);
    }
    this.#handlers.up(session);
  }

  #wentDown(session: Session, reason: string, wasUp: boolean): void {
    this.#sessions.delete(session);
    this.#rotateAt.delete(session);
    if (session.heard.size > 0) this.#reconnect.reset();
    const lost = this.#stopped ? [] : [...session.streams].filter((stream) => !this.#isVouchedFor(stream));
    if (wasUp) {
      if (session.streams.size > 0 && !this.#stopped) this.counts.lost += 1;
      if (reason.startsWith("silent")) this.counts.silentConnections += 1;
      this.#handlers.down(session, reason, lost);
    } else {
      this.#handlers.note(`${session.name}: ${reason}`);
    }
    if (lost.length === 0) return;
    const pause = this.#reconnect.next();
    this.#connectAt = this.#clock.now() + pause;
    void this.#clock.sleep(pause).then(() => this.#carryHomeless());
  }

  /**
   * The new connection has shown all that it had to: it takes its streams over from older ones, and those that are left
   * empty end. Younger ones keep theirs: they were opened to replace this one in turn.
   */
  #takeOver(session: Session): void {
    for (const other of this.#sessions) {
      if (other.number >= session.number) continue;
      const moved = [...session.streams].filter((stream) => other.streams.delete(stream));
      for (const stream of moved) other.unproven.delete(stream);
      if (moved.length > 0 && other.streams.size > 0) other.say(this.#request("UNSUBSCRIBE", moved));
    }
    this.#endEmpty();
  }

  /** The time for the proof is over: what spoke moves, what the old connection still hears stays there. */
  #judge(session: Session): void {
    const unheard = [...session.unproven].filter((stream) => this.#handlers.isLively(stream));
    if (session.heard.size === 0) {
      this.#handlers.note(`${session.name}: brought nothing in ${PROVE_WITHIN_MS / 1_000} s`);
      session.end("brought nothing of what it was opened for");
      return;
    }
    for (const stream of unheard) {
      if (this.#isCarried(stream, session)) session.streams.delete(stream);
    }
    session.unproven.clear();
    this.#takeOver(session);
  }

  #rotate(session: Session): void {
    if (session.hasEnded || this.#isBeingReplaced(session)) return;
    const streams = new Set(session.streams);
    for (const other of this.#sessions) {
      const small = other !== session && other.unproven.size === 0 && other.streams.size < SMALL_SESSION;
      if (!small || streams.size + other.streams.size > this.#maxStreams) continue;
      for (const stream of other.streams) streams.add(stream);
    }
    if (this.#launch([...streams].filter((stream) => this.#wanted.has(stream))) === undefined) return;
    this.counts.rotations += 1;
    // Tried again should the new connection fail before it has proven itself.
    this.#rotateAt.set(session, this.#clock.now() + 2 * PROVE_WITHIN_MS);
  }

  /** Whether a connection that has yet to prove itself was opened for all that this one carries. */
  #isBeingReplaced(session: Session): boolean {
    for (const other of this.#sessions) {
      if (other.number <= session.number || (other.isUp && other.unproven.size === 0)) continue;
      if ([...session.streams].every((stream) => other.streams.has(stream))) return true;
    }
    return false;
  }

  #subscribeAgain(streams: readonly string[]): void {
    for (const session of this.#sessions) {
      const here = streams.filter((stream) => session.streams.has(stream));
      if (here.length === 0 || !session.isUp) continue;
      this.counts.resubscribed += here.length;
      session.say(this.#request("UNSUBSCRIBE", here));
      session.say(this.#request("SUBSCRIBE", here));
    }
  }

  #request(method: "SUBSCRIBE" | "UNSUBSCRIBE", params: readonly string[]): object {
    this.#lastId += 1;
    return { method, params, id: this.#lastId };
  }

  /** Whether an older connection has this stream, or is to have it. */
  #isCarried(stream: string, besides: Session): boolean {
    for (const session of this.#sessions) {
      if (session.number < besides.number && session.streams.has(stream)) return true;
    }
    return false;
  }

  /** Whether a connection that is up misses nothing of this stream: it heard it, or has long been there for a quiet one. */
  #isVouchedFor(stream: string): boolean {
    const now = this.#clock.now();
    for (const session of this.#sessions) {
      if (!session.isUp || !session.streams.has(stream)) continue;
      if (session.heard.has(stream)) return true;
      if (!session.unproven.has(stream) && now - (session.upAt ?? now) >= PROVE_WITHIN_MS) return true;
    }
    return false;
  }

  #anyLively(streams: Iterable<string>): boolean {
    for (const stream of streams) if (this.#handlers.isLively(stream)) return true;
    return false;
  }

  #endEmpty(): void {
    for (const session of [...this.#sessions]) if (session.streams.size === 0) session.end("carries nothing any more");
  }
}

/** A stream's name for a URL: symbols may be of any script, while `@` and `!` stay readable. */
function encodeStream(name: string): string {
  return encodeURIComponent(name).replaceAll("%40", "@").replaceAll("%21", "!");
}
