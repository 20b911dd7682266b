export { chooseMarket, readSourceChoice } from "./choose-market.ts";
export { DEFAULT_SHARE, DEFAULT_SOURCE, parseShare, parseSource, SOURCES, type Source } from "./source-choice.ts";
