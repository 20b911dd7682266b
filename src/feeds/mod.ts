export { BINANCE } from "./binance/binance.ts";
export { FEED_BOUNDS } from "./bounds.ts";

export type {
  DecodedRow,
  Exchange,
  FrameSink,
  Listing,
  Realness,
  Refusal,
  RestProtocol,
  StreamProtocol,
} from "./exchange.ts";
export { EXCHANGES } from "./exchanges.ts";
export { BanFile } from "./live/asking/ban-file.ts";
export type { Sharing } from "./live/asking/shared-history.ts";
export { LiveFeed } from "./live/feed.ts";
export { parseSelection, type SymbolSelection } from "./live/selection.ts";
export { isObject, type Members, objectIn } from "./members.ts";
export { moment } from "./moment.ts";
export { askKlines, askTime } from "./one-question.ts";
export { PastAsker } from "./past-asker.ts";
export { ReplayFeed } from "./replay/feed.ts";
