import { type Clock, millis, type StopSignal } from "../core/mod.ts";
import { Connection, type Peer, type StreamAddress } from "./connection.ts";
import type { Streams } from "./streams.ts";

/** How often the server pings, and how long it waits for the pong (Binance, 2026-07). */
const PING_EVERY_MS = 20_000;
const PONG_WITHIN_MS = 60_000;

/** The standard's code for a client that breaks the rules. */
const POLICY = 1008;

/** All connections of the stand-in. */
export class Connections {
  readonly #streams: Streams;
  readonly #clock: Clock;
  readonly #open: Set<Connection> = new Set();

  constructor(streams: Streams, clock: Clock) {
    this.#streams = streams;
    this.#clock = clock;
  }

  /** A client has connected. Its transport calls `begin` on what it gets, and `end` when the client is gone. */
  open(address: StreamAddress, peer: Peer): Connection {
    const connection = new Connection(peer, address, this.#streams, this.#clock, (ended) => this.#open.delete(ended));
    this.#open.add(connection);
    return connection;
  }

  /** Pings everyone and lets those go who have long been silent, until the signal is aborted. */
  async keepAlive(signal: StopSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(millis(PING_EVERY_MS), signal).catch(() => {});
      const now = this.#clock.now();
      for (const connection of signal.aborted ? [] : this.#open) {
        if (now - connection.pongAt > PONG_WITHIN_MS) connection.close(POLICY, "No pong");
        else connection.ping(String(now));
      }
    }
  }
}

/** The streams that a URL names; undefined when it is no stream address. */
export function streamAddressOf(url: string): StreamAddress | undefined {
  const { pathname, searchParams } = new URL(url);
  const names = (text: string): string[] => text.split("/").filter((name) => name !== "");
  if (pathname === "/stream") return { combined: true, streams: names(searchParams.get("streams") ?? "") };
  if (pathname !== "/ws" && !pathname.startsWith("/ws/")) return undefined;
  return { combined: false, streams: names(decodeURIComponent(pathname.slice("/ws".length))) };
}
