import {
  candlesBetween,
  type Interval,
  isWildcard,
  type MarketId,
  openTimeOf,
  type Symbol,
  type UnixMs,
  type Wildcard,
} from "../core/mod.ts";
import { firstStore, type MarketReader, type MarketStore, storesMeant } from "../store/mod.ts";
import { type Channel, channelName, tickerJson, tickersMessage } from "../wire/mod.ts";
import { KlineSnapshot, type SnapshotSource, snapshotKlines } from "./kline-snapshot.ts";
import { LEAST_KLINES_COUNTED } from "./prices.ts";

/** What one step came to. */
export interface SnapshotStep {
  /** The next message; undefined when it takes another step. */
  readonly text: string | undefined;
  /** Klines in the message. */
  readonly klines: number;
  /** The series' own channel, where the message is of one series. */
  readonly name: string | undefined;
}

/** Whether a channel begins with a snapshot. That of all symbols' closed klines is sent only to clients that say since when. */
export function hasSnapshot(channel: Channel, since: number | undefined): boolean {
  switch (channel.kind) {
    case "kline":
      return !isWildcard(channel.symbol);
    case "closed":
      return !isWildcard(channel.symbol) || since !== undefined;
    case "ticker":
    case "tickers":
      return true;
    default:
      return false;
  }
}

/**
 * A snapshot that waits to be sent: a channel and how far it has got, no bytes. Each message is made from the store when the
 * client can take it, so it holds all that has happened until then.
 */
export class PendingSnapshot {
  readonly channel: Channel;
  readonly name: string;
  #since: number | undefined;
  #hasNewest: boolean;
  /** Of a channel of all symbols: the last symbol that is done. Symbols are sorted by name. */
  #after = "";
  #symbols: ReturnType<MarketStore["symbols"]> = [];
  #next = 0;
  #isDone = false;
  readonly #series: KlineSnapshot = new KlineSnapshot();

  /** `since`: the open time of the last closed kline that the client has. */
  constructor(channel: Channel, since: number | undefined) {
    this.channel = channel;
    this.name = channelName(channel);
    this.#since = since;
    this.#hasNewest = since === undefined;
  }

  /** Takes the place of an earlier snapshot of the same channel that wasn't sent whole. The older `since` wins. */
  replace(earlier: PendingSnapshot): void {
    this.#hasNewest ||= earlier.#hasNewest;
    if (earlier.#since !== undefined) this.#since = Math.min(this.#since ?? earlier.#since, earlier.#since);
  }

  /** Whether all of it was made. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Whether the part of a symbol of its market is still to come. */
  covers(symbol: Symbol): boolean {
    if (this.#isDone || !("symbol" in this.channel)) return false;
    const asked = this.channel.symbol;
    if (!isWildcard(asked)) return asked === symbol;
    return symbol > this.#after;
  }

  /**
   * How many klines and tickers it would hold now, as they are paid for: each series counts as {@link LEAST_KLINES_COUNTED} at least. Of
   * all symbols, how many it may hold: counting them would be work itself.
   */
  rowCount(markets: MarketReader): number {
    const { channel } = this;
    if (channel.kind === "ticker") return 1;
    if (channel.kind === "tickers") return storeOf(channel, markets)?.symbols().length ?? 0;
    if (channel.kind !== "kline" && channel.kind !== "closed") return 0;
    if (isWildcard(channel.symbol)) {
      const store = storeOfAll(channel.symbol, markets);
      const candles = store === undefined ? 0 : candlesSince(store, channel.interval, this.#since ?? 0);
      return (store?.symbols().length ?? 0) * Math.max(LEAST_KLINES_COUNTED, candles);
    }
    const series = markets.series(channel.symbol, channel.interval);
    const klines = series === undefined ? 0 : snapshotKlines(series, { since: this.#since });
    return Math.max(LEAST_KLINES_COUNTED, klines);
  }

  /**
   * The next message or a step towards it; undefined once all are made. `heldFrom`: by a series' channel, the open time of the
   * oldest closed kline that wasn't sent because it belongs into the snapshot.
   */
  step(source: SnapshotSource, heldFrom: (name: string) => number | undefined): SnapshotStep | undefined {
    const { channel } = this;
    if (this.#isDone) return undefined;
    if (channel.kind === "kline" || channel.kind === "closed") {
      const symbol = isWildcard(channel.symbol)
        ? this.#nextSymbol(storeOfAll(channel.symbol, source.markets))
        : channel.symbol;
      if (symbol !== undefined) return this.#seriesStep(source, channel, symbol, heldFrom);
    }
    this.#isDone = true;
    const text = tickersText(source.markets, channel);
    return text === undefined ? undefined : { text, klines: 0, name: undefined };
  }

  #seriesStep(
    source: SnapshotSource,
    channel: Extract<Channel, { kind: "kline" | "closed" }>,
    symbol: Symbol,
    heldFrom: (name: string) => number | undefined,
  ): SnapshotStep {
    const name = channelName({ ...channel, symbol });
    const range = { since: this.#since, hasNewest: this.#hasNewest, heldFrom: heldFrom(name) };
    const made = this.#series.step(source, { ...channel, symbol }, range);
    if (made === undefined) return { text: undefined, klines: 0, name };
    if (isWildcard(channel.symbol)) this.#after = symbol;
    else this.#isDone = true;
    return { ...made, name };
  }

  /** The symbol that is next by name. Symbols may come and go meanwhile. */
  #nextSymbol(store: MarketStore | undefined): Symbol | undefined {
    const symbols = store?.symbols() ?? [];
    if (symbols !== this.#symbols) {
      this.#symbols = symbols;
      this.#next = 0;
    }
    while (this.#next < symbols.length && (symbols[this.#next]?.symbol ?? "") <= this.#after) this.#next += 1;
    return symbols[this.#next]?.symbol;
  }
}

function storeOf({ market }: { readonly market?: MarketId }, markets: MarketReader): MarketStore | undefined {
  return market === undefined ? firstStore(markets) : markets.of(market);
}

/** The store of the one market that a channel's wildcard means. */
function storeOfAll(wildcard: Wildcard, markets: MarketReader): MarketStore | undefined {
  return storesMeant(wildcard, markets)[0];
}

/** The candles of an interval from `since` to the market's time, as many as a series holds. */
function candlesSince({ marketTime, capacity }: MarketStore, interval: Interval, since: number): number {
  const from = openTimeOf(interval, Math.max(0, since) as UnixMs);
  const candles = 1 + candlesBetween(interval, from, openTimeOf(interval, marketTime));
  return Math.max(0, Math.min(capacity, candles));
}

function tickersText(markets: MarketReader, channel: Channel): string | undefined {
  if (channel.kind === "tickers") return tickersMessage(channel.market, storeOf(channel, markets)?.tickers() ?? []);
  if (channel.kind !== "ticker") return undefined;
  const ticker = markets.ticker(channel.symbol);
  if (ticker === undefined) return undefined;
  return `{"type":"ticker","channel":"${channelName(channel)}","ticker":${tickerJson(ticker)}}`;
}
