import type { Interval, Symbol } from "../../core/mod.ts";
import type { Series } from "../../store/mod.ts";
import { type KlineParameters, klineParameters } from "../parameters.ts";

/** The address of klines that a query didn't get, such as `/klines/BTCUSDT/1m?limit=100&startTime=1770681600000`. */
export function klinesAddress(
  symbol: Symbol,
  interval: Interval,
  { limit, startTime, endTime, closedOnly }: Omit<KlineParameters, "shape">,
): string {
  const query = new URLSearchParams({ limit: String(limit) });
  if (startTime !== undefined) query.set("startTime", String(startTime));
  if (endTime !== undefined) query.set("endTime", String(endTime));
  if (closedOnly) query.set("closed", "true");
  return `/klines/${encodeURIComponent(symbol)}/${interval}?${query}`;
}

/** The rest of what was asked, where the limit cut the answer off. Only a query with `startTime` has one: without it, `limit` is all that was asked. */
export function nextInMemory(series: Series, parameters: KlineParameters): string | undefined {
  const { limit, startTime, endTime, closedOnly } = parameters;
  if (startTime === undefined) return undefined;
  const { first, end } = series.select(parameters);
  if (end - first < limit) return undefined;
  const { ring } = series;
  const startsAt = ring.openTimeAt(end - 1) + 1;
  const rest = series.select(klineParameters(1, closedOnly, startsAt, endTime));
  return rest.first === rest.end ? undefined : afterRow(series, startsAt, parameters);
}

function afterRow({ symbol, interval }: Series, startTime: number, parameters: KlineParameters): string {
  return klinesAddress(symbol, interval, { ...parameters, startTime });
}

/** The entity tag of an answer that says where the rest is: the same klines have another one once they are all. */
export function tagWithNext(etag: string, next: string | undefined): string {
  return next === undefined ? etag : `${etag.slice(0, -1)}-more"`;
}

/** The header that says where the rest is (RFC 8288). */
export function nextHeader(next: string | undefined): Readonly<Record<string, string>> {
  return next === undefined ? {} : { link: `<${next}>; rel="next"` };
}
