import {
  didYouMean,
  type Interval,
  InvalidInput,
  isInterval,
  isSymbolText,
  parseSymbol,
  type Symbol,
} from "../core/mod.ts";

/** A WebSocket channel, taken apart. `symbol` is `*` for the whole market. */
export type Channel =
  | { readonly kind: "kline" | "closed"; readonly symbol: Symbol | "*"; readonly interval: Interval }
  | { readonly kind: "ticker"; readonly symbol: Symbol }
  | { readonly kind: "tickers" }
  | { readonly kind: "close"; readonly interval: Interval }
  | { readonly kind: "signals" };

/** One kind of channel. */
export interface ChannelKind {
  /** What follows the kind in a name, each part behind a colon. */
  readonly parts: readonly string[];
  /** What a subscriber is sent, in Markdown, for the page about the WebSocket. */
  readonly says: string;
  /** Reads the parts of a name. Throws {@link InvalidInput}. */
  readonly read: (parts: readonly string[], name: string) => Channel;
}

/** All kinds of channels: how their names are read, and what comes on them. */
export const CHANNELS: Readonly<Record<Channel["kind"], ChannelKind>> = {
  kline: {
    parts: ["{symbol|*}", "{interval}"],
    says: "a `snapshot`, then a `kline` for each new state; with `*` those of all symbols, without a snapshot",
    read: (parts, name) => klineChannel("kline", parts, name),
  },
  closed: {
    parts: ["{symbol|*}", "{interval}"],
    says: "the same with closed klines only; with `*` and `since` a snapshot of each symbol",
    read: (parts, name) => klineChannel("closed", parts, name),
  },
  ticker: {
    parts: ["{symbol}"],
    says: "a `ticker`, the present one first",
    read: ([symbol = ""], name) => ({ kind: "ticker", symbol: channelSymbol(name, symbol) }),
  },
  tickers: {
    parts: [],
    says: "`tickers`: all first, then those that changed",
    read: () => ({ kind: "tickers" }),
  },
  close: {
    parts: ["{interval}"],
    says: "a `close`",
    read: ([interval = ""], name) => ({ kind: "close", interval: channelInterval(name, interval) }),
  },
  signals: {
    parts: [],
    says:
      "a `signal`; needs a key with the scope `trade`. It may come again, with the same `id`, after a reconnect to another server. When the key loses it, an `error` with the code `forbidden` and `id` null " +
      "ends the channel",
    read: () => ({ kind: "signals" }),
  },
};

/** How the names of each kind are written. */
export const CHANNEL_FORMS: readonly string[] = Object.entries(CHANNELS).map(([kind, { parts }]) =>
  [kind, ...parts].join(":"),
);

/** Reads a channel's name. Throws {@link InvalidInput} that tells the right forms. */
export function parseChannel(name: string): Channel {
  const [kind = "", ...parts] = name.split(":");
  if (isChannelKind(kind) && parts.length === CHANNELS[kind].parts.length) return CHANNELS[kind].read(parts, name);
  const meant = didYouMean(kind, Object.keys(CHANNELS), 2);
  throw new InvalidInput(
    `"${shortened(name)}" is not a channel:${isChannelKind(kind) ? "" : meant} expected ${CHANNEL_FORMS.join(", ")}`,
  );
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

function isChannelKind(text: string): text is Channel["kind"] {
  return Object.hasOwn(CHANNELS, text);
}

function klineChannel(
  kind: "kline" | "closed",
  [symbol = "", interval = ""]: readonly string[],
  name: string,
): Channel {
  return {
    kind,
    symbol: symbol === "*" ? "*" : channelSymbol(name, symbol),
    interval: channelInterval(name, interval),
  };
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
