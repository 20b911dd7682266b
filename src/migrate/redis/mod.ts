export { chooseMarket, readSourceChoice } from "./choose-market.ts";
export { all, type RedisCommand, type RedisCommands } from "./commands.ts";
export type { SeriesName } from "./keys.ts";
export type { RedisCandle } from "./member.ts";
export { readKeys, readLastCloses } from "./read-keys.ts";
export { type BadMember, type RedisSeries, readSeries } from "./read-series.ts";
export { RedisError, refusalOf } from "./redis-error.ts";
export {
  DEFAULT_SHARE,
  DEFAULT_SOURCE,
  idAtPercentile,
  parseShare,
  parseSource,
  SOURCES,
  type Source,
} from "./source-choice.ts";
export { UpstashRest } from "./upstash.ts";
