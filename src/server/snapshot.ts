import type { Interval, Symbol } from "../core/mod.ts";
import { type MarketStore, readKlines } from "../store/mod.ts";
import { type Channel, klineJson, tickerJson } from "../wire/mod.ts";

/** The klines of a snapshot when the client doesn't say what it has. */
const SNAPSHOT_KLINES = 100;

/** What a channel begins with. `since`: the open time of the last closed kline that the client has. */
export function* snapshotsFor(store: MarketStore, channel: Channel, since: number | undefined): Iterable<string> {
  switch (channel.kind) {
    case "kline":
    case "closed": {
      if (channel.symbol !== "*") {
        yield klineSnapshot(store, channel.kind, channel.symbol, channel.interval, since);
        return;
      }
      if (channel.kind === "kline" || since === undefined) return;
      for (const { symbol } of store.symbols()) yield klineSnapshot(store, "closed", symbol, channel.interval, since);
      return;
    }
    case "ticker": {
      const ticker = store.ticker(channel.symbol);
      if (ticker !== undefined) {
        yield `{"type":"ticker","channel":"ticker:${channel.symbol}","ticker":${tickerJson(ticker)}}`;
      }
      return;
    }
    case "tickers":
      yield `{"type":"tickers","tickers":[${store.tickers().map(tickerJson).join(",")}]}`;
      return;
    default:
      return;
  }
}

function klineSnapshot(
  store: MarketStore,
  kind: "kline" | "closed",
  symbol: Symbol,
  interval: Interval,
  since: number | undefined,
): string {
  const channel = `${kind}:${symbol}:${interval}`;
  const series = store.series(symbol, interval);
  if (series === undefined) return `{"type":"snapshot","channel":"${channel}","klines":[],"recovered":false}`;
  const closedOnly = kind === "closed";
  const selection =
    since === undefined
      ? series.select({ limit: Math.min(SNAPSHOT_KLINES, store.capacity), closedOnly })
      : series.select({ limit: series.ring.capacity, startTime: since, closedOnly });
  const rows = readKlines(series, selection).map(klineJson).join(",");
  // A hole that the exchange itself has is no loss: whoever resumes has got all that there is.
  const recovered = since === undefined ? selection.complete : series.reachesBackTo(since);
  return `{"type":"snapshot","channel":"${channel}","klines":[${rows}],"recovered":${recovered}}`;
}
