import { type Clock, millis, type StopSignal, type UnixMs } from "../core/mod.ts";
import { Connection, type Peer } from "./connection.ts";
import type { Dialect, StreamAddress } from "./dialect.ts";
import { ConnectionFaults } from "./faults/connection.ts";
import type { DeadAir } from "./faults/dead-air.ts";
import type { Faults } from "./faults/faults.ts";
import type { Streams } from "./streams.ts";

/** The standard's code for a client that breaks the rules. */
const POLICY = 1008;

/** All connections of the stand-in. */
export class Connections {
  readonly #dialect: Dialect;
  readonly #streams: Streams;
  readonly #clock: Clock;
  readonly #faults: Faults;
  readonly #air: DeadAir;
  readonly #open: Set<Connection> = new Set();
  /** Local times of the connections that count against the limit, where there is one: as many as it allows. */
  #openedAt: number[] = [];
  #opened = 0;

  constructor(dialect: Dialect, streams: Streams, clock: Clock, faults: Faults, air: DeadAir) {
    this.#dialect = dialect;
    this.#streams = streams;
    this.#clock = clock;
    this.#faults = faults;
    this.#air = air;
  }

  /** The streams that a URL names; undefined when it is no stream address. */
  addressOf(url: string): StreamAddress | undefined {
    return this.#dialect.streams.address(new URL(url));
  }

  /** Whether one more is let in now. */
  get isFull(): boolean {
    const { attempts } = this.#dialect.streams.limits;
    if (attempts === undefined) return false;
    const now = this.#clock.now();
    this.#openedAt = this.#openedAt.filter((at) => now - at < attempts.withinMs);
    return this.#openedAt.length >= attempts.most;
  }

  /** A client has connected. Its transport calls `begin` on what it gets, and `end` when the client is gone. */
  open(address: StreamAddress, peer: Peer): Connection {
    this.#opened += 1;
    const number = this.#opened;
    if (this.#dialect.streams.limits.attempts !== undefined) this.#openedAt.push(this.#clock.now());
    const faults = new ConnectionFaults(
      this.#faults,
      this.#dialect.anatomy,
      `connection ${number}`,
      address,
      this.#air,
    );
    const connection = new Connection(peer, address, {
      dialect: this.#dialect.streams,
      number,
      streams: this.#streams,
      clock: this.#clock,
      faults,
      onEnd: (ended) => void this.#open.delete(ended),
    });
    this.#open.add(connection);
    return connection;
  }

  /** A step of market time, after what happened at it was told. */
  step(now: UnixMs): void {
    for (const connection of this.#open) connection.step(now);
  }

  /** Sees to it that connections are alive, as the dialect has it, until the signal is aborted. */
  async keepAlive(signal: StopSignal): Promise<void> {
    const { by, everyMs, withinMs } = this.#dialect.streams.keepAlive;
    while (!signal.aborted) {
      await this.#clock.sleep(millis(everyMs), signal).catch(() => {});
      const now = this.#clock.now();
      for (const connection of signal.aborted ? [] : this.#open) {
        if (connection.isStalled) continue;
        const isDead = now - connection.aliveAt > withinMs;
        if (by === "client") {
          if (isDead) connection.cut();
        } else if (isDead) connection.close(POLICY, "No pong");
        else connection.ping(String(now));
      }
    }
  }
}
