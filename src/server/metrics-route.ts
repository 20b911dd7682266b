import { type Metric, Registry } from "prom-client";
import type { LoopTurns } from "./loop-turns.ts";
import { countMarket, type MarketCount } from "./market-count.ts";
import type { MarketSources } from "./market-metrics.ts";
import { METRICS, type MetricSources } from "./metric-table.ts";
import { klinesPrice } from "./prices.ts";
import { type Route, route } from "./route.ts";

const NOTHING_COUNTED: MarketCount = { klines: 0, holes: 0 };

/** `GET /metrics`: everything is read when it is asked for; between two scrapes metrics cost a few additions a request. */
export function metricsRoute(
  sources: Omit<MetricSources, "markets"> & { readonly markets: readonly Omit<MarketSources, "counted">[] },
  turns: LoopTurns,
): Route {
  let markets: readonly MarketSources[] = [];
  const registry = new Registry();
  for (const { name, type, help, read } of METRICS) {
    const metric = {
      name,
      help,
      type,
      get: () =>
        Promise.resolve({
          name,
          help,
          type,
          values: read({ ...sources, markets }).map(({ value, labels = {}, suffix = "" }) => ({
            value,
            labels,
            metricName: name + suffix,
          })),
        }),
    };
    // All that a registry asks of a metric is what it is called and what it holds.
    registry.registerMetric(metric as unknown as Metric);
  }
  const headers = new Headers({ "content-type": registry.contentType, "cache-control": "no-store" });
  return route({
    method: "GET",
    path: "/metrics",
    says: "Figures for Prometheus, see docs/metrics.md",
    scope: "metrics",
    cost: () => Math.max(1, klinesPrice(sources.markets.reduce((sum, { coverage }) => sum + coverage().total, 0))),
    parameters: {},
    answers: { 200: { says: "the figures", contentType: "text/plain" } },
    handle: async ({ caller }) => {
      const counts = sources.markets.map(({ store }) => countMarket(store, turns, caller));
      const counted = await Promise.all(counts);
      markets = sources.markets.map((market, at) => ({ ...market, counted: counted[at] ?? NOTHING_COUNTED }));
      const body = await registry.metrics();
      return { status: 200, headers, body, bytes: Buffer.byteLength(body) };
    },
  });
}
