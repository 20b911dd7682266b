import { isSymbolText, parseSymbol, type SymbolInfo } from "../../core/mod.ts";
import type { RecordedFrame } from "./recording.ts";

/** Quote assets by which a name is split, where nothing else says how; the longer ones first. Binance spot, 2026-07. */
const QUOTES = ["FDUSD", "USDT", "USDC", "BUSD", "TUSD", "EUR", "TRY", "BRL", "JPY", "USD", "BTC", "ETH", "BNB"];

/** What the frames of a recording show of their symbols: which ones have klines or tickers, and how many decimals they use. */
export async function recordedSymbols(frames: AsyncIterable<RecordedFrame>): Promise<SymbolInfo[]> {
  const found = new Map<string, SymbolInfo>();
  for await (const { text } of frames) {
    for (const event of eventsOf(text)) {
      const name = event.s;
      if (typeof name !== "string" || !isSymbolText(name)) continue;
      const figures = event.e === "kline" ? (event.k as Members | undefined) : event;
      const had = found.get(name) ?? { ...named(name), priceDecimals: 0, quantityDecimals: 0 };
      found.set(name, {
        ...had,
        priceDecimals: Math.max(had.priceDecimals, decimalsOf(figures?.o), decimalsOf(figures?.c)),
        quantityDecimals: Math.max(had.quantityDecimals, decimalsOf(figures?.v)),
      });
    }
  }
  return [...found.values()].sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
}

type Members = Readonly<Record<string, unknown>>;

/** The kline and ticker events in a frame; none where it can't be read. */
function eventsOf(text: string): Members[] {
  if (!text.includes('"kline"') && !text.includes('"24hrMiniTicker"')) return [];
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return [];
  }
  const data = (frame as { data?: unknown } | null)?.data ?? frame;
  const events = (Array.isArray(data) ? data : [data]) as (Members | null)[];
  return events.filter((event): event is Members => event?.e === "kline" || event?.e === "24hrMiniTicker");
}

function named(name: string): Pick<SymbolInfo, "symbol" | "base" | "quote" | "status"> {
  const symbol = parseSymbol(name);
  const quote = QUOTES.find((asset) => symbol.endsWith(asset) && symbol.length > asset.length) ?? "";
  return { symbol, base: symbol.slice(0, symbol.length - quote.length), quote, status: "TRADING" };
}

/** Digits behind the point, without the zeros that only fill up. */
function decimalsOf(figure: unknown): number {
  if (typeof figure !== "string") return 0;
  return (figure.split(".")[1] ?? "").replace(/0+$/, "").length;
}
