import { isInterval, isWildcard, nameAt, symbolAt } from "../../../core/mod.ts";
import type { MarketStore } from "../../../store/mod.ts";
import type { Channel } from "../../../wire/mod.ts";

/** All tickers of a market that changed in the last second. */
const ALL_TICKERS = "!miniTicker@arr";

/** The stream whose messages a channel brings; undefined for a channel that no stream has. */
export function streamOf(channel: Channel): string | undefined {
  if (channel.kind === "tickers") return ALL_TICKERS;
  if (channel.kind === "ticker") return `${nameAt(channel.symbol).toLowerCase()}@miniTicker`;
  if (channel.kind !== "kline" || isWildcard(channel.symbol)) return undefined;
  return `${nameAt(channel.symbol).toLowerCase()}@kline_${channel.interval}`;
}

/** The channel of a stream, or in words why there is none. */
export function channelOf(stream: string, store: MarketStore): Channel | { readonly fault: string } {
  const shown = stream.slice(0, 60);
  if (stream === ALL_TICKERS) return { kind: "tickers", market: store.market };
  const [, name = "", what = ""] = /^([^@]+)@(.+)$/.exec(stream) ?? [];
  const symbol = name === name.toLowerCase() ? symbolAt(store.market, name.toUpperCase()) : undefined;
  if (symbol === undefined || !store.hasSymbol(symbol)) {
    return { fault: `there is no stream ${shown}: expected a symbol that the server has, in lower case, before the @` };
  }
  if (what === "miniTicker") return { kind: "ticker", symbol };
  const interval = /^kline_(\w+)$/.exec(what)?.[1] ?? "";
  if (isInterval(interval) && store.served.includes(interval)) return { kind: "kline", symbol, interval };
  const kept = store.served.map((one) => `kline_${one}`).join(", ");
  return { fault: `there is no stream ${shown}: expected one of miniTicker, ${kept} after the @` };
}
