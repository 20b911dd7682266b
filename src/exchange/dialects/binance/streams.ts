import type { ConnectionLimits, KeepAlive, StreamAddress, StreamDialect } from "../../dialect.ts";
import { readSocketRequest } from "./socket-request.ts";

/** What differs between the streams of Binance's markets. */
export interface BinanceStreams extends Pick<StreamDialect, "klineEvent" | "tickerEvent"> {
  readonly limits: ConnectionLimits;
  readonly keepAlive: KeepAlive;
  /** What stands before /ws and /stream. */
  readonly prefix: string;
  /** Whether the same paths without the prefix are taken, and stay silent. */
  readonly hasSilentPaths: boolean;
}

/** Streams as Binance has them: named in the URL or subscribed to, all lower case. */
export function binanceStreams(market: BinanceStreams): StreamDialect {
  const { limits, keepAlive, prefix, hasSilentPaths, klineEvent, tickerEvent } = market;
  return {
    limits,
    keepAlive,
    klineEvent,
    tickerEvent,
    address: (url) => {
      const own = url.pathname.startsWith(prefix) ? pathOf(url, url.pathname.slice(prefix.length)) : undefined;
      return own ?? (hasSilentPaths ? silent(pathOf(url, url.pathname)) : undefined);
    },
    klines: (symbol, interval) => `${symbol.toLowerCase()}@kline_${interval}`,
    ticker: (symbol) => `${symbol.toLowerCase()}@miniTicker`,
    allTickers: "!miniTicker@arr",
    symbolOf: (stream) => {
      const [name = "", interval] = stream.split("@kline_");
      const symbol = name.toUpperCase();
      return interval === undefined || symbol.toLowerCase() !== name ? undefined : symbol;
    },
    frame: ({ combined }, stream, event) => (combined ? `{"stream":${JSON.stringify(stream)},"data":${event}}` : event),
    read: (frame, { streams }) => readSocketRequest(frame, streams),
  };
}

/** The streams that a path of the old kind names. */
function pathOf(url: URL, path: string): StreamAddress | undefined {
  const names = (text: string): string[] => text.split("/").filter((name) => name !== "");
  if (path === "/stream") {
    return { combined: true, streams: names(url.searchParams.get("streams") ?? ""), silent: false };
  }
  if (path !== "/ws" && !path.startsWith("/ws/")) return undefined;
  return { combined: false, streams: names(decodeURIComponent(path.slice("/ws".length))), silent: false };
}

function silent(address: StreamAddress | undefined): StreamAddress | undefined {
  return address === undefined ? undefined : { ...address, silent: true };
}
