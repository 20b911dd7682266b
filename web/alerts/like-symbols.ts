import type { Market } from "../market/market.ts";
import { ranked } from "../palette/ranking.ts";

/** Symbols that are offered at once. */
const OFFERED = 4;

/** The symbols that a typed name means, the best first: "bitcoin" and "btc" mean BTCUSDT. */
export function likeSymbols(
  market: Pick<Market, "markets" | "symbolsOf" | "assetName" | "info" | "rows">,
  typed: string,
): readonly string[] {
  const entries = market.markets.flatMap((of) =>
    [...market.symbolsOf(of)].map((symbol) => ({
      ...{ kind: "Symbol" as const, title: symbol, run: () => {} },
      detail: market.assetName(symbol) ?? "",
      aliases: [market.info(symbol)?.base ?? ""],
      weight: Math.min(1, Math.log10(1 + (market.rows.get(symbol)?.ticker.peek().quoteVolume ?? 0)) / 12),
    })),
  );
  return ranked(entries, typed.split(/\s+/))
    .slice(0, OFFERED)
    .map(({ title }) => title);
}
