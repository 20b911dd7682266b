import { type Clock, millis, type StopSignal, type UnixMs } from "../core/mod.ts";
import { Connection, type Peer, type StreamAddress } from "./connection.ts";
import { ConnectionFaults } from "./faults/connection.ts";
import type { DeadAir } from "./faults/dead-air.ts";
import type { Faults } from "./faults/faults.ts";
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
  readonly #faults: Faults;
  readonly #air: DeadAir;
  readonly #open: Set<Connection> = new Set();
  #opened = 0;

  constructor(streams: Streams, clock: Clock, faults: Faults, air: DeadAir) {
    this.#streams = streams;
    this.#clock = clock;
    this.#faults = faults;
    this.#air = air;
  }

  /** A client has connected. Its transport calls `begin` on what it gets, and `end` when the client is gone. */
  open(address: StreamAddress, peer: Peer): Connection {
    this.#opened += 1;
    const faults = new ConnectionFaults(this.#faults, `connection ${this.#opened}`, address.combined, this.#air);
    const onEnd = (ended: Connection): void => void this.#open.delete(ended);
    const connection = new Connection(peer, address, this.#streams, this.#clock, faults, onEnd);
    this.#open.add(connection);
    return connection;
  }

  /** A step of market time, after what happened at it was told. */
  step(now: UnixMs): void {
    for (const connection of this.#open) connection.step(now);
  }

  /** Pings everyone and lets those go who have long been silent, until the signal is aborted. */
  async keepAlive(signal: StopSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(millis(PING_EVERY_MS), signal).catch(() => {});
      const now = this.#clock.now();
      for (const connection of signal.aborted ? [] : this.#open) {
        if (connection.isStalled) continue;
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
