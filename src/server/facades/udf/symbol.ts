import {
  type Interval,
  MARKET_TABLE,
  type MarketId,
  marketOf,
  nameAt,
  type Symbol,
  type SymbolInfo,
} from "../../../core/mod.ts";

/** What the chart library calls each interval: minutes, or a number of days, weeks or months. 8h and 3d are among them. */
const RESOLUTIONS: ReadonlyMap<Interval, string> = new Map([
  ["1s", "1S"],
  ["1m", "1"],
  ["3m", "3"],
  ["5m", "5"],
  ["15m", "15"],
  ["30m", "30"],
  ["1h", "60"],
  ["2h", "120"],
  ["4h", "240"],
  ["6h", "360"],
  ["8h", "480"],
  ["12h", "720"],
  ["1d", "1D"],
  ["3d", "3D"],
  ["1w", "1W"],
  ["1M", "1M"],
] as const);

/** The resolutions of intervals that are kept, the shortest first. */
export function resolutionsOf(served: readonly Interval[]): readonly string[] {
  return served.flatMap((interval) => RESOLUTIONS.get(interval) ?? []);
}

/** The interval of a resolution; `D`, `W` and `M` mean one of each. */
export function intervalOf(resolution: string): Interval | undefined {
  const written = /^[SDWM]$/.test(resolution) ? `1${resolution}` : resolution;
  for (const [interval, name] of RESOLUTIONS) if (name === written) return interval;
  return undefined;
}

/** The name of an exchange as symbols carry it: BINANCE. */
export function exchangeOf(market: MarketId): string {
  return MARKET_TABLE[market].exchange.toUpperCase();
}

/** A symbol with its exchange, as TradingView writes it: BINANCE:BTCUSDT. */
export function fullName(symbol: Symbol): string {
  return symbol.includes(":") ? symbol : `${exchangeOf(marketOf(symbol))}:${symbol}`;
}

/** A symbol as the library's function `resolveSymbol` wants it. */
export function symbolDescription(info: SymbolInfo, served: readonly Interval[]): object {
  const { symbol, priceDecimals, quantityDecimals, quote, status } = info;
  const market = marketOf(symbol);
  const exchange = exchangeOf(market);
  return {
    symbol: shortName(symbol),
    name: shortName(symbol),
    ticker: fullName(symbol),
    description: describe(info),
    type: "crypto",
    session: "24x7",
    timezone: "Etc/UTC",
    exchange,
    listed_exchange: exchange,
    "exchange-traded": exchange,
    "exchange-listed": exchange,
    currency_code: quote,
    format: "price",
    minmov: 1,
    minmov2: 0,
    pointvalue: 1,
    pricescale: 10 ** priceDecimals,
    volume_precision: quantityDecimals,
    has_seconds: served.includes("1s"),
    has_intraday: served.some((interval) => /[mh]$/.test(interval)),
    has_daily: served.includes("1d"),
    has_weekly_and_monthly: served.includes("1w") && served.includes("1M"),
    has_empty_bars: false,
    visible_plots_set: "ohlcv",
    supported_resolutions: resolutionsOf(served),
    intraday_multipliers: resolutionsOf(served).filter((name) => /^\d+$/.test(name)),
    data_status: status === "DELISTED" ? "endofday" : "streaming",
    expired: status === "DELISTED",
  };
}

/** A line of the library's search. */
export function searchLine(info: SymbolInfo): object {
  const { symbol } = info;
  const market = marketOf(symbol);
  return {
    symbol: shortName(symbol),
    full_name: fullName(symbol),
    ticker: fullName(symbol),
    description: describe(info),
    exchange: exchangeOf(market),
    type: "crypto",
  };
}

/** BTCUSDT.P for a perpetual. */
function shortName(symbol: Symbol): string {
  return symbol.slice(symbol.indexOf(":") + 1);
}

function describe({ symbol, base, quote }: SymbolInfo): string {
  const market = marketOf(symbol);
  const name = `${base} / ${quote}`;
  return MARKET_TABLE[market].suffix === "" ? name : `${name} (${nameAt(symbol)}, ${MARKET_TABLE[market].name})`;
}
