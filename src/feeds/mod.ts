export { BINANCE_REST, BINANCE_WS, BinanceFeed, type BinanceFeedOptions, type FeedLog } from "./binance/feed.ts";
export { type FrameOutcome, FrameReader } from "./binance/frames.ts";
export { parseSelection, type SymbolSelection } from "./binance/selection.ts";
export { ReplayFeed, type ReplayFeedOptions } from "./replay/feed.ts";
