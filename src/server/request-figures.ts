import { Histogram } from "../core/mod.ts";
import type { Route } from "./route.ts";

/** Upper bounds of the latency buckets, in seconds. */
const LATENCY_BUCKETS_SECONDS = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5,
] as const;

/** What was counted of one route. */
export interface RouteFigures {
  readonly label: string;
  /** By status. */
  readonly counts: Map<number, number>;
  /** Seconds that answers took. */
  readonly latency: Histogram;
  bytes: number;
}

/** Requests that no route took. */
export const NO_ROUTE = "(none)";

/** The page's files, counted together. */
const FILES = "(page)";

/** Counts requests by route and status, with their latencies: a few additions a request, and nothing allocated. */
export class RequestFigures {
  readonly #routes: Map<Route | undefined, RouteFigures> = new Map();
  readonly #labels: Map<string, RouteFigures> = new Map();

  /** The figures of every route that was asked for so far. */
  get all(): readonly RouteFigures[] {
    return [...this.#labels.values()];
  }

  count(route: Route | undefined, status: number, bytes: number, seconds: number): void {
    const figures = this.#routes.get(route) ?? this.#begin(route);
    figures.counts.set(status, (figures.counts.get(status) ?? 0) + 1);
    figures.bytes += bytes;
    figures.latency.add(seconds);
  }

  /** Counts bytes of a body that is made piece by piece. */
  sent(route: Route | undefined, bytes: number): void {
    (this.#routes.get(route) ?? this.#begin(route)).bytes += bytes;
  }

  #begin(route: Route | undefined): RouteFigures {
    const label = labelOf(route);
    const figures: RouteFigures = this.#labels.get(label) ?? {
      label,
      counts: new Map(),
      latency: new Histogram(LATENCY_BUCKETS_SECONDS),
      bytes: 0,
    };
    this.#labels.set(label, figures);
    this.#routes.set(route, figures);
    return figures;
  }
}

/** A route's name in logs and metrics: one of a fixed few, whatever strangers ask for. */
export function labelOf(route: Route | undefined): string {
  if (route === undefined) return NO_ROUTE;
  return route.isFile === true ? FILES : route.method === "GET" ? route.path : `${route.method} ${route.path}`;
}
