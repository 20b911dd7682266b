import type { Interval, MarketId, Symbol, UnixMs } from "../core/mod.ts";
import type { TraderVersion, VersionsQuery } from "../wire/mod.ts";
import { reached, type Sql } from "./database.ts";
import { MAX_PAGE_BYTES, type Owner, owned, SYMBOL_BYTES } from "./traders-table.ts";

/** A version of a trader, and when it was over. */
export interface VersionSpan {
  readonly version: TraderVersion;
  /** When the next one began, by the database's clock; undefined while it is the present one. */
  readonly endedAt: UnixMs | undefined;
  /** The least and the largest id of its signals; undefined where it stored none. */
  readonly ids: { readonly first: number; readonly last: number } | undefined;
}

/** What traders were, as rows that the database's triggers write. */
export class VersionsTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** A trader's versions, newest first; undefined where the owner has no such trader. A page has {@link MAX_PAGE_BYTES} at most. */
  async list(
    owner: Owner,
    id: string,
    { cursor, limit }: VersionsQuery,
  ): Promise<{ versions: TraderVersion[]; cursor: string | null } | undefined> {
    const sql = this.#sql;
    const rows = await reached(sql<(VersionRow | { readonly version: null })[]>`
      with mine as (select id from public.traders where id = ${id} ${owned(sql, owner)}),
      page as (
        select v.trader_id, v.version, row_number() over newest as place,
          sum(octet_length(v.code) + ${SYMBOL_BYTES}::integer * coalesce(cardinality(v.symbols), 0)) over newest as bytes
        from mine join public.trader_versions v on v.trader_id = mine.id
        where true ${cursor === undefined ? sql`` : sql`and v.version < ${Number(cursor)}`}
        window newest as (order by v.version desc)
        order by place limit ${limit + 1}
      )
      select v.*, (select count(*) from page)::integer as found from mine left join page on page.place <= ${limit}
        and (page.place = 1 or page.bytes <= ${MAX_PAGE_BYTES})
      left join public.trader_versions v on v.trader_id = page.trader_id and v.version = page.version
      order by v.version desc`);
    if (rows.length === 0) return undefined;
    const versions = rows.filter((row): row is VersionRow => row.version !== null);
    const last = versions.at(-1);
    const next = last !== undefined && last.found > versions.length ? String(last.version) : null;
    return { versions: versions.map(versionOf), cursor: next };
  }

  /** One version, the present one unless given; undefined where the owner has no such trader, or it never had this version. */
  async read(owner: Owner, id: string, version: number | undefined): Promise<VersionSpan | undefined> {
    const sql = this.#sql;
    const [row] = await reached(sql<SpanRow[]>`
      select v.*, next.created_at as ended_at from public.traders t
      join public.trader_versions v on v.trader_id = t.id and v.version = ${version === undefined ? sql`t.version` : sql`${version}::integer`}
      left join lateral (select n.created_at from public.trader_versions n
        where n.trader_id = t.id and n.version > v.version order by n.version limit 1) next on true
      where t.id = ${id} ${owned(sql, owner)}`);
    if (row === undefined) return undefined;
    const { ended_at: endedAt, first_id: first, last_id: last } = row;
    return {
      version: versionOf(row),
      endedAt: endedAt === null ? undefined : (endedAt.getTime() as UnixMs),
      ids: first === null || last === null ? undefined : { first, last },
    };
  }
}

/** A row of the table, in the database's names; of a list, with how many there are up to one past the limit. */
interface VersionRow {
  readonly version: number;
  readonly code: string;
  readonly timeframes: Interval[];
  readonly trigger_interval: Interval;
  readonly market: MarketId;
  readonly symbols: Symbol[] | null;
  readonly cooldown_candles: number;
  readonly created_at: Date;
  readonly signals: number;
  readonly found: number;
}

/** A row of one version, with when the next one began, and which ids its signals have. */
interface SpanRow extends VersionRow {
  readonly ended_at: Date | null;
  readonly first_id: number | null;
  readonly last_id: number | null;
}

function versionOf(row: VersionRow): TraderVersion {
  return {
    version: row.version,
    code: row.code,
    timeframes: row.timeframes,
    triggerInterval: row.trigger_interval,
    market: row.market,
    symbols: row.symbols,
    cooldownCandles: row.cooldown_candles,
    createdAt: row.created_at.getTime() as UnixMs,
    signals: row.signals,
  };
}
