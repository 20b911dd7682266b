import { amountOf, changeOf } from "../core/mod.ts";

const MIB = 1024 * 1024;

/** One cache: what it holds, how many bytes it may hold, and what happens past that. */
export interface CacheBound {
  readonly holds: string;
  readonly maxBytes: number;
  readonly whenFull: string;
}

/** The name of one of the {@link CACHES}. */
export type CacheName = "answers" | "rows" | "requests" | "addresses" | "users" | "tokens" | "tickets";

/** What answers and rows of klines take together unless `--cache-mb` says otherwise: rows of 100 klines of 3,000 series, and some answers. */
export const DEFAULT_CACHE_MB = 96;

/** The share of it that whole answers get. What is in them is in the rows, too: they spare a copy only. */
const ANSWERS_SHARE = 1 / 6;

const DEFAULT_KLINE_BYTES = klineBytesOf(DEFAULT_CACHE_MB);

/** Every cache of the server. A row here is a bound, a row in docs/limits.md and a label value of the metrics. */
export const CACHES: Readonly<Record<CacheName, CacheBound>> = {
  answers: {
    holds:
      "whole answers of single series that were asked for again, with their compressed forms; a sixth of `--cache-mb`",
    maxBytes: DEFAULT_KLINE_BYTES.answers,
    whenFull: "those of the series that was first asked for in its present state longest ago are dropped",
  },
  rows: {
    holds: "closed klines as JSON rows; the rest of `--cache-mb`",
    maxBytes: DEFAULT_KLINE_BYTES.rows,
    whenFull:
      "a series that is asked for more often takes the place of the one that was asked for longest ago; others, and batches, are encoded anew",
  },
  requests: {
    holds: "parsed addresses of requests with their parameters",
    maxBytes: 8 * MIB,
    whenFull: "the older half is dropped",
  },
  addresses: {
    holds: "rates of addresses without a key",
    maxBytes: 8 * MIB,
    whenFull: "one whose bucket is full makes room, else the oldest",
  },
  users: {
    holds: "rates of users who are signed in",
    maxBytes: 8 * MIB,
    whenFull: "one whose bucket is full makes room, else the oldest",
  },
  tokens: {
    holds: "users' tokens that were verified",
    maxBytes: 16 * MIB,
    whenFull: "the oldest is dropped, and verified again when it comes back",
  },
  tickets: {
    holds: "tickets that WebSockets were opened with, while they are still valid",
    maxBytes: 4 * MIB,
    whenFull: "the oldest is forgotten, and accepted once more until it expires",
  },
};

/** Counts the bytes of one cache, about. The cache itself evicts. */
export class CacheMeter {
  readonly maxBytes: number;
  #bytes = 0;
  #evictions = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Bytes that are held, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Entries that had to go for others, since the start. */
  get evictions(): number {
    return this.#evictions;
  }

  /** Whether something has to go. */
  get isOver(): boolean {
    return this.#bytes > this.maxBytes;
  }

  /** An entry came, grew, or went because it was out of date (negative). */
  change(bytes: number): void {
    this.#bytes += changeOf(bytes, "bytes of a cache");
  }

  /** An entry of so many bytes made room for others. */
  evict(bytes: number): void {
    this.#bytes -= amountOf(bytes, "bytes of a cache");
    this.#evictions += 1;
  }
}

/** The meters of a server's caches. */
export type CacheMeters = Readonly<Record<CacheName, CacheMeter>>;

/** Makes a meter for each of the {@link CACHES}. `cacheMb`: what answers and rows take together, in MiB. */
export function cacheMeters(cacheMb: number = DEFAULT_CACHE_MB): CacheMeters {
  const meter = (name: CacheName): CacheMeter => new CacheMeter(CACHES[name].maxBytes);
  const { answers, rows } = klineBytesOf(cacheMb);
  return {
    answers: new CacheMeter(answers),
    rows: new CacheMeter(rows),
    requests: meter("requests"),
    addresses: meter("addresses"),
    users: meter("users"),
    tokens: meter("tokens"),
    tickets: meter("tickets"),
  };
}

function klineBytesOf(cacheMb: number): Record<"answers" | "rows", number> {
  const answers = Math.round(cacheMb * MIB * ANSWERS_SHARE);
  return { answers, rows: cacheMb * MIB - answers };
}
