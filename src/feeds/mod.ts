export { BanFile } from "./binance/ban-file.ts";
export { BINANCE_REST, BINANCE_WS, BinanceFeed } from "./binance/feed.ts";
export { parseSelection, type SymbolSelection } from "./binance/selection.ts";
export { FEED_BOUNDS } from "./bounds.ts";
export { ReplayFeed } from "./replay/feed.ts";
