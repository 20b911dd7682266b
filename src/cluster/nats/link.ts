import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import {
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  type NatsConnection,
  tokenAuthenticator,
} from "@nats-io/transport-node";
import { type Clock, millis, oneLine, reasonOf, type StopSignal } from "../../core/mod.ts";

/** Between two tries to connect, in milliseconds. */
const RETRY_MS = 500;

/** How long one try, and a request to JetStream, may take. */
const ANSWER_WITHIN_MS = 5_000;

/** A connection that doesn't answer is given up after so many pings without an answer: within 8 s. */
const PING = { everyMs: 4_000, unanswered: 2 } as const;

/** How NATS is reached. */
export interface NatsAddress {
  /** nats:// or tls:// each; one is chosen at random, and the others are tried when it is away. */
  readonly servers: readonly string[];
  /** The text of a credentials file (JWT and seed). */
  readonly credentials?: string | undefined;
  readonly token?: string | undefined;
  /** The text of the certificate authority's PEM file. With it, connections are TLS whatever the addresses say. */
  readonly authority?: string | undefined;
}

/** What a link is made of. */
export interface NatsLinkOptions {
  readonly address: NatsAddress;
  /** What NATS calls this client. */
  readonly name: string;
  readonly clock: Pick<Clock, "sleep">;
  readonly log: { info(message: string): void; warn(message: string): void };
}

/** A connection to NATS that was made. */
export interface NatsAccess {
  readonly connection: NatsConnection;
  readonly streams: JetStreamClient;
  readonly manager: JetStreamManager;
}

/** What a link reports. Handlers must not throw. */
export interface LinkListener {
  up?(access: NatsAccess): void;
  down?(): void;
}

/** Connects once, for commands. Rejects where NATS doesn't answer, or refuses. */
export async function connectOnce(address: NatsAddress, name: string): Promise<NatsAccess> {
  const connection = await connect({ ...optionsOf(address, name), reconnect: false });
  return await accessOf(connection);
}

/** The connection of a node to NATS: waited for at the start, made again whenever it is lost, for as long as the node runs. */
export class NatsLink {
  readonly #options: NatsLinkOptions;
  readonly #listeners: Set<LinkListener> = new Set();
  #access: NatsAccess | undefined;
  #isUp = false;
  /** How often a connection was lost. */
  losses = 0;

  constructor(options: NatsLinkOptions) {
    this.#options = options;
  }

  /** The connection while it is up. */
  get access(): NatsAccess | undefined {
    return this.#isUp ? this.#access : undefined;
  }

  /** Calls at once where the connection is up already. Returns what ends it. */
  listen(listener: LinkListener): () => void {
    this.#listeners.add(listener);
    if (this.access !== undefined) listener.up?.(this.access);
    return () => this.#listeners.delete(listener);
  }

  /** Works until the signal is aborted, and closes the connection then. */
  async run(signal: StopSignal): Promise<void> {
    const { address, name, clock, log } = this.#options;
    const where = address.servers.map((server) => new URL(server).host).join(", ");
    let said = "";
    while (!signal.aborted) {
      try {
        const connection = await connect(optionsOf(address, name));
        const stop = (): void => void connection.close().catch(() => {});
        if (signal.aborted) return stop();
        signal.addEventListener("abort", stop, { once: true });
        this.#access = await accessOf(connection);
        log.info(`NATS: connected to ${connection.getServer()}`);
        this.#changed(true);
        await this.#follow(connection);
        signal.removeEventListener("abort", stop);
      } catch (cause) {
        const reason = oneLine(reasonOf(cause));
        if (reason !== said && !signal.aborted)
          log.warn(`NATS (${where}) doesn't answer yet, waiting for it: ${reason}`);
        said = reason;
      }
      this.#changed(false);
      await clock.sleep(millis(RETRY_MS), signal).catch(() => {});
    }
  }

  async #follow(connection: NatsConnection): Promise<void> {
    const { log } = this.#options;
    const server = (): string => connection.getServer();
    for await (const status of connection.status()) {
      if (status.type === "disconnect" || status.type === "staleConnection") {
        if (this.#isUp) log.warn("NATS: the connection was lost, connecting again");
        this.#changed(false);
      } else if (status.type === "reconnect") {
        log.info(`NATS: connected again, to ${server()}`);
        this.#changed(true);
      } else if (status.type === "error") {
        log.warn(`NATS: ${oneLine(reasonOf(status.error))}`);
      }
    }
  }

  #changed(isUp: boolean): void {
    if (isUp === this.#isUp) return;
    this.#isUp = isUp;
    if (!isUp) this.losses += 1;
    for (const listener of [...this.#listeners]) {
      if (isUp && this.#access !== undefined) listener.up?.(this.#access);
      else listener.down?.();
    }
  }
}

async function accessOf(connection: NatsConnection): Promise<NatsAccess> {
  const options = { timeout: ANSWER_WITHIN_MS };
  // Asking once for the account would fail while JetStream elects its leader.
  const manager = await jetstreamManager(connection, { ...options, checkAPI: false });
  return { connection, manager, streams: jetstream(connection, options) };
}

function optionsOf({ servers, credentials, token, authority }: NatsAddress, name: string): ConnectionOptions {
  return {
    servers: [...servers],
    name,
    timeout: ANSWER_WITHIN_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RETRY_MS,
    ignoreAuthErrorAbort: true,
    pingInterval: PING.everyMs,
    maxPingOut: PING.unanswered,
    ...(credentials === undefined ? {} : { authenticator: credsAuthenticator(new TextEncoder().encode(credentials)) }),
    ...(token === undefined ? {} : { authenticator: tokenAuthenticator(token) }),
    ...(authority === undefined ? {} : { tls: { ca: authority } }),
  };
}
