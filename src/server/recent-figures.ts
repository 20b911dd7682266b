import type { UnixMs } from "../core/mod.ts";
import { type FiguresAnswer, figuresSchema, KEPT_FIGURES } from "../wire/mod.ts";
import { json } from "./answer.ts";
import type { MarketSources } from "./market-metrics.ts";
import { METRICS, type MetricSources } from "./metric-table.ts";
import { type Route, route } from "./route.ts";

/** How often figures are noted, in seconds, and how many samples are kept: an hour. */
const EVERY_SECONDS = 10;
export const MOST_SAMPLES = 360;

const KEPT = METRICS.filter(({ name }) => name in KEPT_FIGURES);

/** Where they are read from: all that the metrics are, but for what has to be counted series by series. */
type Sources = Omit<MetricSources, "markets"> & { readonly markets: readonly Omit<MarketSources, "counted">[] };

/** Nothing that is kept needs it. */
const UNCOUNTED = { klines: 0, holes: 0 } as const;

/** The server's own figures of the last hour: who opens the page sees what happened before. */
export class RecentFigures {
  readonly #sources: MetricSources;
  readonly #at: UnixMs[] = [];
  readonly #figures: ReadonlyMap<string, (number | null)[]> = new Map(KEPT.map(({ name }) => [name, []]));
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(sources: Sources) {
    this.#sources = { ...sources, markets: sources.markets.map((market) => ({ ...market, counted: UNCOUNTED })) };
  }

  start(): void {
    this.note();
    this.#timer = setInterval(() => this.note(), EVERY_SECONDS * 1_000);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Notes the figures as they are now; the oldest sample makes room. */
  note(): void {
    this.#at.push(this.#sources.now() as UnixMs);
    if (this.#at.length > MOST_SAMPLES) this.#at.shift();
    for (const { name, read } of KEPT) {
      const values = read(this.#sources).map(({ value }) => value);
      const samples = this.#figures.get(name) ?? [];
      samples.push(values.length === 0 ? null : together(name, values));
      if (samples.length > MOST_SAMPLES) samples.shift();
    }
  }

  /** What a caller may see. */
  answer(isOperator: boolean): FiguresAnswer {
    const shown = [...this.#figures].filter(([name]) => isOperator || KEPT_FIGURES[name]?.for === "readers");
    return {
      ...{ now: this.#sources.now() as UnixMs, everySeconds: EVERY_SECONDS, at: this.#at },
      figures: Object.fromEntries(shown.filter(([, values]) => values.some((value) => value !== null))),
    };
  }

  get route(): Route {
    return route({
      method: "GET",
      path: "/figures",
      says: "Figures of the server over the last hour, for its status page; those about the process for the scope metrics or admin",
      scope: "read",
      parameters: {},
      answers: { 200: { says: "a sample every ten seconds, oldest first", schema: figuresSchema } },
      handle: ({ caller: { scopes } }) => json(this.answer(scopes.has("metrics") || scopes.has("admin"))),
    });
  }
}

function together(name: string, values: readonly number[]): number {
  return KEPT_FIGURES[name]?.together === "largest"
    ? Math.max(...values)
    : values.reduce((sum, value) => sum + value, 0);
}
