import { emptyKline, type Symbol } from "../core/mod.ts";
import type { MarketReader } from "../store/mod.ts";
import type { Channel } from "../wire/mod.ts";
import type { ChannelKline, Frame, MessageFormat } from "./message-format.ts";
import type { SeriesChannel } from "./series-channel.ts";

/**
 * Open klines and tickers that changed while a socket couldn't be sent them. Only their names are kept; the state is read
 * from the store when it is sent, so the client gets the newest one in place of all that it missed.
 */
export class NewestStates {
  readonly #markets: MarketReader;
  readonly #channels: ReadonlyMap<string, Channel>;
  /** By the series' own channel. */
  readonly #klines: Map<string, SeriesChannel> = new Map();
  readonly #tickers: Set<Symbol> = new Set();
  /** The same for the channels of all tickers of a market, by channel. */
  readonly #listed: Map<string, Set<Symbol>> = new Map();
  readonly #format: MessageFormat;
  /** States that a newer one replaced before they were sent. */
  conflations = 0;

  /** `channels`: those of the socket, kept up to date by its owner. */
  constructor(markets: MarketReader, channels: ReadonlyMap<string, Channel>, format: MessageFormat) {
    this.#format = format;
    this.#markets = markets;
    this.#channels = channels;
  }

  kline(of: SeriesChannel): void {
    if (this.#klines.has(of.name)) this.conflations += 1;
    this.#klines.set(of.name, of);
  }

  /** The client has the newest state of a series already. */
  forgetKline(name: string): void {
    this.#klines.delete(name);
  }

  /** A ticker changed, for its own channel. */
  ticker(symbol: Symbol): void {
    if (this.#tickers.has(symbol)) this.conflations += 1;
    this.#tickers.add(symbol);
  }

  /** Tickers changed, for a channel of all of a market. */
  listedTickers(channel: string, symbols: readonly Symbol[]): void {
    const listed = this.#listed.get(channel) ?? new Set();
    this.#listed.set(channel, listed);
    for (const symbol of symbols) {
      if (listed.has(symbol)) this.conflations += 1;
      listed.add(symbol);
    }
  }

  /** The next states as a message; undefined when none is left. */
  next(): Frame | undefined {
    return this.#nextKlines() ?? this.#nextTicker() ?? this.#tickersMessage();
  }

  /** As many as share a message, of one kind of channel and one interval. */
  #nextKlines(): Frame | undefined {
    let first: ChannelKline | undefined;
    const others: ChannelKline[] = [];
    for (const [name, of] of this.#klines) {
      if (first !== undefined && (of.kind !== first.of.kind || of.interval !== first.of.interval)) continue;
      this.#klines.delete(name);
      if (!this.#channels.has(name) && !this.#channels.has(of.wildcard)) continue;
      const ring = this.#markets.series(of.symbol, of.interval)?.ring;
      // A kline that has closed meanwhile was sent as such.
      if (ring === undefined || ring.length === 0 || ring.isClosedAt(ring.length - 1)) continue;
      const state = { of, kline: ring.read(ring.length - 1, emptyKline()) };
      if (first === undefined) first = state;
      else others.push(state);
      if (1 + others.length >= this.#format.maxKlines) break;
    }
    return first === undefined ? undefined : this.#format.message([first, ...others], false);
  }

  #nextTicker(): string | undefined {
    for (const symbol of this.#tickers) {
      this.#tickers.delete(symbol);
      const name = `ticker:${symbol}`;
      const ticker = this.#markets.ticker(symbol);
      if (ticker === undefined || !this.#channels.has(name)) continue;
      return this.#format.ticker(ticker);
    }
    return undefined;
  }

  #tickersMessage(): string | undefined {
    for (const [name, symbols] of this.#listed) {
      this.#listed.delete(name);
      const channel = this.#channels.get(name);
      if (channel?.kind !== "tickers") continue;
      return this.#format.tickers(
        channel.market,
        [...symbols].flatMap((symbol) => this.#markets.ticker(symbol) ?? []),
      );
    }
    return undefined;
  }
}
