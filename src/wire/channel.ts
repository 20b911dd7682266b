import { type Interval, InvalidInput, isInterval, isSymbolText, parseSymbol, type Symbol } from "../core/mod.ts";

/** A WebSocket channel, taken apart. `symbol` is `*` for the whole market. */
export type Channel =
  | { readonly kind: "kline" | "closed"; readonly symbol: Symbol | "*"; readonly interval: Interval }
  | { readonly kind: "ticker"; readonly symbol: Symbol }
  | { readonly kind: "tickers" }
  | { readonly kind: "close"; readonly interval: Interval }
  | { readonly kind: "signals" };

const FORMS =
  "kline:{symbol|*}:{interval}, closed:{symbol|*}:{interval}, ticker:{symbol}, tickers, close:{interval} or signals";

/** Reads a channel's name. Throws {@link InvalidInput} that tells the right forms. */
export function parseChannel(name: string): Channel {
  const parts = name.split(":");
  const [kind = "", first = "", second = ""] = parts;
  if ((kind === "kline" || kind === "closed") && parts.length === 3) {
    return { kind, symbol: first === "*" ? "*" : channelSymbol(name, first), interval: channelInterval(name, second) };
  }
  if (kind === "ticker" && parts.length === 2) return { kind, symbol: channelSymbol(name, first) };
  if (kind === "close" && parts.length === 2) return { kind, interval: channelInterval(name, first) };
  if ((kind === "tickers" || kind === "signals") && parts.length === 1) return { kind };
  throw new InvalidInput(`"${shortened(name)}" is not a channel: expected ${FORMS}`);
}

/** The one name of a channel, whatever the case that it was asked for in. */
export function channelName(channel: Channel): string {
  switch (channel.kind) {
    case "kline":
    case "closed":
      return `${channel.kind}:${channel.symbol}:${channel.interval}`;
    case "ticker":
      return `ticker:${channel.symbol}`;
    case "close":
      return `close:${channel.interval}`;
    default:
      return channel.kind;
  }
}

function channelSymbol(name: string, text: string): Symbol {
  if (!isSymbolText(text)) {
    throw new InvalidInput(
      `"${shortened(name)}" is not a channel: "${shortened(text)}" is not a symbol such as BTCUSDT`,
    );
  }
  return parseSymbol(text);
}

function channelInterval(name: string, text: string): Interval {
  if (!isInterval(text)) {
    throw new InvalidInput(`"${shortened(name)}" is not a channel: "${shortened(text)}" is not an interval such as 1m`);
  }
  return text;
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
