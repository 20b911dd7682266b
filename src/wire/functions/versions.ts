import * as v from "valibot";
import { BARE_MARKET, MARKET_IDS, type UnixMs } from "../../core/mod.ts";
import { type AnswerSchema, count, interval, momentSchema, symbol } from "../answer-schemas.ts";
import { cursorText, limitText, read, textsOf, type URLSearchParamsLike } from "./members.ts";
import type { Trader } from "./traders.ts";

/** What decided the matches of a trader from a moment on. */
export interface TraderVersion
  extends Pick<
    Trader,
    "version" | "code" | "timeframes" | "triggerInterval" | "market" | "symbols" | "cooldownCandles"
  > {
  /** When the trader became this version: local time of the database. */
  readonly createdAt: UnixMs;
  /** How many signals it has stored, those included that have been deleted for their age since. */
  readonly signals: number;
}

/** `GET traders/{id}/versions`, newest first. `cursor` asks for what follows, null at the end. */
export interface VersionsAnswer {
  readonly count: number;
  readonly versions: readonly TraderVersion[];
  readonly cursor: string | null;
}

/** Which versions are asked for, newest first. */
export interface VersionsQuery {
  readonly cursor: string | undefined;
  readonly limit: number;
}

/** Reads the query of `GET traders/{id}/versions`. Throws {@link InvalidInput}. */
export function readVersionsQuery(query: URLSearchParamsLike): VersionsQuery {
  const schema = v.strictObject({ cursor: cursorText(/^\d{1,9}$/), limit: limitText });
  const { cursor, limit } = read(schema, textsOf(query));
  return { cursor, limit };
}

const versionSchema: AnswerSchema<TraderVersion> = v.object({
  version: count,
  code: v.string(),
  timeframes: v.array(interval),
  triggerInterval: interval,
  market: v.optional(v.picklist(MARKET_IDS), BARE_MARKET),
  symbols: v.nullable(v.array(symbol)),
  cooldownCandles: count,
  createdAt: v.pipe(momentSchema, v.description("when the trader became this version")),
  signals: v.pipe(count, v.description("that it has stored, those included that have been deleted since")),
});

/** `GET traders/{id}/versions`. */
export const versionsSchema: AnswerSchema<VersionsAnswer> = v.object({
  count,
  versions: v.array(versionSchema),
  cursor: v.nullable(v.string()),
});
