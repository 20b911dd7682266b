import type { Server } from "bun";
import { type Clock, InvalidInput, type Kline, type UnixMs } from "../core/mod.ts";
import type { Market } from "./market.ts";
import { MarketClock } from "./market-clock.ts";
import { RecordedMarket } from "./recorded/market.ts";
import { Rest } from "./rest.ts";
import { SeededMarket } from "./seeded/market.ts";
import { type ConnectionState, Sockets } from "./sockets.ts";
import { Streams } from "./streams.ts";
import { PairView } from "./view.ts";
import { Weights } from "./weights.ts";

/** Unsent bytes at which a client that doesn't read is cut off. */
const MAX_UNSENT_BYTES = 16 * 1024 * 1024;

/** The seed of the made-up market when nobody says. */
const DEFAULT_SEED = 1;

/** How a stand-in is set up. */
export interface ExchangeOptions {
  /** Loopback by default. */
  readonly hostname?: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** A folder of recorded klines; without it the market is made up. */
  readonly data?: string;
  /** Market time at which live data begins: by default half-way through the recording, or now. */
  readonly start?: UnixMs;
  /** Market seconds a second; 1 by default. */
  readonly speed?: number;
  /** Which pairs, or how many: all that were recorded, or the 50 largest made-up ones, by default. */
  readonly symbols?: readonly string[] | number;
  /** Which made-up market: the same number gives the same one. */
  readonly seed?: number;
  readonly clock: Clock;
  readonly log?: (message: string, details?: Record<string, unknown>) => void;
}

/** A running stand-in. */
export interface Exchange {
  /** For example http://127.0.0.1:9090. WebSockets are at the same place. */
  readonly url: string;
  readonly source: Market["source"];
  readonly symbols: readonly string[];
  /** Market time at which the data ends; undefined for a made-up market. */
  readonly end: UnixMs | undefined;
  /** Market time. */
  now(): UnixMs;
  /** The final 1m klines that open from `from` to `to`: what a faithful reader must end up with. */
  truth(symbol: string, from: number, to: number): readonly Kline[];
  stop(): Promise<void>;
}

/**
 * Starts a stand-in for Binance's public market data: REST under /api/v3, streams at /ws and /stream. Throws InvalidInput
 * for options that can't be met.
 */
export function createExchange(options: ExchangeOptions): Exchange {
  const { clock, speed = 1, hostname = "127.0.0.1", log = () => {} } = options;
  if (!(speed > 0)) throw new InvalidInput(`speed ${speed} is not possible: expected more than 0`);
  const market = marketOf(options);
  const time = new MarketClock(clock, startOf(market, options.start), speed, market.end);
  const views = new Map(market.pairs.map((pair, index) => [pair.symbol, new PairView(market, pair, index)]));
  const streams = new Streams(views);
  const sockets = new Sockets(streams, clock);
  const rest = new Rest(market, views, new Weights(clock), () => time.now());
  const server = listen(hostname, options.port, rest, sockets);
  const ending = new AbortController();
  const step = (now: UnixMs): void => streams.step(now, (stream, text) => sockets.deliver(server, stream, text));
  const running = time.run(step, ending.signal).then(() => {
    if (!ending.signal.aborted)
      log("the recorded data has ended: market time stands still", { marketTime: time.now() });
  });
  const alive = sockets.keepAlive(ending.signal);
  return {
    url: `http://${hostname}:${server.port}`,
    source: market.source,
    symbols: market.pairs.map(({ symbol }) => symbol),
    end: market.end,
    now: () => time.now(),
    truth: (symbol, from, to) => market.klines(symbol, "1m", from, to, Number.POSITIVE_INFINITY),
    stop: async () => {
      ending.abort(new Error("stopped"));
      await server.stop(true);
      await Promise.all([running, alive]);
    },
  };
}

function marketOf({ data, symbols, seed = DEFAULT_SEED, clock, start }: ExchangeOptions): Market {
  const names = typeof symbols === "object" ? symbols.map((name) => name.toUpperCase()) : symbols;
  return data === undefined ? new SeededMarket(seed, start ?? clock.now(), names) : new RecordedMarket(data, names);
}

function startOf(market: Market, start: UnixMs | undefined): UnixMs {
  const { end } = market;
  if (start === undefined) return market.start;
  if (end !== undefined && start >= end) {
    throw new InvalidInput(
      `start ${new Date(start).toISOString()} lies behind the recorded data: it ends at ${new Date(end).toISOString()}`,
    );
  }
  return start;
}

function listen(hostname: string, port: number, rest: Rest, sockets: Sockets): Server<ConnectionState> {
  try {
    return Bun.serve<ConnectionState>({
      hostname,
      port,
      development: false,
      idleTimeout: 60,
      fetch: (request, server) => {
        if (request.headers.get("upgrade")?.toLowerCase() === "websocket") {
          const data = sockets.begin(request.url);
          if (data !== undefined && server.upgrade(request, { data })) return undefined;
        }
        return rest.answer(request, server.requestIP(request)?.address ?? "unknown");
      },
      websocket: {
        idleTimeout: 0,
        sendPings: false,
        backpressureLimit: MAX_UNSENT_BYTES,
        closeOnBackpressureLimit: true,
        open: (socket) => sockets.opened(socket),
        message: (socket, frame) => sockets.took(socket, frame),
        pong: (socket) => sockets.ponged(socket),
        close: (socket) => sockets.closed(socket),
      },
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidInput(`can't listen on ${hostname}:${port}: ${why}; choose another port`, { cause });
  }
}
