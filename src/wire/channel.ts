import {
  type Interval,
  InvalidInput,
  isInterval,
  isMarketId,
  isSymbolText,
  MARKET_IDS,
  type MarketId,
  parseSymbol,
  type Symbol,
  type Wildcard,
  wildcardIn,
} from "../core/mod.ts";

/**
 * A WebSocket channel, taken apart. `symbol` may be a wildcard, such as `*` for all symbols of the server's first market. A `market` that
 * isn't named is the server's first one.
 */
export type Channel =
  | { readonly kind: "kline" | "closed"; readonly symbol: Symbol | Wildcard; readonly interval: Interval }
  | { readonly kind: "ticker"; readonly symbol: Symbol }
  | { readonly kind: "tickers"; readonly market?: MarketId }
  | { readonly kind: "close"; readonly market?: MarketId; readonly interval: Interval }
  | { readonly kind: "signals" };

/** One kind of channel. */
export interface ChannelKind {
  /** What follows the kind in a name, each part behind a colon; what is in brackets may be left out. */
  readonly form: string;
  /** What a subscriber is sent, in Markdown, for the page about the WebSocket. */
  readonly says: string;
  /** Reads what follows the kind in a name; undefined where that isn't of its form. Throws {@link InvalidInput}. */
  readonly read: (rest: string | undefined, name: string) => Channel | undefined;
}

/** All kinds of channels: how their names are read, and what comes on them. */
export const CHANNELS: Readonly<Record<Channel["kind"], ChannelKind>> = {
  kline: {
    form: ":{symbol|*}:{interval}",
    says: "a `snapshot`, then a `kline` for each new state; with `*` those of all symbols, without a snapshot",
    read: (rest, name) => klineChannel("kline", rest, name),
  },
  closed: {
    form: ":{symbol|*}:{interval}",
    says: "the same with closed klines only; with `*` and `since` a snapshot of each symbol",
    read: (rest, name) => klineChannel("closed", rest, name),
  },
  ticker: {
    form: ":{symbol}",
    says: "a `ticker`, the present one first",
    read: (rest, name) => (rest === undefined ? undefined : { kind: "ticker", symbol: channelSymbol(name, rest) }),
  },
  tickers: {
    form: "[:{market}]",
    says: "`tickers`: all of the market first, then those that changed",
    read: (rest, name) =>
      rest === undefined ? { kind: "tickers" } : { kind: "tickers", market: channelMarket(name, rest) },
  },
  close: {
    form: "[:{market}]:{interval}",
    says: "a `close`",
    read: (rest, name) => {
      const parts = rest?.split(":") ?? [];
      const [interval, market] = parts.toReversed();
      if (interval === undefined || parts.length > 2) return undefined;
      const of = market === undefined ? {} : { market: channelMarket(name, market) };
      return { kind: "close", ...of, interval: channelInterval(name, interval) };
    },
  },
  signals: {
    form: "",
    says:
      "a `signal`; needs a key with the scope `trade`. It may come again, with the same `id`, after a reconnect to another server. When the key loses it, an `error` with the code `forbidden` and `id` null " +
      "ends the channel",
    read: (rest) => (rest === undefined ? { kind: "signals" } : undefined),
  },
};

/** How the names of each kind are written. */
export const CHANNEL_FORMS: readonly string[] = Object.entries(CHANNELS).map(([kind, { form }]) => `${kind}${form}`);

/**
 * Reads a channel's name. Throws {@link InvalidInput} that tells the right forms. `suggest`: words for the name that was probably meant;
 * left to the caller, as the client doesn't carry the code that finds it.
 */
export function parseChannel(
  name: string,
  suggest: (text: string, names: readonly string[], mostEdits: number) => string = () => "",
): Channel {
  const colon = name.indexOf(":");
  const kind = colon < 0 ? name : name.slice(0, colon);
  const channel = isChannelKind(kind)
    ? CHANNELS[kind].read(colon < 0 ? undefined : name.slice(colon + 1), name)
    : undefined;
  if (channel !== undefined) return channel;
  const meant = isChannelKind(kind) ? "" : suggest(kind, Object.keys(CHANNELS), 2);
  throw new InvalidInput(`"${shortened(name)}" is not a channel:${meant} expected ${CHANNEL_FORMS.join(", ")}`);
}

/** The one name of a channel, whatever the case that it was asked for in. */
export function channelName(channel: Channel): string {
  switch (channel.kind) {
    case "kline":
    case "closed":
      return `${channel.kind}:${channel.symbol}:${channel.interval}`;
    case "ticker":
      return `ticker:${channel.symbol}`;
    case "tickers":
      return channel.market === undefined ? "tickers" : `tickers:${channel.market}`;
    case "close":
      return `close:${channel.market === undefined ? "" : `${channel.market}:`}${channel.interval}`;
    default:
      return channel.kind;
  }
}

function isChannelKind(text: string): text is Channel["kind"] {
  return Object.hasOwn(CHANNELS, text);
}

/** Splits at the last colon: an exchange's name before a symbol ends with one, too. */
function klineChannel(kind: "kline" | "closed", rest: string | undefined, name: string): Channel | undefined {
  const colon = rest?.lastIndexOf(":") ?? -1;
  if (rest === undefined || colon < 0) return undefined;
  const [symbol, interval] = [rest.slice(0, colon), rest.slice(colon + 1)];
  return {
    kind,
    symbol: wildcardIn(symbol) ?? channelSymbol(name, symbol),
    interval: channelInterval(name, interval),
  };
}

function channelMarket(name: string, text: string): MarketId {
  if (isMarketId(text)) return text;
  throw new InvalidInput(
    `"${shortened(name)}" is not a channel: "${shortened(text)}" is not a market, one of ${MARKET_IDS.join(", ")}`,
  );
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
