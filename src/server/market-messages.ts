import type { Kline, Symbol, Ticker } from "../core/mod.ts";
import type { CloseNotice, MarketStore, Series } from "../store/mod.ts";
import { type Channel, tickerJson } from "../wire/mod.ts";
import type { Outbox } from "./outbox.ts";
import { klineText, seriesChannel } from "./series-channel.ts";
import type { Topics } from "./topics.ts";

/** Sockets are also checked for slowness after so many characters were published: none can fill up between two checks. */
const CHECK_EVERY_CHARACTERS = 256 * 1024;

/** What the messages are made from, and where they go. */
export interface MarketMessagesParts {
  readonly store: MarketStore;
  readonly topics: Topics;
  /** Called when so much was published that some sockets may have become slow. */
  readonly onMuch: () => void;
}

/** Publishes what changes in the store. A message is encoded once, and only when someone listens. */
export class MarketMessages {
  readonly #store: MarketStore;
  readonly #topics: Topics;
  readonly #onMuch: () => void;
  readonly #changedTickers: Set<Symbol> = new Set();
  #klineSubscriptions = 0;
  #checkedAtCharacters = 0;

  constructor({ store, topics, onMuch }: MarketMessagesParts) {
    this.#store = store;
    this.#topics = topics;
    this.#onMuch = onMuch;
    store.listen({
      kline: (series, kline) => this.#kline(series, kline, false),
      restated: (series, kline) => this.#kline(series, kline, true),
      ticker: (ticker) => this.#ticker(ticker),
      close: (notice) => this.#close(notice),
    });
  }

  /** A socket has begun a channel. While nobody has one of klines, no kline is looked at. */
  begin({ kind }: Channel): void {
    if (kind === "kline" || kind === "closed") this.#klineSubscriptions += 1;
  }

  /** A socket has ended one. */
  end({ kind }: Channel): void {
    if (kind === "kline" || kind === "closed") this.#klineSubscriptions -= 1;
  }

  /** All sockets were checked: the next check is due after as many characters again. */
  checked(): void {
    this.#checkedAtCharacters = this.#topics.figures.characters;
  }

  /** Sends the tickers that changed since the last call. */
  flushTickers(): void {
    if (this.#changedTickers.size === 0) return;
    const changed = [...this.#changedTickers];
    this.#changedTickers.clear();
    const text = (): string => {
      const tickers = changed.flatMap((symbol) => this.#store.ticker(symbol) ?? []);
      return `{"type":"tickers","tickers":[${tickers.map(tickerJson).join(",")}]}`;
    };
    this.#publish("tickers", text, (outbox) => outbox.newest.listedTickers(changed));
  }

  #kline(series: Series, kline: Readonly<Kline>, isRestated: boolean): void {
    if (this.#klineSubscriptions === 0) return;
    this.#klineOf("kline", series, kline, isRestated);
    if (kline.closed) this.#klineOf("closed", series, kline, isRestated);
  }

  /** To those who asked for the symbol and those who asked for all. Open states conflate, a close is never dropped. */
  #klineOf(kind: "kline" | "closed", series: Series, kline: Readonly<Kline>, isRestated: boolean): void {
    const of = seriesChannel(kind, series.symbol, series.interval);
    let made: string | undefined;
    const text = (): string => {
      made ??= klineText(of.name, kline, isRestated);
      return made;
    };
    const put = (outbox: Outbox): void => {
      if (kline.closed) outbox.closedKline(of, kline, text(), isRestated);
      else outbox.newest.kline(of);
    };
    this.#publish(of.name, text, put);
    this.#publish(of.wildcard, text, put);
  }

  #ticker(ticker: Ticker): void {
    const { symbol } = ticker;
    this.#changedTickers.add(symbol);
    const name = `ticker:${symbol}`;
    const text = (): string => `{"type":"ticker","channel":"${name}","ticker":${tickerJson(ticker)}}`;
    this.#publish(name, text, (outbox) => outbox.newest.ticker(symbol));
  }

  #close(notice: CloseNotice): void {
    let made: string | undefined;
    const text = (): string => {
      made ??= JSON.stringify({ type: "close", ...notice });
      return made;
    };
    this.#publish(`close:${notice.interval}`, text, (outbox) => outbox.keep(text()));
  }

  #publish(name: string, text: () => string, put: (outbox: Outbox) => void): void {
    this.#topics.send(name, text, put);
    if (this.#topics.figures.characters - this.#checkedAtCharacters >= CHECK_EVERY_CHARACTERS) this.#onMuch();
  }
}
