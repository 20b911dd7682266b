import type { Server } from "bun";
import { CantListen } from "../core/mod.ts";
import type { Connection } from "./connection.ts";
import type { StreamAddress } from "./dialect.ts";
import { Engine, type EngineOptions, type ExchangeFacts, factsOf } from "./engine.ts";

/** Unsent bytes at which a client that doesn't read is cut off. */
const MAX_UNSENT_BYTES = 16 * 1024 * 1024;

/** What a server says that expects TLS, as nginx words it: a stand-in that speaks plain HTTP has no handshake to fail. */
const NOT_TLS = "The plain HTTP request was sent to HTTPS port";

/** How a stand-in behind sockets is set up. */
export interface ExchangeOptions extends EngineOptions {
  /** Loopback by default. */
  readonly hostname?: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

/** A running stand-in. */
export interface Exchange extends ExchangeFacts {
  /** For example http://127.0.0.1:9090. WebSockets are at the same place. */
  readonly url: string;
  stop(): Promise<void>;
}

/** What is kept with each socket. */
interface SocketData {
  readonly address: StreamAddress;
  connection: Connection | undefined;
}

/**
 * Starts a stand-in for an exchange's public market data: REST and streams at the paths of the market that it speaks as. Throws
 * InvalidInput for options that can't be met.
 */
export function createExchange(options: ExchangeOptions): Exchange {
  const { hostname = "127.0.0.1" } = options;
  const engine = new Engine(options);
  const server = listen(hostname, options.port, engine);
  const ending = new AbortController();
  const running = engine.run(ending.signal);
  return {
    url: `http://${hostname}:${server.port}`,
    ...factsOf(engine),
    stop: async () => {
      ending.abort(new Error("stopped"));
      await server.stop(true);
      await running;
    },
  };
}

function listen(hostname: string, port: number, engine: Engine): Server<SocketData> {
  const { connections } = engine;
  try {
    return Bun.serve<SocketData>({
      hostname,
      port,
      development: false,
      // Outside of development the runtime shares a port between servers, unless told otherwise.
      reusePort: false,
      idleTimeout: 60,
      fetch: (request, server) => {
        if (engine.handshakesFail) return new Response(NOT_TLS, { status: 400, headers: { connection: "close" } });
        if (request.headers.get("upgrade")?.toLowerCase() === "websocket") {
          const address = connections.addressOf(request.url);
          if (address !== undefined && connections.isFull) return new Response("Forbidden", { status: 403 });
          if (address !== undefined && server.upgrade(request, { data: { address, connection: undefined } })) return;
        }
        return engine.answer(request, server.requestIP(request)?.address ?? "unknown", request.signal);
      },
      websocket: {
        idleTimeout: 0,
        sendPings: false,
        backpressureLimit: MAX_UNSENT_BYTES,
        closeOnBackpressureLimit: true,
        open: (socket) => {
          socket.data.connection = connections.open(socket.data.address, {
            send: (frame) => void socket.send(frame),
            ping: (payload) => void socket.ping(payload),
            close: (code, reason) => socket.close(code, reason),
            terminate: () => socket.terminate(),
          });
          socket.data.connection.begin();
        },
        message: ({ data }, frame) => data.connection?.take(String(frame)),
        pong: ({ data }) => data.connection?.pong(),
        close: ({ data }) => data.connection?.end(),
      },
    });
  } catch (cause) {
    throw new CantListen(hostname, port, "choose another with --port", cause);
  }
}
