import { type Clock, millis, type Random, type Stopwatch } from "../../../core/mod.ts";
import type { StreamProtocol } from "../../exchange.ts";
import { inParts } from "../../in-parts.ts";
import { ConnectBudget } from "./connect-budget.ts";
import { PROVE_WITHIN_MS, Proof } from "./proof.ts";
import { Session, type SocketFactory } from "./session.ts";
import { Silences } from "./silences.ts";

/** The share of its life by which a connection is left earlier or later, so that they don't all go at once: half an hour. */
const ROTATE_JITTER = 1 / 46;

/** Connections at most; streams that would need one more stay where they are until some have ended. */
const MAX_SESSIONS = 64;

/** Connections with fewer streams than this are emptied into the next one that is opened for a rotation. */
const SMALL_SESSION = 40;

/** How often rotations, proofs and streams without a connection are checked, in milliseconds. */
const LOOK_EVERY_MS = 1_000;

/** What the pool reports to the feed that it works for, and asks of it. */
export interface PoolHandlers {
  text(session: Session, frame: string): void;
  up(session: Session): void;
  /** `lost` are the streams that no other connection was vouching for: what they sent meanwhile is missing. */
  down(session: Session, reason: string, lost: readonly string[]): void;
  /** Whether a stream has sent data lately on any connection: a new connection must receive it too before the old one goes. */
  isLively(stream: string): boolean;
  /** Whether no connection has brought market data for too long. */
  isAllSilent(): boolean;
  note(message: string): void;
}

/** What may be set in place of the exchange's own limits. */
export interface PoolLimits {
  /** Streams on one connection. */
  readonly streams?: number;
  /** How long a connection lives before it is replaced, in milliseconds of the stopwatch. */
  readonly rotateAfterMs?: number;
}

/** What a pool is made of. */
export interface StreamPoolOptions {
  readonly protocol: StreamProtocol;
  /** The exchange's address, or that of a stand-in. */
  readonly wsUrl: string;
  readonly clock: Pick<Clock, "sleep">;
  /** All that the pool waits for or calls old counts by it. */
  readonly stopwatch: Stopwatch;
  readonly random: Random;
  readonly handlers: PoolHandlers;
  /** The runtime's own WebSocket unless given. */
  readonly open?: SocketFactory | undefined;
  readonly limits?: PoolLimits | undefined;
  /** Host and port of the proxy that `open` uses, for messages. */
  readonly proxy?: string | undefined;
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

/**
 * Keeps every wanted stream on a connection. Make before break: streams change connections only once the new one has
 * delivered their data, be it for the exchange's limit of a connection's life, its shutdown notice or a stream that fell silent. The store
 * drops what both connections bring meanwhile, as it orders states by open time and event time.
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
  readonly #protocol: StreamProtocol;
  readonly #wsUrl: string;
  readonly #clock: Pick<Clock, "sleep">;
  readonly #stopwatch: Stopwatch;
  readonly #random: Random;
  readonly #handlers: PoolHandlers;
  readonly #open: SocketFactory;
  /** Host and port of the proxy that `open` uses, for messages. */
  readonly #proxy: string | undefined;
  readonly #maxStreams: number;
  readonly #rotateAfterMs: number;
  readonly #wanted: Set<string> = new Set();
  readonly #sessions: Set<Session> = new Set();
  readonly #rotateAt: Map<Session, number> = new Map();
  readonly #silences: Silences;
  readonly #budget: ConnectBudget;
  readonly #proof: Proof;
  #made = 0;
  #stopped = false;
  #lastId = 0;

  constructor({ protocol, wsUrl, clock, stopwatch, random, handlers, open, limits = {}, proxy }: StreamPoolOptions) {
    this.#proxy = proxy;
    this.#protocol = protocol;
    this.#wsUrl = wsUrl;
    this.#clock = clock;
    this.#stopwatch = stopwatch;
    this.#random = random;
    this.#handlers = handlers;
    this.#open = open ?? ((address) => new WebSocket(address));
    this.#maxStreams = limits.streams ?? protocol.limits.streams;
    this.#rotateAfterMs = limits.rotateAfterMs ?? protocol.limits.lifeMs;
    this.#silences = new Silences(stopwatch, random);
    this.#budget = new ConnectBudget(protocol.limits.attempts, stopwatch, random);
    this.#proof = new Proof({
      stopwatch,
      sessions: this.#sessions,
      isLively: (stream) => handlers.isLively(stream),
      unsubscribe: (session, streams) => session.say(this.#request("unsubscribe", streams)),
      endEmpty: () => this.#endEmpty(),
      note: (message) => handlers.note(message),
    });
  }

  /** Whether every wanted stream is on a connection that is up. */
  get carriesAll(): boolean {
    if (this.#wanted.size === 0) return false;
    const up = [...this.#sessions].filter((session) => session.isUp);
    // Asked with each /health: a thousand streams are looked up, and nothing is made.
    for (const stream of this.#wanted) if (!up.some(({ streams }) => streams.has(stream))) return false;
    return true;
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
      this.#silences.end(stream);
      for (const session of this.#sessions) session.streams.delete(stream);
    }
    this.#endEmpty();
  }

  /** A stream spoke on a connection. Called for every frame. */
  heard(session: Session, stream: string): void {
    this.#silences.end(stream);
    session.heard.add(stream);
    session.noteData();
    this.#proof.heard(session, stream);
  }

  /** These streams should have spoken and didn't: they are subscribed again, and moved if that doesn't help. */
  wake(streams: readonly string[]): void {
    const { resubscribe, move } = this.#silences.note(streams.filter((stream) => this.#wanted.has(stream)));
    this.#subscribeAgain(resubscribe);
    for (const some of this.#inConnections(move)) {
      if (this.#launch(some) === undefined) return;
      this.#silences.moved(some);
      this.counts.moved += some.length;
    }
  }

  /** The exchange said that it shuts a connection down: its streams move at once, or as soon as another one may be opened. */
  replace(session: Session): void {
    this.#rotateAt.set(session, this.#stopwatch());
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
    const now = this.#stopwatch();
    for (const session of [...this.#sessions]) {
      if (now >= (this.#rotateAt.get(session) ?? Number.POSITIVE_INFINITY)) this.#rotate(session);
      this.#proof.judge(session);
    }
    this.#carryHomeless();
  }

  /** Opens connections for the streams that none carries, when the back-off allows it. */
  #carryHomeless(): void {
    if (this.#stopped || this.#budget.isPaused) return;
    const carried = new Set<string>();
    for (const { streams } of this.#sessions) for (const stream of streams) carried.add(stream);
    const homeless = [...this.#wanted].filter((stream) => !carried.has(stream));
    for (const some of this.#inConnections(homeless)) this.#launch(some);
  }

  /** Streams in parts that one connection each may carry. */
  #inConnections(streams: readonly string[]): string[][] {
    return inParts(streams, this.#maxStreams);
  }

  /** Opens a connection for streams, which others may be carrying until this one has proven itself. */
  #launch(streams: readonly string[]): Session | undefined {
    if (!this.#budget.isLeft || this.#sessions.size >= MAX_SESSIONS) return undefined;
    this.#budget.spend();
    this.#made += 1;
    const { url, subscribe } = this.#protocol.address(this.#wsUrl, streams);
    const session = new Session(this.#made, streams, url, {
      clock: this.#clock,
      stopwatch: this.#stopwatch,
      open: this.#open,
      subscribe,
      limits: this.#protocol.limits,
      ping: this.#protocol.ping,
      proxy: this.#proxy,
      handlers: {
        up: (up) => this.#cameUp(up),
        text: (from, frame) => this.#handlers.text(from, frame),
        quiet: (quiet, quietMs) => this.#meetSilence(quiet, quietMs),
        down: (ended, reason, wasUp) => this.#wentDown(ended, reason, wasUp),
      },
    });
    this.#sessions.add(session);
    this.#proof.begin(session);
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
    if (this.#proof.isBeingReplaced(session) || this.#budget.isPaused) return;
    if (this.#launch([...session.streams].filter((stream) => this.#wanted.has(stream))) === undefined) return;
    this.counts.silentConnections += 1;
    this.#handlers.note(
      `${session.name}: silent for ${quietMs} ms, and so is every other; another one is opened beside it`,
    );
    this.#budget.pause();
  }

  #cameUp(session: Session): void {
    this.counts.connected += 1;
    const life = this.#rotateAfterMs * (1 + (2 * this.#random() - 1) * ROTATE_JITTER);
    this.#rotateAt.set(session, this.#stopwatch() + life);
    this.#proof.cameUp(session);
    this.#handlers.up(session);
  }

  #wentDown(session: Session, reason: string, wasUp: boolean): void {
    this.#sessions.delete(session);
    this.#rotateAt.delete(session);
    if (session.heard.size > 0) this.#budget.succeeded();
    const lost = this.#stopped ? [] : [...session.streams].filter((stream) => !this.#proof.isVouchedFor(stream));
    if (wasUp) {
      if (session.streams.size > 0 && !this.#stopped) this.counts.lost += 1;
      if (reason.startsWith("silent")) this.counts.silentConnections += 1;
      this.#handlers.down(session, reason, lost);
    } else {
      this.#handlers.note(`${session.name}: ${reason}`);
    }
    if (lost.length === 0) return;
    void this.#clock.sleep(this.#budget.pause()).then(() => this.#carryHomeless());
  }

  #rotate(session: Session): void {
    if (session.hasEnded || this.#proof.isBeingReplaced(session)) return;
    const streams = new Set(session.streams);
    for (const other of this.#sessions) {
      const small = other !== session && other.unproven.size === 0 && other.streams.size < SMALL_SESSION;
      if (!small || streams.size + other.streams.size > this.#maxStreams) continue;
      for (const stream of other.streams) streams.add(stream);
    }
    if (this.#launch([...streams].filter((stream) => this.#wanted.has(stream))) === undefined) return;
    this.counts.rotations += 1;
    // Tried again should the new connection fail before it has proven itself.
    this.#rotateAt.set(session, this.#stopwatch() + 2 * PROVE_WITHIN_MS);
  }

  #subscribeAgain(streams: readonly string[]): void {
    for (const session of this.#sessions) {
      const here = streams.filter((stream) => session.streams.has(stream));
      if (here.length === 0 || !session.isUp) continue;
      this.counts.resubscribed += here.length;
      // Both or neither: one that is only ended would be lost.
      session.say([...this.#request("unsubscribe", here), ...this.#request("subscribe", here)]);
    }
  }

  #request(kind: "subscribe" | "unsubscribe", streams: readonly string[]): readonly string[] {
    this.#lastId += 1;
    return this.#protocol.request(kind, streams, this.#lastId);
  }

  #anyLively(streams: Iterable<string>): boolean {
    for (const stream of streams) if (this.#handlers.isLively(stream)) return true;
    return false;
  }

  #endEmpty(): void {
    for (const session of [...this.#sessions]) if (session.streams.size === 0) session.end("carries nothing any more");
  }
}
