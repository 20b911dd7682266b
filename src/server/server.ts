import type { BunRequest, Server } from "bun";
import { type Clock, type FeedStatus, InvalidInput, VyxError } from "../core/mod.ts";
import type { CheckpointStatus, MarketStore } from "../store/mod.ts";
import { CLOSE, PROTOCOL_VERSION, type ProblemCode } from "../wire/mod.ts";
import { Hub, type SocketData } from "./hub.ts";
import { MarketRoutes } from "./market-routes.ts";
import { queryOf } from "./parameters.ts";
import { problemResponse, RequestProblem } from "./problem.ts";
import { requestIdOf } from "./request-id.ts";
import { json } from "./respond.ts";
import { MAX_FRAME_CHARACTERS, takeFrame } from "./socket-requests.ts";
import { ServerStatus } from "./status.ts";

/** A socket that says nothing for this long, not even a pong, is gone; seconds. */
const SOCKET_IDLE_SECONDS = 120;

/** A request or an answer that stands still for this long is given up; seconds. */
const REQUEST_IDLE_SECONDS = 30;

/** A socket whose unsent bytes pass this is cut off, should it fill up between two looks at it. */
const MAX_UNSENT_BYTES = 32 * 1024 * 1024;

/** The largest request body; no route takes one yet. */
const MAX_BODY_BYTES = 64 * 1024;

/** Sockets that a stopping server has told to go get this long to do so, in milliseconds. */
const GOODBYE_MS = 1_000;

/** A file of the page, ready to be sent. */
export interface PageAsset {
  readonly body: Uint8Array;
  readonly contentType: string;
  /** Whether its name changes with its content, so that it may be kept for ever. */
  readonly immutable: boolean;
}

/** What a server is made of. It reads the store, never the environment. */
export interface ServerDependencies {
  readonly store: MarketStore;
  readonly feedStatus: () => FeedStatus;
  /** Gives undefined where no checkpoints are kept. */
  readonly checkpointStatus: () => CheckpointStatus | undefined;
  readonly clock: Clock;
  readonly version: string;
  readonly hostname: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** By path: `/` and what it loads. */
  readonly page: ReadonlyMap<string, PageAsset>;
  /** Told what went wrong inside while a request was answered. */
  readonly onError: (requestId: string, cause: unknown) => void;
}

/** A running server. */
export interface RunningServer {
  /** Where it listens, for example http://127.0.0.1:8080. */
  readonly url: string;
  readonly hub: Hub;
  /** Stops accepting, says goodbye to the sockets (4001), lets running answers end. Resolves within about a second. */
  stop(): Promise<void>;
}

/** Starts the server. Throws {@link InvalidInput} when the address can't be had. */
export function createServer(dependencies: ServerDependencies): RunningServer {
  const { store, clock, version, onError } = dependencies;
  const boot = crypto.randomUUID().slice(0, 8);
  const status = new ServerStatus({
    store,
    feed: dependencies.feedStatus,
    checkpoint: dependencies.checkpointStatus,
    now: () => clock.now(),
    version,
  });
  const market = new MarketRoutes(store, boot);
  const hub = new Hub(store);
  let stopping = false;

  type Handler = (request: BunRequest<string>, requestId: string) => Response | Promise<Response>;

  /** A GET route: ids, problems and other methods are the same for all of them. */
  const get =
    (handler: Handler) =>
    (request: BunRequest<string>): Response | Promise<Response> => {
      const requestId = requestIdOf(request);
      if (request.method !== "GET" && request.method !== "HEAD") return otherMethod(request.method, requestId);
      try {
        const response = handler(request, requestId);
        return response instanceof Promise ? response.catch((cause) => failure(cause, requestId)) : response;
      } catch (cause) {
        return failure(cause, requestId);
      }
    };

  const failure = (cause: unknown, requestId: string): Response => {
    if (cause instanceof RequestProblem) return problemResponse(cause.code, cause.message, requestId);
    if (cause instanceof InvalidInput) return problemResponse("invalid_parameter", cause.message, requestId);
    onError(requestId, cause);
    const code: ProblemCode = cause instanceof VyxError && cause.retryable ? "not_ready" : "internal";
    return problemResponse(
      code,
      "something went wrong inside; the request's id finds it in the server's log",
      requestId,
    );
  };

  let server: Server<SocketData>;
  try {
    server = Bun.serve<SocketData, string>({
      hostname: dependencies.hostname,
      port: dependencies.port,
      idleTimeout: REQUEST_IDLE_SECONDS,
      maxRequestBodySize: MAX_BODY_BYTES,
      development: false,
      routes: {
        "/klines/:symbol/:interval": get((request, id) =>
          market.klines(request, id, part(request, "symbol"), part(request, "interval")),
        ),
        "/klines": get((request, id) => market.batch(request, id)),
        "/tickers": get((request, id) => market.tickers(request, id)),
        "/ticker/:symbol": get((request, id) => market.ticker(request, id, part(request, "symbol"))),
        "/symbols": get((request, id) => market.symbols(request, id)),
        "/closes": get((request, id) => market.closes(request, id)),
        "/coverage/:symbol/:interval": get((request, id) =>
          market.coverage(request, id, part(request, "symbol"), part(request, "interval")),
        ),
        "/health": get((request, id) => {
          queryOf(request.url, []);
          return json(status.health(), id);
        }),
        "/ready": get((request, id) => {
          queryOf(request.url, []);
          const answer = status.ready();
          return json(answer, id, answer.ready ? 200 : 503);
        }),
        "/ws": get((request, id) => upgrade(request, id)),
      },
      fetch: get((request, id) => pageOrNotFound(request, id)),
      error: (cause) => failure(cause, requestIdOf(new Request("http://localhost"))),
      websocket: {
        maxPayloadLength: MAX_FRAME_CHARACTERS * 4,
        backpressureLimit: MAX_UNSENT_BYTES,
        closeOnBackpressureLimit: true,
        idleTimeout: SOCKET_IDLE_SECONDS,
        sendPings: true,
        perMessageDeflate: false,
        open: (socket) => {
          hub.add(socket);
          const { source } = dependencies.feedStatus();
          const hello = { type: "hello", protocol: PROTOCOL_VERSION, serverTime: clock.now(), version, source };
          hub.send(socket, JSON.stringify(hello));
        },
        message: (socket, frame) => takeFrame(hub, store, socket, frame),
        drain: (socket) => hub.drained(socket),
        close: (socket) => hub.remove(socket),
      },
    });
  } catch (cause) {
    throw new InvalidInput(
      `can't listen on ${dependencies.hostname}:${dependencies.port}: ${cause instanceof Error ? cause.message : cause}; choose another with --port or --host`,
      { cause },
    );
  }
  hub.start(server);

  function upgrade(request: Request, requestId: string): Response {
    if (stopping) return problemResponse("not_ready", "the server is shutting down", requestId);
    queryOf(request.url, ["ticket"]);
    const data: SocketData = { id: requestId, channels: new Map(), slow: undefined };
    // Bun answers itself once it has taken the socket over; what is returned then is not looked at.
    if (server.upgrade(request, { data, headers: { "x-request-id": requestId } }))
      return undefined as unknown as Response;
    return problemResponse("invalid_parameter", "/ws is a WebSocket: expected an upgrade request", requestId);
  }

  function pageOrNotFound(request: Request, requestId: string): Response {
    const path = new URL(request.url).pathname;
    const asset = dependencies.page.get(path);
    if (asset === undefined) {
      const shown = path.length > 100 ? `${path.slice(0, 100)}…` : path;
      throw new RequestProblem(
        "not_found",
        `there is nothing at ${shown}: see /health, /symbols, /tickers, /klines/{symbol}/{interval}`,
      );
    }
    return new Response(asset.body as Uint8Array<ArrayBuffer>, {
      headers: {
        "content-type": asset.contentType,
        "cache-control": asset.immutable ? "public, max-age=31536000, immutable" : "no-cache",
        "content-security-policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "x-request-id": requestId,
      },
    });
  }

  return {
    url: `http://${server.hostname === "::" || server.hostname === "0.0.0.0" ? "localhost" : bracketed(server.hostname ?? "")}:${server.port}`,
    hub,
    stop: async () => {
      stopping = true;
      status.stopping();
      hub.stop(CLOSE.shutdown, "server is shutting down");
      const goodbye = new Promise((resolve) => setTimeout(resolve, GOODBYE_MS));
      await Promise.race([server.stop(false), goodbye]);
      await server.stop(true);
    },
  };
}

/** Preflights are answered, and allow nothing: no origin is configured. */
function otherMethod(method: string, requestId: string): Response {
  const allow = "GET, HEAD, OPTIONS";
  if (method === "OPTIONS") return new Response(null, { status: 204, headers: { allow, "x-request-id": requestId } });
  return problemResponse("method_not_allowed", `${method} is not for this route: expected GET`, requestId, { allow });
}

/** A part of the path, decoded. */
function part(request: BunRequest<string>, name: string): string {
  return request.params[name] ?? "";
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
