import { CHILD_OF, type Kline, type MarketId, marketOf, type Symbol, type Ticker, type UnixMs } from "../core/mod.ts";
import { type CloseNotice, firstStore, type MarketReader, type Series } from "../store/mod.ts";
import { type Channel, channelName, klineText } from "../wire/mod.ts";
import { wildcardHere } from "./markets-asked.ts";
import { FACADE_FORMATS, type MessageFormat, type SocketFormat } from "./message-format.ts";
import type { Outbox } from "./outbox.ts";
import type { PackedKlines } from "./packed-klines.ts";
import { type SeriesChannel, seriesChannel } from "./series-channel.ts";
import { type Topics, topicOf } from "./topics.ts";

/** Sockets are also checked for slowness after so many characters were published: none can fill up between two checks. */
export const CHECK_EVERY_CHARACTERS: number = 256 * 1024;

/** What the messages are made from, and where they go. */
export interface MarketMessagesParts {
  readonly markets: MarketReader;
  readonly topics: Topics;
  readonly packed: PackedKlines;
  readonly formats: Readonly<Record<SocketFormat, MessageFormat>>;
  /** Called when so much was published that some sockets may have become slow. */
  readonly onMuch: () => void;
}

/** Publishes what changes in the store. A message is encoded once, and only when someone listens. */
export class MarketMessages {
  readonly #markets: MarketReader;
  readonly #topics: Topics;
  readonly #packed: PackedKlines;
  readonly #formats: MarketMessagesParts["formats"];
  readonly #onMuch: () => void;
  readonly #changedTickers: Map<MarketId, Set<Symbol>> = new Map();
  readonly #channels = {
    kline: new WeakMap<Series, SeriesChannel>(),
    closed: new WeakMap<Series, SeriesChannel>(),
  } as const;
  #klineSubscriptions = 0;
  /** Subscriptions to open klines of intervals that are rolled up from others, by symbol or wildcard. */
  readonly #rolledFollowed: Map<string, number> = new Map();
  #checkedAtCharacters = 0;

  constructor({ markets, topics, packed, formats, onMuch }: MarketMessagesParts) {
    this.#formats = formats;
    this.#markets = markets;
    this.#topics = topics;
    this.#packed = packed;
    this.#onMuch = onMuch;
    markets.listen({
      kline: (series, kline) => this.#kline(series, kline, false),
      restated: (series, kline) => this.#kline(series, kline, true),
      ticker: (ticker) => this.#ticker(ticker),
      close: (notice) => this.#close(notice),
    });
  }

  /** A socket has begun a channel. While nobody has one of klines, no kline is looked at. */
  begin(channel: Channel): void {
    this.#count(channel, 1);
  }

  /** A socket has ended one. */
  end(channel: Channel): void {
    this.#count(channel, -1);
  }

  #count(channel: Channel, by: 1 | -1): void {
    if (channel.kind !== "kline" && channel.kind !== "closed") return;
    this.#klineSubscriptions += by;
    if (channel.kind === "closed" || CHILD_OF[channel.interval] === undefined) return;
    const left = (this.#rolledFollowed.get(channel.symbol) ?? 0) + by;
    if (left > 0) this.#rolledFollowed.set(channel.symbol, left);
    else this.#rolledFollowed.delete(channel.symbol);
  }

  /** All sockets were checked: the next check is due after as many characters again. */
  checked(): void {
    this.#checkedAtCharacters = this.#topics.figures.characters;
  }

  /** Sends the tickers that changed since the last call. */
  flushTickers(): void {
    for (const [market, symbols] of this.#changedTickers) {
      const changed = [...symbols];
      for (const named of this.#namesOf(market)) {
        const tickers = (): Ticker[] => changed.flatMap((symbol) => this.#markets.ticker(symbol) ?? []);
        const channel = channelName({ kind: "tickers", ...marketNamed(named) });
        const put = (outbox: Outbox): void => outbox.newest.listedTickers(channel, changed);
        this.#toEach(channel, ({ tickers: text }) => text(named, tickers()), put);
      }
    }
    this.#changedTickers.clear();
  }

  #kline(series: Series, kline: Readonly<Kline>, isRestated: boolean): void {
    if (this.#klineSubscriptions === 0) return;
    if (this.#isRolledFollowed(series)) this.#markets.of(marketOf(series.symbol))?.catchUp(series.symbol);
    this.#klineOf("kline", series, kline, isRestated);
    if (kline.closed) this.#klineOf("closed", series, kline, isRestated);
  }

  /** Whether a client follows an open kline that is rolled up from this series. */
  #isRolledFollowed({ symbol, interval }: Series): boolean {
    if (this.#rolledFollowed.size === 0 || CHILD_OF[interval] !== undefined) return false;
    return this.#rolledFollowed.has(symbol) || this.#rolledFollowed.has(wildcardHere(marketOf(symbol), this.#markets));
  }

  /** To those who asked for the symbol and those who asked for all. Open states conflate, a close is never dropped. */
  #klineOf(kind: "kline" | "closed", series: Series, kline: Readonly<Kline>, isRestated: boolean): void {
    const of = this.#channelOf(kind, series);
    this.#klineTo(of.plain, of, kline, isRestated);
    if (of.timed.some((topic) => this.#topics.isListenedTo(topic))) {
      this.#klineTo(of.timed, of, kline, isRestated, timeOf(this.#markets, of.symbol));
    }
    this.#packed.add(of, kline, isRestated);
    // Other services have no word for a restatement: a closed kline would come twice.
    if (kind === "kline" && !isRestated && this.#topics.facadeChannels > 0) this.#klineToFacades(of, kline);
  }

  #klineToFacades(of: SeriesChannel, kline: Readonly<Kline>): void {
    for (const format of FACADE_FORMATS) {
      let made: string | undefined;
      const text = (): string => {
        made ??= this.#formats[format].message([{ of, kline }], false) as string;
        return made;
      };
      this.#publish(topicOf(format, of.name), text, (outbox) => {
        if (kline.closed) outbox.closedKline(of, kline, text(), false);
        else outbox.newest.kline(of);
      });
    }
  }

  /** `time`: the market's, where the message says it. */
  #klineTo(
    topics: readonly [own: string, all: string],
    of: SeriesChannel,
    kline: Readonly<Kline>,
    isRestated: boolean,
    time?: UnixMs,
  ): void {
    let made: string | undefined;
    const text = (): string => {
      made ??= klineText(of.name, kline, isRestated, time);
      return made;
    };
    const put = (outbox: Outbox): void => {
      if (kline.closed) outbox.closedKline(of, kline, text(), isRestated);
      else outbox.newest.kline(of);
    };
    for (const topic of topics) this.#publish(topic, text, put);
  }

  /** Its names are made once for each series: they are compared with those of the topics for each state. */
  #channelOf(kind: "kline" | "closed", series: Series): SeriesChannel {
    const known = this.#channels[kind].get(series);
    if (known !== undefined) return known;
    const made = seriesChannel(kind, series, wildcardHere(marketOf(series.symbol), this.#markets));
    this.#channels[kind].set(series, made);
    return made;
  }

  #ticker(ticker: Ticker): void {
    const { symbol } = ticker;
    const market = marketOf(symbol);
    const changed = this.#changedTickers.get(market);
    if (changed === undefined) this.#changedTickers.set(market, new Set([symbol]));
    else changed.add(symbol);
    const name = `ticker:${symbol}`;
    this.#toEach(
      name,
      ({ ticker: text }) => text(ticker),
      (outbox) => outbox.newest.ticker(symbol),
    );
  }

  /** Publishes a message of tickers, made once for each shape of it. */
  #toEach(name: string, text: (format: MessageFormat) => string, put: (outbox: Outbox) => void): void {
    this.#publish(name, () => text(this.#formats.json), put);
    if (this.#topics.facadeChannels === 0) return;
    for (const format of FACADE_FORMATS) this.#publish(topicOf(format, name), () => text(this.#formats[format]), put);
  }

  #close({ market, ...close }: CloseNotice): void {
    for (const named of this.#namesOf(market)) {
      let made: string | undefined;
      const text = (): string => {
        made ??= JSON.stringify({ type: "close", ...marketNamed(named), ...close });
        return made;
      };
      const channel = channelName({ kind: "close", ...marketNamed(named), interval: close.interval });
      // The klines that closed come before the close.
      if (this.#topics.isListenedTo(channel)) this.#packed.flush();
      this.#publish(channel, text, (outbox) => outbox.keep(text()));
    }
  }

  /** How channels name a market: by its id, and the server's first market also without. */
  #namesOf(market: MarketId): readonly (MarketId | undefined)[] {
    return firstStore(this.#markets).market === market ? [undefined, market] : [market];
  }

  #publish(name: string, text: () => string, put: (outbox: Outbox) => void): void {
    this.#topics.send(name, text, put);
    this.published();
  }

  /** Something was published: when it was much, some sockets may have become slow. */
  published(): void {
    if (this.#topics.figures.characters - this.#checkedAtCharacters >= CHECK_EVERY_CHARACTERS) this.#onMuch();
  }
}

function marketNamed(market: MarketId | undefined): { readonly market?: MarketId } {
  return market === undefined ? {} : { market };
}

/** What time it is in a symbol's market. Undefined before its first event: a checkpoint's time is that of another run. */
export function timeOf(markets: MarketReader, symbol: Symbol): UnixMs | undefined {
  const store = markets.of(marketOf(symbol));
  return store?.isTimeConfirmed === true ? store.marketTime : undefined;
}
