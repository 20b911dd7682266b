import { LoopTurnAge } from "./loop-turn-age.ts";
import { LOOP_SLICE_MS, type LoopTurns } from "./loop-turns.ts";
import type { Socket } from "./socket.ts";

/** Frames of up to so many characters are read at once, while those of one turn of the event loop take less than a slice together. */
const SMALL_FRAME_CHARACTERS = 2_048;

/**
 * So many frames of one socket wait at most, and so many characters of them: a socket's first burst of messages fits, and so do the
 * characters that a caller may send at once.
 */
export const MAX_WAITING_FRAMES = 100;
export const MAX_WAITING_FRAME_CHARACTERS: number = 512 * 1024;

/** A part of the work that a frame causes. Returns the next one; undefined after the last. */
export type FrameStep = () => FrameStep | undefined;

/** Frames that wait for the one of their socket that is being read. */
interface WaitingFrames {
  readonly frames: (string | Buffer)[];
  characters: number;
}

/** What reads frames. */
export interface FrameTurnsParts {
  readonly turns: LoopTurns;
  /** Milliseconds on a clock that only goes forward. */
  readonly stopwatch: () => number;
  /** Whether the socket is still open. */
  readonly isOpen: (socket: Socket) => boolean;
  /** Begins to read a frame. Returns what is left to do. */
  readonly take: (socket: Socket, frame: string | Buffer) => FrameStep | undefined;
  /** Called with an error of this server, and the id of the request that opened the socket. */
  readonly onError: (id: string, cause: unknown) => void;
}

/**
 * Large frames, which may name a thousand channels, are read step by step, in turn with all other long work on the event loop; so are small
 * ones of which many come at once, or which cause much work. What a socket sends after such a frame waits for it.
 */
export class FrameTurns {
  readonly #parts: FrameTurnsParts;
  readonly #age: LoopTurnAge = new LoopTurnAge();
  readonly #waiting: WeakMap<Socket, WaitingFrames> = new WeakMap();

  constructor(parts: FrameTurnsParts) {
    this.#parts = parts;
  }

  /** Reads a frame, now or in turn. Gives back false where too many wait for its socket: then it isn't read at all. */
  add(socket: Socket, frame: string | Buffer): boolean {
    const waiting = this.#waiting.get(socket);
    if (waiting !== undefined) return wait(waiting, frame);
    let step = this.#begin(socket, frame);
    try {
      if (frame.length <= SMALL_FRAME_CHARACTERS) while (step !== undefined && this.#hasTime()) step = step();
    } catch (cause) {
      // As for a frame that waits: the runtime would print it, and the sender would get nothing.
      this.#parts.onError(socket.data.id, cause);
      return true;
    }
    if (step !== undefined) void this.#readAll(socket, step);
    return true;
  }

  #begin(socket: Socket, frame: string | Buffer): FrameStep | undefined {
    return () => this.#parts.take(socket, frame);
  }

  /** Whether this turn of the event loop may take longer. */
  #hasTime(): boolean {
    return this.#age.at(this.#parts.stopwatch()) < LOOP_SLICE_MS;
  }

  /** Goes on with a frame, and reads those that come meanwhile. */
  async #readAll(socket: Socket, begun: FrameStep): Promise<void> {
    const { turns, isOpen, onError } = this.#parts;
    const { caller, id } = socket.data;
    const waiting: WaitingFrames = { frames: [], characters: 0 };
    this.#waiting.set(socket, waiting);
    for (let step: FrameStep | undefined = begun; step !== undefined; ) {
      const due = step;
      try {
        // It may have closed while the step waited: nothing is subscribed for a socket that the hub has forgotten.
        step = await turns.run(caller, () => (isOpen(socket) ? due() : undefined));
      } catch (cause) {
        onError(id, cause);
        step = undefined;
      }
      const next = step === undefined && isOpen(socket) ? nextOf(waiting) : undefined;
      if (next !== undefined) step = this.#begin(socket, next);
    }
    this.#waiting.delete(socket);
  }
}

function wait(waiting: WaitingFrames, frame: string | Buffer): boolean {
  const { frames, characters } = waiting;
  if (frames.length >= MAX_WAITING_FRAMES || characters + frame.length > MAX_WAITING_FRAME_CHARACTERS) return false;
  frames.push(frame);
  waiting.characters += frame.length;
  return true;
}

function nextOf(waiting: WaitingFrames): string | Buffer | undefined {
  const frame = waiting.frames.shift();
  waiting.characters -= frame?.length ?? 0;
  return frame;
}
