import { emptyKline, nameAt, type Symbol, type SymbolInfo, symbolAt } from "../../core/mod.ts";
import type { Exchange, FrameSink } from "../exchange.ts";
import type { RecordedFrame } from "./recording.ts";

/** Quote assets by which a name is split, where nothing else says how; the longer ones first. Binance spot, 2026-07. */
const QUOTES = ["FDUSD", "USDT", "USDC", "BUSD", "TUSD", "EUR", "TRY", "BRL", "JPY", "USD", "BTC", "ETH", "BNB"];

/** What the frames of a recording show of their symbols: which ones have klines or tickers, and how many decimals they use. */
export async function recordedSymbols(
  frames: AsyncIterable<RecordedFrame>,
  { id, streams }: Pick<Exchange, "id" | "streams">,
): Promise<SymbolInfo[]> {
  const found = new Map<Symbol, SymbolInfo>();
  const note = (symbol: Symbol, prices: readonly (number | undefined)[], quantity: number | undefined): void => {
    const had = found.get(symbol) ?? { ...named(symbol), priceDecimals: 0, quantityDecimals: 0 };
    found.set(symbol, {
      ...had,
      priceDecimals: Math.max(had.priceDecimals, ...prices.map(decimalsOf)),
      quantityDecimals: Math.max(had.quantityDecimals, decimalsOf(quantity)),
    });
  };
  const figures = emptyKline();
  const sink: FrameSink = {
    figures,
    tickersTaken: 0,
    followed: (name) => (typeof name === "string" ? symbolAt(id, name) : undefined),
    kline: (symbol) => note(symbol, [figures.open, figures.close], figures.volume),
    restated: () => {},
    ticker: ({ symbol, open, price, volume }) => note(symbol, [open, price], volume),
    tickerChange: ({ symbol, figures: { open, price, volume } }) => note(symbol, [open, price], volume),
    unfollowedTicker: () => false,
    shutdown: () => {},
    refused: () => {},
    ignored: () => {},
    malformed: () => {},
  };
  for await (const { text } of frames) streams.read(text, sink);
  return [...found.values()].sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
}

function named(symbol: Symbol): Pick<SymbolInfo, "symbol" | "base" | "quote" | "status"> {
  const name = nameAt(symbol);
  const quote = QUOTES.find((asset) => name.endsWith(asset) && name.length > asset.length) ?? "";
  return { symbol, base: name.slice(0, name.length - quote.length), quote, status: "TRADING" };
}

/** Digits behind the point, without the zeros that only fill up. */
function decimalsOf(figure: number | undefined): number {
  if (figure === undefined || !Number.isFinite(figure)) return 0;
  const [digits = "", exponent = "0"] = String(figure).split("e");
  return Math.max(0, (digits.split(".")[1] ?? "").length - Number(exponent));
}
