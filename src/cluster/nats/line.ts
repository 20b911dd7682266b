import type { Msg, Subscription } from "@nats-io/transport-node";
import type { Clock, MarketId, StopSignal, Stopwatch } from "../../core/mod.ts";
import { SOURCE_HEADER } from "../../wire/mod.ts";
import { FILLING_HEADER } from "./finals-queue.ts";
import { LineSocket } from "./line-socket.ts";
import type { NatsAccess, NatsLink } from "./link.ts";
import { Speakers } from "./speakers.ts";
import { finalsOf, livesOf, nodeOfLive } from "./subjects.ts";
import { StreamTail } from "./tail.ts";

const KLINE = '{"type":"kline","channel":"';

/** Near the end of a kline's frame, before the market's time. */
const TIME = '"time":';

/** What a line is made of. */
export interface NatsLineParts {
  readonly link: NatsLink;
  readonly market: MarketId;
  readonly clock: Pick<Clock, "sleep">;
  readonly stopwatch: Stopwatch;
  readonly log: { info(message: string): void; warn(message: string): void };
  /**
   * Where this node's data comes from; null while it doesn't know. What another source's node publishes is left out: simulated figures among
   * real ones would be called real.
   */
  readonly source: () => string | null;
  /** A final state came through the stream. */
  readonly final?: (frame: string) => void;
}

/**
 * The streams of a market over NATS, for a feed that follows another Vyx. Final states come twice: as they are published, so that no lost
 * stream keeps them from coming, and by the stream's sequence, so that none of a cut is missing. The store drops the second one.
 */
export class NatsLine {
  readonly tail: StreamTail;
  readonly #parts: NatsLineParts;
  readonly #sockets: Set<LineSocket> = new Set();
  #subscriptions: readonly Subscription[] = [];
  readonly #speakers: Speakers;

  constructor(parts: NatsLineParts) {
    this.#parts = parts;
    this.#speakers = new Speakers(parts.stopwatch);
    const { link, market, clock, stopwatch, log } = parts;
    this.tail = new StreamTail({
      ...{ link, market, clock, stopwatch, log },
      final: (frame, source) => {
        if (!this.#isOurs(source)) return;
        this.#tell(frame);
        parts.final?.(frame);
      },
    });
  }

  /** The node whose open states and tickers are read; undefined before the first. */
  get speaker(): string | undefined {
    return this.#speakers.current;
  }

  /** Makes what a feed takes for a WebSocket. It opens once NATS is there. */
  readonly openSocket = (): WebSocket => {
    const socket = new LineSocket((closed) => this.#sockets.delete(closed));
    this.#sockets.add(socket);
    queueMicrotask(() => {
      if (this.#parts.link.access !== undefined) socket.open();
    });
    // A feed uses nothing else of a WebSocket.
    return socket as unknown as WebSocket;
  };

  /** Works until the signal is aborted. */
  async run(signal: StopSignal): Promise<void> {
    const unlisten = this.#parts.link.listen({
      up: (access) => this.#cameUp(access),
      down: () => {
        for (const socket of [...this.#sockets]) socket.drop("the connection to NATS was lost");
      },
    });
    await this.tail.run(signal);
    unlisten();
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  /** The client restores subscriptions itself, where the connection is the same. */
  #cameUp({ connection }: NatsAccess): void {
    const { market } = this.#parts;
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#subscriptions = [
      connection.subscribe(finalsOf(market), { callback: (error, message) => this.#published(error, message) }),
      connection.subscribe(livesOf(market), { callback: (error, message) => this.#spoken(error, message) }),
    ];
    for (const socket of this.#sockets) socket.open();
  }

  #published(error: Error | null, message: Msg): void {
    if (error !== null || message.headers?.has(FILLING_HEADER) === true) return;
    if (!this.#isOurs(message.headers?.get(SOURCE_HEADER))) return;
    const frame = message.string();
    // A node that is far behind publishes what the stream has already: it drops the double, and so do we. What is new to us comes by the repair.
    const time = newestTime([frame]);
    if (time === undefined || !this.#speakers.isLate(time)) this.#tell(frame);
  }

  #spoken(error: Error | null, message: Msg): void {
    if (error !== null || this.#sockets.size === 0 || !this.#isOurs(message.headers?.get(SOURCE_HEADER))) return;
    const frames = message.string().split("\n");
    if (this.#speakers.hear(nodeOfLive(message.subject), newestTime(frames)))
      for (const frame of frames) this.#tell(frame);
  }

  #isOurs(source = ""): boolean {
    const own = this.#parts.source();
    return own === null || source === own;
  }

  /** To the sockets that have the frame's channel. */
  #tell(frame: string): void {
    const channel = frame.startsWith(KLINE)
      ? frame.slice(KLINE.length, frame.indexOf('"', KLINE.length))
      : `tickers:${this.#parts.market}`;
    for (const socket of this.#sockets) if (socket.channels.has(channel)) socket.tell(frame);
  }
}

/** The newest market time that frames say; undefined where none says one. */
function newestTime(frames: readonly string[]): number | undefined {
  let newest: number | undefined;
  for (const frame of frames) {
    const at = frame.lastIndexOf(TIME);
    const time = at < 0 ? Number.NaN : Number.parseInt(frame.slice(at + TIME.length), 10);
    if (time > (newest ?? Number.NEGATIVE_INFINITY)) newest = time;
  }
  return newest;
}
