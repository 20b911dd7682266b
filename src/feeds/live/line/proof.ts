import type { Stopwatch } from "../../../core/mod.ts";
import type { Session } from "./session.ts";

/** How long a new connection has to show data of the streams that it takes over, before those that it doesn't are tried elsewhere. */
export const PROVE_WITHIN_MS = 75_000;

/** What {@link Proof} asks of the pool that it works for. */
export interface ProofContext {
  readonly stopwatch: Stopwatch;
  readonly sessions: ReadonlySet<Session>;
  /** Whether a stream has sent data lately, on any connection. */
  isLively(stream: string): boolean;
  /** These streams of a connection are another's now. */
  unsubscribe(session: Session, streams: readonly string[]): void;
  /** Connections may carry nothing any more. */
  endEmpty(): void;
  note(message: string): void;
}

/**
 * Make before break: a new connection takes streams over from older ones once it has shown data of those that are lively.
 * Until then both carry them.
 */
export class Proof {
  readonly #context: ProofContext;

  constructor(context: ProofContext) {
    this.#context = context;
  }

  /** A connection was opened: what older ones carry it has to prove. */
  begin(session: Session): void {
    for (const stream of session.streams) if (this.#isCarried(stream, session)) session.unproven.add(stream);
  }

  /** It is up: a stream that was quiet on the old connection needn't send data on the new one. */
  cameUp(session: Session): void {
    const lively = new Set([...session.unproven].filter((stream) => this.#context.isLively(stream)));
    if (lively.size === 0) return;
    for (const stream of [...session.unproven]) if (!lively.has(stream)) session.unproven.delete(stream);
  }

  /** A stream sent data on it. */
  heard(session: Session, stream: string): void {
    if (session.unproven.size === 0) return;
    session.unproven.delete(stream);
    if (session.unproven.size === 0) this.#takeOver(session);
  }

  /** Where the time for the proof is over, streams that sent data move, and those that only the old connection receives stay there. */
  judge(session: Session): void {
    const { stopwatch, isLively, note } = this.#context;
    if (session.unproven.size === 0 || stopwatch() - (session.upAt ?? stopwatch()) < PROVE_WITHIN_MS) return;
    const unheard = [...session.unproven].filter((stream) => isLively(stream));
    if (session.heard.size === 0) {
      note(`${session.name}: brought nothing in ${PROVE_WITHIN_MS / 1_000} s`);
      session.end("brought nothing of what it was opened for");
      return;
    }
    for (const stream of unheard) {
      if (this.#isCarried(stream, session)) session.streams.delete(stream);
    }
    session.unproven.clear();
    this.#takeOver(session);
  }

  /** Whether a connection that is up misses nothing of this stream: it received it, or has long carried a quiet one. */
  isVouchedFor(stream: string): boolean {
    const { stopwatch, sessions } = this.#context;
    const now = stopwatch();
    for (const session of sessions) {
      if (!session.isUp || !session.streams.has(stream)) continue;
      if (session.heard.has(stream)) return true;
      if (!session.unproven.has(stream) && now - (session.upAt ?? now) >= PROVE_WITHIN_MS) return true;
    }
    return false;
  }

  /** Whether a connection that has yet to prove itself was opened for all that this one carries. */
  isBeingReplaced(session: Session): boolean {
    for (const other of this.#context.sessions) {
      if (other.number <= session.number || (other.isUp && other.unproven.size === 0)) continue;
      if ([...session.streams].every((stream) => other.streams.has(stream))) return true;
    }
    return false;
  }

  /**
   * The new connection has shown all that it had to: it takes its streams over from older ones, and those that are left
   * empty end. Younger ones keep theirs: they were opened to replace this one in turn.
   */
  #takeOver(session: Session): void {
    for (const other of this.#context.sessions) {
      if (other.number >= session.number) continue;
      const moved = [...session.streams].filter((stream) => other.streams.delete(stream));
      for (const stream of moved) other.unproven.delete(stream);
      if (moved.length > 0 && other.streams.size > 0) this.#context.unsubscribe(other, moved);
    }
    this.#context.endEmpty();
  }

  /** Whether an older connection has this stream, or is to have it. */
  #isCarried(stream: string, besides: Session): boolean {
    for (const session of this.#context.sessions) {
      if (session.number < besides.number && session.streams.has(stream)) return true;
    }
    return false;
  }
}
