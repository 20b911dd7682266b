import { hashText, type Random, seededRandom } from "../../core/mod.ts";
import { DEFAULT_SEED, Engine, type EngineOptions, type ExchangeFacts, factsOf } from "../engine.ts";
import { inProcessFetch } from "./fetch.ts";
import { InProcessSocket } from "./socket.ts";
import { type Latency, Wire } from "./wire.ts";

/** Whose weight is counted: all clients of a stand-in without a network are one address. */
const ADDRESS = "in-process";

/** How long a REST call takes there and back, and a frame one way, when nobody says: about what a near host takes. */
const REST_LATENCY_MS = 20;
const STREAM_LATENCY_MS = 5;

/** How a stand-in without a network is set up. */
export interface InProcessOptions extends EngineOptions {
  /** How long a REST call takes, there and back, in milliseconds of the clock; drawn for each call. */
  readonly restLatencyMs?: Latency;
  /** How long a frame takes one way, drawn for each moment and connection; frames of one connection stay in order. */
  readonly streamLatencyMs?: Latency;
}

/** A stand-in in this process. It does nothing but when the clock is turned, and then the same for the same seed. */
export interface InProcessExchange extends ExchangeFacts {
  /** Any host will do: the path decides. */
  readonly fetch: typeof fetch;
  /** Any host will do: the path decides. Throws for what is no URL, as WebSocket does. */
  openSocket(url: string): WebSocket;
  stop(): Promise<void>;
}

/**
 * Starts a stand-in that a client in the same process reaches without sockets, for a test that turns the clock. Throws
 * InvalidInput for options that can't be met.
 */
export function createInProcessExchange(options: InProcessOptions): InProcessExchange {
  const { clock, restLatencyMs = () => REST_LATENCY_MS, streamLatencyMs = () => STREAM_LATENCY_MS } = options;
  const engine = new Engine(options);
  const ending = new AbortController();
  const running = engine.run(ending.signal);
  const chance = (name: string): Random => seededRandom((options.seed ?? DEFAULT_SEED) ^ hashText(name));
  const callChance = chance("calls");
  let opened = 0;
  return {
    ...factsOf(engine),
    fetch: inProcessFetch(
      clock,
      (request, signal) => engine.answer(request, ADDRESS, signal),
      () => restLatencyMs(callChance),
    ),
    openSocket: (url) => {
      opened += 1;
      const wire = (direction: string): Wire =>
        new Wire(clock, chance(`connection ${opened} ${direction}`), streamLatencyMs);
      const address = engine.connections.addressOf(url);
      const socket = new InProcessSocket(url, { toClient: wire("down"), toServer: wire("up") }, (peer) =>
        address === undefined || engine.handshakesFail || engine.connections.isFull
          ? undefined
          : engine.connections.open(address, peer),
      );
      // It has all that a client uses of a WebSocket; the rest would be dead here.
      return socket as unknown as WebSocket;
    },
    stop: async () => {
      ending.abort(new Error("stopped"));
      await running;
    },
  };
}
