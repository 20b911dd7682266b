import { type Clock, InvalidInput } from "../../core/mod.ts";
import type { MarketDataSource } from "../../traders/mod.ts";
import { ChosenMarket } from "./chosen-market.ts";
import { RedisMarket } from "./redis-market.ts";
import {
  DEFAULT_SHARE,
  DEFAULT_SOURCE,
  needsRedis,
  parseShare,
  parseSource,
  type SourceChoice,
} from "./source-choice.ts";
import { UpstashRest } from "./upstash.ts";

/** The variables that choose the source, and those that @upstash/redis reads its address from. */
const VARIABLES = {
  source: "VYX_SOURCE",
  share: "VYX_SOURCE_SHARE",
  url: "UPSTASH_REDIS_REST_URL",
  token: "UPSTASH_REDIS_REST_TOKEN",
} as const;

/** How much patience to have with a server when there is another source: two tries within three seconds. */
const WITH_FALLBACK = { maxTries: 2, tryTimeoutMs: 2_000, deadlineMs: 3_000 } as const;

/** How patient a client of ours is to be; members of ClientOptions. */
export type Patience = Partial<typeof WITH_FALLBACK>;

/** What a host of the functions brings along. */
export interface ChooseMarketParts {
  readonly choice: SourceChoice;
  /** What a variable says, undefined when it is absent or empty. */
  readonly variable: (name: string) => string | undefined;
  /** Our own source. Not called where only Redis is asked. */
  readonly vyx: (patience: Patience) => MarketDataSource;
  readonly clock: Clock;
  readonly warn: (message: string) => void;
}

/** The choice that variables make; ours alone where they aren't set. Throws InvalidInput that names the variable. */
export function readSourceChoice(variable: ChooseMarketParts["variable"]): SourceChoice {
  return {
    source: read(VARIABLES.source, () => parseSource(variable(VARIABLES.source) ?? DEFAULT_SOURCE)),
    sharePercent: read(VARIABLES.share, () => parseShare(variable(VARIABLES.share) ?? DEFAULT_SHARE)),
  };
}

/** The source that was chosen; ours, untouched, where Redis has no part in it. Throws InvalidInput that names the variable. */
export function chooseMarket({ choice, variable, vyx, clock, warn }: ChooseMarketParts): MarketDataSource {
  if (!needsRedis(choice)) return vyx({});
  const redis = new RedisMarket(upstash(variable), clock);
  const { source } = choice;
  if (source === "redis") return redis;
  return new ChosenMarket({ choice, vyx: vyx(source === "vyx-then-redis" ? WITH_FALLBACK : {}), redis, clock, warn });
}

function upstash(variable: ChooseMarketParts["variable"]): UpstashRest {
  const [url, token] = [variable(VARIABLES.url), variable(VARIABLES.token)];
  if (url === undefined || token === undefined) {
    const missing = url === undefined ? VARIABLES.url : VARIABLES.token;
    throw new InvalidInput(
      `the variable ${missing} isn't set: ${VARIABLES.source} and ${VARIABLES.share} have Redis asked`,
    );
  }
  return read(VARIABLES.url, () => new UpstashRest({ url, token }));
}

function read<T>(name: string, value: () => T): T {
  try {
    return value();
  } catch (cause) {
    if (!(cause instanceof InvalidInput)) throw cause;
    throw new InvalidInput(`${name}: ${cause.message}`, { cause });
  }
}
